//! Texts that were looked at before and hold no secret.
//!
//! Nearly all that an application sends was sent before: the same files, functions, lines of source
//! and names of headers, some hundred texts an occurrence. To look for secrets in one takes many times
//! what it takes to know it again.
//!
//! A text is known by 64 bits of a hash with a seed of this process. That two texts share them by
//! chance happens once in 2^50 looks, and nobody can bring it about from outside.

use std::{
    cell::RefCell,
    hash::{BuildHasher, Hash},
    sync::LazyLock,
};

use foldhash::quality::RandomState;

/// Texts that a thread remembers, a power of two; a new one takes the place of an old one. 128 KiB.
const PLACES: usize = 1 << 14;

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

thread_local! {
    static SEEN: RefCell<Vec<u64>> = RefCell::new(vec![0; PLACES]);
}

/// What a text is known by.
#[derive(Clone, Copy)]
pub(super) struct Mark(u64);

impl Mark {
    /// That of anything: the text, how it is read, and by whose names of secrets.
    pub fn of(what: impl Hash) -> Self {
        // 0 is an empty place.
        Self(HASHER.hash_one(what).max(1))
    }

    /// Whether it was remembered, and not forgotten since.
    pub fn is_known(self) -> bool {
        SEEN.with_borrow(|seen| seen.get(self.place()) == Some(&self.0))
    }

    /// From now on it is known.
    pub fn remember(self) {
        SEEN.with_borrow_mut(|seen| {
            if let Some(place) = seen.get_mut(self.place()) {
                *place = self.0;
            }
        });
    }

    fn place(self) -> usize {
        usize::try_from(self.0 % PLACES as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{
        super::{
            keys::ScrubKeys,
            text::{self, Kind},
        },
        Mark,
    };

    #[test]
    fn what_is_remembered_is_known_until_its_place_is_taken() {
        let mark = Mark::of("one");
        assert!(!mark.is_known());
        mark.remember();
        assert!(mark.is_known());
        assert!(!Mark::of("other").is_known());
        let taker = (0..u32::MAX)
            .map(Mark::of)
            .find(|one| one.place() == mark.place());
        taker.expect("there are few places").remember();
        assert!(!mark.is_known());
    }

    #[test]
    fn a_text_is_known_as_what_it_was_read_by_whom() {
        let own = ScrubKeys::new(&["iban".to_owned()]);
        let built_in = ScrubKeys::default();
        let scrubbed = |text: &'static str, keys: &ScrubKeys, kind| {
            let mut text = Cow::Borrowed(text);
            text::scrub(&mut text, keys, kind, 1_000);
            text.into_owned()
        };
        for _again in 0..2 {
            let text = "customer_iban=DE12 left";
            assert_eq!(scrubbed(text, &built_in, Kind::Prose), text);
            assert_eq!(
                scrubbed(text, &own, Kind::Prose),
                "customer_iban=[scrubbed] left"
            );
            let line = "token = request.headers";
            assert_eq!(scrubbed(line, &built_in, Kind::Code), line);
            assert_ne!(scrubbed(line, &built_in, Kind::Prose), line);
        }
    }

    #[test]
    fn what_is_cut_is_cut_also_where_it_is_known() {
        let long = "x".repeat(2_000);
        for (max_bytes, expected) in [(2_000, 2_000), (1_000, 1_000)] {
            let mut text = Cow::Borrowed(long.as_str());
            text::scrub(&mut text, &ScrubKeys::default(), Kind::Prose, max_bytes);
            assert_eq!(text.len(), expected);
        }
    }
}
