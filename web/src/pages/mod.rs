//! One file per page: the view struct and its pieces.
//!
//! Each page is a struct that the server fills and renders with `askama::Template::render`.

pub mod setup;
pub mod start;

pub mod invitation;
pub mod link;
pub mod login;
pub mod password;

pub mod account;

pub mod new_project;
pub mod projects;

pub mod item;
pub mod items;

pub mod occurrence;
pub mod occurrences;

pub mod feedback;
pub mod usage;

pub mod data;
pub mod filters;
pub mod members;
pub mod rules;
pub mod settings;
pub mod tokens;
pub mod trial;

pub mod system;
pub mod users;

pub mod error;
pub mod starting;

pub use crate::role::Role;

pub use {
    account::{AccountPage, MailChoices, MailProject, Session},
    data::{DataPage, Deleted, Deletion, PersonSearch, ProjectDeletionForm, RetentionForm},
    error::ErrorPage,
    feedback::{FeedbackAbout, FeedbackPage, FeedbackRow},
    filters::{DiscardedItem, FilterKind, FilterList, FilterSwitch, FiltersPage, SwitchKind},
    invitation::{InvitationPage, Visitor},
    item::{Change, ChangeKind, ItemHead, ItemPage},
    items::{ItemRow, ItemsPage, StatusCounts},
    link::{LinkEnd, LinkPage, LinkPurpose},
    login::LoginPage,
    members::{InvitationForm, Member, MembersPage},
    new_project::NewProjectPage,
    occurrence::OccurrencePage,
    occurrences::{OccurrenceRow, OccurrencesPage},
    password::{NewPasswordPage, PasswordHelp, PasswordPage},
    projects::{ProjectCard, ProjectsPage},
    rules::{RuleBounds, RuleForm, RuleMember, RulePage, RuleRow, RulesPage},
    settings::{FailedMail, LimitsForm, MailState, SettingsPage},
    setup::SetupPage,
    start::StartPage,
    starting::StartingPage,
    system::{
        DeadLetter, DictionaryRow, DigestState, DiskOutlook, DiskState, JournalState, MailQueue,
        Node, OutcomeCount, Partitions, Rates, SystemPage,
    },
    tokens::{CreatedToken, RateForm, Scope, TokenForm, TokenRow, TokensPage},
    trial::{Place, Scrubbed, Trial, TrialMail, TrialPage, Verdict},
    usage::{BeyondUsage, DroppedUsage, Limit, OutcomeUsage, Period, SkippedUsage, UsagePage},
    users::{UserInvitationForm, UserProject, UserRow, UsersPage},
};
