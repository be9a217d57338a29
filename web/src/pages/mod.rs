//! One file per page: the view struct and its pieces.
//!
//! Each page is a struct that the server fills and renders with `askama::Template::render`.

pub mod setup;
pub mod start;

pub mod login;

pub mod new_project;
pub mod projects;

pub mod item;
pub mod items;

pub mod occurrence;
pub mod occurrences;

pub mod settings;
pub mod tokens;

pub mod system;

pub mod error;
pub mod starting;

pub use {
    error::ErrorPage,
    item::{Change, ChangeKind, ItemHead, ItemPage},
    items::{ItemRow, ItemsPage, StatusCounts},
    login::LoginPage,
    new_project::NewProjectPage,
    occurrence::OccurrencePage,
    occurrences::{OccurrenceRow, OccurrencesPage},
    projects::{ProjectCard, ProjectsPage},
    settings::{FailedMail, MailState, Member, Role, SettingsPage},
    setup::SetupPage,
    start::StartPage,
    starting::StartingPage,
    system::{DeadLetter, DigestState, JournalState, MailQueue, OutcomeCount, SystemPage},
    tokens::{CreatedToken, Scope, TokenForm, TokenRow, TokensPage},
};
