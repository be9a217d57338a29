//! From what is stored to what pages show.

use chrono::{DateTime, TimeDelta, Utc};
use rollcage_web::{Datum, MailProgress, Offer, PendingInvitation, Role as RoleView};

use crate::{
    model::{
        hour::{day_of, hour_of},
        item::Status,
        json::{Fields, Node, Text},
        occurrence::Level,
        project::Role,
    },
    store::invitations::{Invitation, Place, Sending},
};

mod belongings;
mod crumb;
mod frame;
mod occurrence;
mod why;

pub use belongings::{attachment, feedback};
pub use occurrence::occurrence;
pub use why::{Lines, lines, why};

/// Bars of a chart of hours.
const HOURS: i64 = 24;
/// Bars of a chart of days.
const DAYS: i64 = 30;

/// A role, as pages show it.
pub fn role(role: Role) -> RoleView {
    match role {
        Role::Viewer => RoleView::Viewer,
        Role::Member => RoleView::Member,
        Role::Owner => RoleView::Owner,
    }
}

/// What somebody is invited to; `project` is the project's name.
pub fn offer(place: Place, project: &str) -> Offer {
    match place {
        Place::Project(_, given) => Offer::Project {
            name: project.to_owned(),
            role: role(given),
        },
        Place::Instance { is_admin } => Offer::Instance { is_admin },
    }
}

/// An invitation that was not accepted yet.
pub fn invitation(invitation: Invitation, project: &str) -> PendingInvitation {
    let mail = match invitation.mail {
        Sending {
            sent_at: Some(at), ..
        } => MailProgress::Sent { at },
        Sending {
            failed_at: Some(_),
            error,
            ..
        } => MailProgress::Failed {
            error: error.unwrap_or_default(),
        },
        Sending {
            error: Some(error), ..
        } => MailProgress::Retrying { error },
        Sending { error: None, .. } => MailProgress::Waiting,
    };
    PendingInvitation {
        id: invitation.id.0,
        offer: offer(invitation.place, project),
        email: invitation.email,
        invited_by: invitation.invited_by,
        mail,
        expires_at: invitation.expires_at,
    }
}

/// The hour of the first bar of a chart of hours that ends at `now`.
pub fn first_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    hour_of(now) - TimeDelta::hours(HOURS - 1)
}

/// The day of the first bar of a chart of days that ends at `now`.
pub fn first_day(now: DateTime<Utc>) -> DateTime<Utc> {
    day_of(now) - TimeDelta::days(DAYS - 1)
}

/// 24 counts, oldest first, of `(hour, occurrences)`.
pub fn per_hour(
    counts: impl Iterator<Item = (DateTime<Utc>, i64)>,
    now: DateTime<Utc>,
) -> Vec<i64> {
    let first = first_hour(now);
    spread(counts, HOURS, |at| (hour_of(at) - first).num_hours())
}

/// 30 counts, oldest first, of `(hour, occurrences)`.
pub fn per_day(counts: impl Iterator<Item = (DateTime<Utc>, i64)>, now: DateTime<Utc>) -> Vec<i64> {
    let first = first_day(now);
    spread(counts, DAYS, |at| (day_of(at) - first).num_days())
}

fn spread(
    counts: impl Iterator<Item = (DateTime<Utc>, i64)>,
    bars: i64,
    place: impl Fn(DateTime<Utc>) -> i64,
) -> Vec<i64> {
    let mut spread = vec![0; usize::try_from(bars).unwrap_or(0)];
    for (at, count) in counts {
        if let Some(bar) = usize::try_from(place(at))
            .ok()
            .and_then(|place| spread.get_mut(place))
        {
            *bar += count;
        }
    }
    spread
}

/// A level, as pages show it.
pub fn level(level: Level) -> rollcage_web::Level {
    match level {
        Level::Critical => rollcage_web::Level::Critical,
        Level::Error => rollcage_web::Level::Error,
        Level::Warning => rollcage_web::Level::Warning,
        Level::Info => rollcage_web::Level::Info,
        Level::Debug => rollcage_web::Level::Debug,
    }
}

/// A status, as pages show it.
pub fn status(status: Status) -> rollcage_web::Status {
    match status {
        Status::Active => rollcage_web::Status::Active,
        Status::Resolved => rollcage_web::Status::Resolved,
        Status::Muted => rollcage_web::Status::Muted,
        Status::Discarded => rollcage_web::Status::Discarded,
    }
}

fn object(map: Fields<'_>) -> Option<Datum> {
    (!map.is_empty()).then(|| datum(Node::Object(map)))
}

/// Names and values, in their order.
fn entries(map: Fields<'_>) -> Vec<(String, Datum)> {
    named(map, datum)
}

/// What is made of each value, by its name.
fn named<T>(map: Fields<'_>, make: impl Fn(Node<'_>) -> T) -> Vec<(String, T)> {
    map.into_iter()
        .map(|(name, value)| (name.into_owned(), make(value)))
        .collect()
}

/// A text of one's own.
fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(Text::into_owned)
}

/// Texts of one's own.
fn all_owned(texts: Vec<Text<'_>>) -> Vec<String> {
    texts.into_iter().map(Text::into_owned).collect()
}

/// A value as text: a text without quotes, anything else as JSON.
fn plain(value: Node<'_>) -> String {
    match value {
        Node::Text(text) => text.into_owned(),
        Node::Null => String::new(),
        other => other.to_string(),
    }
}

/// A value, as pages show it.
pub fn datum(value: Node<'_>) -> Datum {
    match value {
        Node::Null => Datum::Null,
        Node::Bool(value) => Datum::Bool(value),
        Node::Number(number) => Datum::Number(number.to_string()),
        Node::Text(text) => Datum::Text(text.into_owned()),
        Node::List(values) => Datum::List(values.into_iter().map(datum).collect()),
        Node::Object(map) => Datum::Object(
            map.into_iter()
                .map(|(key, value)| (key.into_owned(), datum(value)))
                .collect(),
        ),
    }
}
