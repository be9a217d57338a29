//! Texts that were looked at before and hold no secret.
//!
//! Nearly all that an application sends was sent before: the same files, functions, lines of source
//! and names of headers, some hundred texts an occurrence. To look for secrets in one takes many times
//! what it takes to know it again, and a dozen that always come together are known together.
//!
//! What was looked at is known by 64 bits of a hash with a seed of this process. That two things share them by
//! chance happens once in 2^50 looks, and nobody can bring it about from outside.

use std::{
    hash::{BuildHasher, Hash, Hasher},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use foldhash::quality::RandomState;

use super::{keys::ScrubKeys, text::Kind};
use crate::model::{json::Fields, occurrence::Frame};

/// Marks that are remembered; a new one takes the place of an old one. 512 KiB: two hundred kinds of
/// errors of a dozen SDKs have twenty thousand, and at half of that every other one was forgotten
/// before it came again.
const PLACES: usize = 1 << 16;

static SEEN: Seen = Seen([const { AtomicU64::new(0) }; PLACES]);

/// Marks; 0 is an empty place. Each place stands for itself, so that their order
/// does not matter.
struct Seen([AtomicU64; PLACES]);

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// What holds no secret. What is known as one of these is not known as another.
pub(super) enum What<'w, 't> {
    /// A text, read as what it is.
    Text(Kind, &'w str),
    /// The name of a field, which is no secret's name either.
    Key(&'w str),
    /// Each name of an object's fields is such a one.
    Keys(&'w Fields<'t>),
    /// Each text that says where in the code a frame is; not its values.
    Place(&'w Frame<'t>),
}

impl Hash for What<'_, '_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Text(kind, text) => (kind, text).hash(state),
            Self::Key(key) => key.hash(state),
            Self::Keys(fields) => {
                fields.len().hash(state);
                fields.keys().for_each(|key| key.hash(state));
            }
            Self::Place(frame) => {
                let names = [
                    &frame.filename,
                    &frame.path,
                    &frame.module,
                    &frame.package,
                    &frame.address,
                    &frame.method,
                    &frame.class_name,
                    &frame.code,
                ];
                names.hash(state);
                [&frame.pre, &frame.post, &frame.arguments].hash(state);
            }
        }
    }
}

/// What a [`What`] is known by.
#[derive(Clone, Copy)]
pub(super) struct Mark(u64);

impl Mark {
    /// For those whose names of secrets are `keys`.
    pub fn of(keys: &ScrubKeys, what: &What<'_, '_>) -> Self {
        Self(HASHER.hash_one((keys, what)).max(1))
    }

    /// Whether it was remembered, and not forgotten since.
    pub fn is_known(self) -> bool {
        SEEN.has(self)
    }

    /// From now on it is known.
    pub fn remember(self) {
        SEEN.add(self);
    }
}

impl Seen {
    fn has(&self, mark: Mark) -> bool {
        self.place(mark).load(Ordering::Relaxed) == mark.0
    }

    fn add(&self, mark: Mark) {
        self.place(mark).store(mark.0, Ordering::Relaxed);
    }

    fn place(&self, mark: Mark) -> &AtomicU64 {
        let place = usize::try_from(mark.0 % PLACES as u64);
        &self.0[place.unwrap_or_default()]
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
        AtomicU64, Mark, PLACES, Seen, What,
    };

    fn mark(text: &str) -> Mark {
        Mark::of(&ScrubKeys::default(), &What::Text(Kind::Prose, text))
    }

    #[test]
    fn what_is_remembered_is_known_until_its_place_is_taken() {
        static SEEN: Seen = Seen([const { AtomicU64::new(0) }; PLACES]);
        let one = mark("one");
        assert!(!SEEN.has(one));
        SEEN.add(one);
        assert!(SEEN.has(one));
        assert!(!SEEN.has(mark("other")));
        let taker = (0..u32::MAX)
            .map(|number| mark(&number.to_string()))
            .find(|other| std::ptr::eq(SEEN.place(*other), SEEN.place(one)));
        SEEN.add(taker.expect("there are few places"));
        assert!(!SEEN.has(one));
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
