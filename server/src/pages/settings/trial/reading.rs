//! From a payload to what ingest would make of it. CPU work.

use chrono::{DateTime, Utc};
use rollcage_web::pages::{Scrubbed, Trial, Verdict};

use crate::{
    filter::{Judge, Met},
    model::{
        entry::Head, evidence::Evidence, id::ProjectId, occurrence::Occurrence, outcome::Outcome,
        text::cut,
    },
    pages::present,
    protocol::{self, Format, Malformed, Received, rollbar, sentry::Part},
    scrub::{self, SCRUBBED, ScrubKeys},
    store::filters::Intake,
};

/// Bytes of scrubbed JSON that a page shows, as of an occurrence's.
const SHOWN_MAX_BYTES: usize = 200 << 10;

/// What a payload is.
pub enum Reading {
    /// An occurrence, or several, of which this is the first.
    Occurrence(Box<Looked>),
    /// It would come to an end before the journal.
    Ended(Box<Trial>),
    /// There is no occurrence in it, for this reason.
    Nothing(String),
}

/// An occurrence as ingest would put it into the journal.
pub struct Looked {
    /// What the payload was read as.
    pub read_as: String,
    /// The filter that it meets, if any.
    pub met: Option<Met>,
    /// What would be stored.
    pub scrubbed: Scrubbed,
    /// What the digest would read.
    pub head: Head,
    pub evidence: Evidence,
    /// The lines of the frames that grouping looks at.
    pub lines: present::Lines,
    /// What else is in the payload, a sentence each.
    pub notes: Vec<String>,
}

/// Reads, scrubs and judges a payload, as ingest does.
pub fn read(
    bytes: &[u8],
    received: &Received,
    intake: &Intake,
    project: ProjectId,
    now: DateTime<Utc>,
) -> Reading {
    let unwrapped = protocol::unwrap(bytes);
    let read = match unwrapped.as_ref().map(|body| body.read(received)) {
        Ok(Ok(read)) => read,
        Ok(Err(malformed)) => return ended("nothing that is known", refused(&malformed)),
        Err(malformed) => return ended("nothing that is known", refused(malformed)),
    };
    let read_as = name(read.format);
    let mut notes = notes(&read.parts);
    let mut occurrences = Vec::new();
    let mut others = Vec::new();
    for part in read.parts {
        match part {
            Part::Occurrence(occurrence) => occurrences.push(*occurrence),
            other => others.push(other),
        }
    }
    if occurrences.len() > 1 {
        notes.insert(
            0,
            format!(
                "It holds {} occurrences; this is the first.",
                occurrences.len()
            ),
        );
    }
    let Some(mut occurrence) = occurrences.into_iter().next() else {
        return without_occurrence(read_as, &others);
    };
    let before = scrubbed_values(&occurrence);
    scrub::scrub(&mut occurrence, &ScrubKeys::new(&intake.scrub_keys));
    let values = scrubbed_values(&occurrence).saturating_sub(before);
    let json = serde_json::to_string_pretty(&rollbar::payload(&occurrence));
    let mut json = json.expect("a payload is plain");
    if json.len() > SHOWN_MAX_BYTES {
        json.truncate(cut(&json, SHOWN_MAX_BYTES).len());
        json.push_str("\n… [cut]");
    }
    Reading::Occurrence(Box::new(Looked {
        read_as: read_as.to_owned(),
        met: Judge::new(&intake.filters).met(&occurrence, received.peer),
        scrubbed: Scrubbed {
            json,
            values: i64::try_from(values).unwrap_or(i64::MAX),
        },
        head: Head::new(project, now, &occurrence),
        evidence: Evidence::from(&occurrence),
        lines: present::lines(&occurrence),
        notes,
    }))
}

fn without_occurrence(read_as: &str, parts: &[Part<'_>]) -> Reading {
    let malformed = parts.iter().find_map(|part| match part {
        Part::Malformed(_, malformed) => Some(refused(malformed)),
        _ => None,
    });
    let skipped = parts.iter().find_map(|part| match part {
        Part::Skipped(kind) => Some(Verdict::Skipped {
            kind: kind.as_str().to_owned(),
        }),
        _ => None,
    });
    match malformed.or(skipped) {
        Some(verdict) => ended(read_as, verdict),
        None => Reading::Nothing(
            "There is no occurrence in it: paste one, or an envelope that has one.".to_owned(),
        ),
    }
}

fn ended(read_as: &str, verdict: Verdict) -> Reading {
    Reading::Ended(Box::new(Trial {
        read_as: read_as.to_owned(),
        verdict,
        scrubbed: None,
        place: None,
        why: None,
        mails: None,
        notes: Vec::new(),
    }))
}

/// As ingest counts and says it.
fn refused(malformed: &Malformed) -> Verdict {
    let outcome = match malformed {
        Malformed::TooLarge { .. } => Outcome::TooLarge,
        _ => Outcome::Malformed,
    };
    Verdict::Refused {
        outcome: outcome.as_str().to_owned(),
        reason: sentence(&malformed.to_string()),
    }
}

/// A message as a sentence: it begins with a capital letter and ends with a full stop.
fn sentence(message: &str) -> String {
    let mut rest = message.chars();
    match rest.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), rest.as_str()),
        None => String::new(),
    }
}

fn name(format: Format) -> &'static str {
    match format {
        Format::RollbarItem => "Rollbar item",
        Format::RollbarData => "data of a Rollbar item",
        Format::RollbarBatch => "batch of Rollbar items",
        Format::SentryEvent => "Sentry event",
        Format::SentryEnvelope => "Sentry envelope",
        Format::SentryCompressed => "Sentry event, compressed and in base64",
    }
}

/// What would become of what is beside the occurrences.
fn notes(parts: &[Part<'_>]) -> Vec<String> {
    let count = |is_such: fn(&Part<'_>) -> bool| parts.iter().filter(|part| is_such(part)).count();
    [
        (
            count(|part| matches!(part, Part::Attachment(_))),
            "Attachments that would be stored with it",
        ),
        (
            count(|part| matches!(part, Part::Feedback(_))),
            "Feedback that would be stored",
        ),
        (
            count(|part| matches!(part, Part::Skipped(_) | Part::Dropped(_))),
            "Items that would be counted and not stored",
        ),
        (
            count(|part| matches!(part, Part::Malformed(..))),
            "Items that would be refused",
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{what}: {count}."))
    .collect()
}

/// How many values, or parts of texts, stand as removed.
fn scrubbed_values(occurrence: &Occurrence<'_>) -> usize {
    let json = serde_json::to_string(occurrence).expect("an occurrence is plain");
    json.matches(SCRUBBED).count()
}
