//! How long what was sent is kept, and deleting it: of one person, or all of a project.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{format, page_frame::PageFrame};

/// `/p/{slug}/settings/data`: retention and deletions of a project, for owners.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/data.html")]
pub struct DataPage {
    /// What the layout shows; `project` and `role` must be there.
    pub frame: PageFrame,
    /// The form that says how long occurrences are kept, and how many.
    pub retention: RetentionForm,
    /// Whose data is looked for.
    pub person: PersonSearch,
    /// The form that deletes the project, as typed.
    pub project: ProjectDeletionForm,
    /// Deletions under way, then those of the last days, newest first.
    pub deletions: Vec<Deletion>,
}

/// The form that says how long occurrences are kept, and how many, as typed.
#[derive(Clone, Debug)]
pub struct RetentionForm {
    /// Days for which occurrences are kept; empty for as many as on the whole instance.
    pub days: String,
    /// Occurrences of an item that are stored in an hour; empty for all.
    pub per_hour: String,
    /// Days for which the instance keeps them.
    pub days_of_instance: i32,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

/// Whose data is looked for.
#[derive(Clone, Debug, Default)]
pub struct PersonSearch {
    /// Their id as the SDK sent it, as typed; empty when nobody was asked for.
    pub person: String,
    /// How many occurrences there are of them; `None` when nobody was asked for.
    pub occurrences: Option<i64>,
    /// Whether there are more than that: counting stops somewhere.
    pub are_more: bool,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

/// The form that deletes a project, as typed.
#[derive(Clone, Debug, Default)]
pub struct ProjectDeletionForm {
    /// The project's name, typed to confirm.
    pub name: String,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

/// A deletion that was asked for.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// What is deleted.
    pub what: Deleted,
    /// The mail address of who asked for it; `None` when that account is gone.
    pub asked_by: Option<String>,
    /// When they did.
    pub asked_at: DateTime<Utc>,
    /// Occurrences that were there to delete.
    pub total: i64,
    /// Occurrences that are deleted.
    pub done: i64,
    /// When it was finished; `None` while it is under way.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// An item. Its title is gone with it.
    Item {
        /// Its number within the project, where it is still known.
        counter: Option<i64>,
    },
    /// All data of a person.
    Person {
        /// Their id as the SDK sent it; `None` where it is no longer kept.
        id: Option<String>,
    },
    /// The project.
    Project,
}

impl RetentionForm {
    /// For how long occurrences can be kept: `90 days`.
    fn at_most(&self) -> String {
        format::counted(self.days_of_instance.into(), "day", "days")
    }
}

impl DataPage {
    /// What was found: `23 occurrences`, `more than 100,000 occurrences`.
    fn found(&self) -> String {
        let found = self.person.occurrences.unwrap_or(0);
        let counted = format::counted(found, "occurrence", "occurrences");
        if self.person.are_more {
            format!("more than {counted}")
        } else {
            counted
        }
    }
}

impl Deletion {
    /// What is deleted, as the beginning of a line.
    fn name(&self) -> String {
        match &self.what {
            Deleted::Item {
                counter: Some(counter),
            } => format!("Item #{counter}"),
            Deleted::Item { counter: None } => "An item".to_owned(),
            Deleted::Person { id: Some(id) } => format!("The person {id}"),
            Deleted::Person { id: None } => "A person".to_owned(),
            Deleted::Project => "The project".to_owned(),
        }
    }

    /// How far it is: `1,200 of 48,000 occurrences`, `48,000 occurrences`.
    fn progress(&self) -> String {
        if self.finished_at.is_some() {
            return format::counted(self.done, "occurrence", "occurrences");
        }
        format!(
            "{} of {}",
            format::exact_count(self.done),
            format::counted(self.total.max(self.done), "occurrence", "occurrences")
        )
    }
}
