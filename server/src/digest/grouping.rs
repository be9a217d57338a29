//! What grouping makes of evidence. Most occurrences repeat one, so what it made is kept for a while.

use std::{collections::HashMap, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    fingerprint::{self, Fingerprint},
    model::{
        entry::{Entry, Unreadable},
        text::Title,
    },
};

/// Evidence that is known at once: more than there are items which fail in the same hours. Each takes
/// some 300 bytes.
const KNOWN_MAX: usize = 4_096;

/// What grouping makes of an occurrence's evidence.
#[derive(Debug)]
pub struct Grouped {
    /// Which occurrences are the same problem.
    pub fingerprint: Fingerprint,
    /// The title of an item that it begins.
    pub title: Title,
    /// Where it broke, `file in function`.
    pub culprit: Option<String>,
}

/// Groups evidence, and knows what it grouped last by the SHA-256 of its bytes.
#[derive(Default)]
pub struct Grouping {
    /// Asked for since the last turn.
    recent: HashMap<[u8; 32], Arc<Grouped>>,
    /// Asked for in the turn before; what is not asked for again goes.
    before: HashMap<[u8; 32], Arc<Grouped>>,
}

impl Grouping {
    /// What an entry's evidence comes to.
    pub fn of(&mut self, entry: &Entry) -> Result<Arc<Grouped>, Unreadable> {
        let sha256 = Sha256::digest(&entry.evidence).into();
        if let Some(known) = self.recent.get(&sha256) {
            return Ok(Arc::clone(known));
        }
        let grouped = match self.before.remove(&sha256) {
            Some(known) => known,
            None => Arc::new(group(entry)?),
        };
        if self.recent.len() >= KNOWN_MAX / 2 {
            self.before = std::mem::take(&mut self.recent);
        }
        self.recent.insert(sha256, Arc::clone(&grouped));
        Ok(grouped)
    }
}

fn group(entry: &Entry) -> Result<Grouped, Unreadable> {
    let evidence = entry.evidence()?;
    Ok(Grouped {
        fingerprint: fingerprint::fingerprint(&evidence),
        title: fingerprint::title::title(&evidence),
        culprit: fingerprint::title::culprit(&evidence),
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::model::{
        entry::Head,
        evidence::Evidence,
        id::{OccurrenceUuid, ProjectId},
        json::Fields,
        occurrence::{Body, Message, Occurrence},
    };

    fn entry(number: usize) -> Entry {
        let message = Message {
            text: format!("the cart of customer {number} has no price").into(),
            template: None,
            frames: Vec::new(),
            extra: Fields::new(),
        };
        let occurrence = Occurrence::new(OccurrenceUuid(Uuid::new_v4()), Body::Message(message));
        let head = Head::new(ProjectId(1), DateTime::UNIX_EPOCH, &occurrence);
        Entry::new(head, &Evidence::from(&occurrence), Vec::new())
    }

    #[test]
    fn what_is_known_is_what_would_be_made_of_it() {
        let mut grouping = Grouping::default();
        for number in [1, 2, 1, 2, 3] {
            let entry = entry(number);
            let (known, made) = (grouping.of(&entry), group(&entry));
            let (known, made) = (known.expect("readable"), made.expect("readable"));
            assert_eq!(known.fingerprint, made.fingerprint);
            assert_eq!(known.title, made.title);
        }
        assert_eq!(grouping.recent.len(), 3);
    }

    #[test]
    fn what_comes_again_stays_and_the_rest_goes() {
        let mut grouping = Grouping::default();
        let often = entry(0);
        for number in 1..=2 * KNOWN_MAX {
            let _ = grouping.of(&entry(number));
            let made = grouping.of(&often).expect("readable");
            assert!(Arc::strong_count(&made) >= 2, "it is kept");
            assert!(grouping.recent.len() + grouping.before.len() <= KNOWN_MAX);
        }
    }

    #[test]
    fn evidence_that_is_damaged_is_told() {
        let mut damaged = entry(1);
        damaged.evidence.truncate(4);
        assert!(Grouping::default().of(&damaged).is_err());
    }
}
