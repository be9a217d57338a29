//! Labelled occurrences: what SDKs sent, with the bug that it came from.
//!
//! A set is a folder. Recorded ones have `events/*.ndjson.gz`, `LABELS.tsv` and `BUGS.tsv`; cases
//! that somebody wrote down are bodies, `<bug>/<name>.json`. Both are read in process, the way of an
//! occurrence from the socket to its fingerprint: parse, scrub, evidence, fingerprint.
//! `tests/fixtures/grouping/README.md` says how to add one.

mod cases;
mod recorded;
pub mod score;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use rollcage_server::{
    fingerprint::{self, Fingerprint},
    model::{evidence::Evidence, occurrence::Occurrence},
    protocol::{
        Received, rollbar,
        sentry::{self, Part},
    },
    scrub::{self, ScrubKeys},
};

/// Occurrences of which somebody said what bug they came from.
pub struct Set {
    /// The folder's name.
    pub name: String,
    /// The occurrences, in the order in which they were sent.
    pub labelled: Vec<Labelled>,
    /// The bugs, by their names.
    pub bugs: BTreeMap<String, Bug>,
}

/// An occurrence with its bug.
pub struct Labelled {
    /// The SDK's UUID, 32 hex digits; the file's name for a case.
    pub uuid: String,
    /// `rollbar` or `sentry`.
    pub protocol: String,
    /// `python`, `browser`; empty where nobody said.
    pub language: String,
    /// The bug.
    pub bug: String,
    /// How it differs from the bug's plain occurrences: `args`, `release`; `base` for none.
    pub variation: String,
    /// Whether it counts. What reasonable people would answer either way does not.
    pub scored: bool,
    /// What grouping looks at.
    pub evidence: Evidence,
    /// What came out.
    pub fingerprint: Fingerprint,
}

/// One bug: what a person would mend at once.
pub struct Bug {
    /// Bugs of one family are easily confused.
    pub family: String,
    /// In what they differ: `errno`, `recursion`; empty where nobody said.
    pub kind: String,
}

/// Where the project's own sets are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/grouping")
}

/// The project's own sets, in the order of their names.
pub fn own() -> Result<Vec<Set>> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder())?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("LABELS.tsv").is_file() || path.ends_with("cases"))
        .collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).collect()
}

/// Reads the set in `folder`.
pub fn read(folder: &Path) -> Result<Set> {
    let name = folder
        .file_name()
        .context("a set lies in a folder with a name")?;
    let (labelled, bugs) = if folder.join("LABELS.tsv").is_file() {
        recorded::read(folder)
    } else {
        cases::read(folder)
    }
    .with_context(|| format!("reading {}", folder.display()))?;
    Ok(Set {
        name: name.to_string_lossy().into_owned(),
        labelled,
        bugs,
    })
}

/// What grouping looks at in a Rollbar item.
fn rollbar(body: &[u8]) -> Result<Evidence> {
    let item = rollbar::parse(body, &Received::default())?;
    Ok(evidence(item.occurrence))
}

/// What grouping looks at in a Sentry envelope.
fn envelope(body: &[u8]) -> Result<Evidence> {
    let parts = sentry::envelope(body, &Received::default())?.parts;
    let mut occurrences = parts.into_iter().filter_map(occurrence);
    match (occurrences.next(), occurrences.next()) {
        (Some(occurrence), None) => Ok(evidence(occurrence)),
        (None, _) => bail!("the envelope holds no occurrence"),
        (Some(_), Some(_)) => bail!("the envelope holds more than one occurrence"),
    }
}

/// What grouping looks at in a Sentry event.
fn event(body: &[u8]) -> Result<Evidence> {
    occurrence(sentry::store(body, &Received::default())?)
        .map(evidence)
        .context("the event is no occurrence")
}

fn occurrence(part: Part<'_>) -> Option<Occurrence<'_>> {
    match part {
        Part::Occurrence(occurrence) => Some(*occurrence),
        _ => None,
    }
}

fn evidence(mut occurrence: Occurrence<'_>) -> Evidence {
    scrub::scrub(&mut occurrence, &ScrubKeys::new(&[]));
    Evidence::from(&occurrence)
}

impl Set {
    /// Groups it by the rules of another version.
    pub fn regroup(&mut self, version: u16) {
        for one in &mut self.labelled {
            let mut older = fingerprint::older(&one.evidence);
            let its = older.find(|(its, _)| *its == version);
            one.fingerprint =
                its.map_or_else(|| fingerprint::fingerprint(&one.evidence), |(_, its)| its);
        }
    }
}

impl Labelled {
    /// What it is grouped by, on one line.
    pub fn canonical(&self) -> String {
        let parts = fingerprint::explain(&self.evidence).parts;
        let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        parts.join(" | ")
    }
}
