//! Which occurrences are the same problem: one fingerprint, one item.
//!
//! Every rule can be said in a sentence, and `explain` says it, from the very parts that are
//! hashed. `ARCHITECTURE.md` lists the rules with the complaints that they answer.
//!
//! Rules have versions. `fingerprint` is the current one's; `older` gives those of the versions
//! before, by which items of that time are found. `tests/fixtures/grouping/vectors-*.json` fix what
//! comes out of each: what changes a vector of a version that is in use is a new `VERSION`.

mod classes;
mod codes;
mod compiled;
mod explain;
mod frames;
mod lines;
mod literals;
mod machinery;
mod message;
mod names;
mod parts;
mod raised;
mod root;
mod rules;
mod said;
mod shapes;
pub mod title;
mod validator;

#[cfg(test)]
mod tests;

use std::fmt;

use sha2::{Digest, Sha256};

pub use self::explain::{Explanation, Kind, Looked, Part, Reason, Span, Verdict, explain};
use self::{frames::Extent, parts::decide, rules::Rules};
use crate::model::evidence::Evidence;

/// The version of the rules, hashed with everything else.
pub const VERSION: u16 = 2;

/// What occurrences of one problem have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The fingerprint of what happened, by the current rules.
pub fn fingerprint(evidence: &Evidence) -> Fingerprint {
    of(evidence, VERSION)
}

/// Its fingerprints by older rules, the newest of them first, each with its version.
///
/// Only to look items up that were made by them; lazy, because most occurrences belong to an item
/// that is found by the current rules.
pub fn older(evidence: &Evidence) -> impl Iterator<Item = (u16, Fingerprint)> {
    (1..VERSION)
        .rev()
        .map(|version| (version, of(evidence, version)))
}

fn of(evidence: &Evidence, version: u16) -> Fingerprint {
    hash(
        version,
        &decide(evidence, Rules::of(version), Extent::Enough).parts,
    )
}

impl Explanation {
    /// The fingerprint that is explained.
    pub fn fingerprint(&self) -> Fingerprint {
        hash(self.version, &self.parts)
    }
}

/// SHA-256 over the version and the parts, each value and tag preceded by its length in bytes.
fn hash(version: u16, parts: &[Part]) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(version.to_be_bytes());
    for part in parts {
        for text in [part.kind.as_str(), &part.value] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
    }
    Fingerprint(hash.finalize().into())
}
