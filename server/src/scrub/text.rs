//! One text: its secrets out, and cut to a limit.

use super::{
    keys::ScrubKeys,
    known::{Mark, What},
    pairs, shapes,
    trim::{CUT, shorten},
};
use crate::model::json::Text;

/// What a text is, and so how it is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A message, a value, a URL.
    Prose,
    /// A line of source: `token = request.headers` names no secret, `token = "x"` does.
    Code,
}

/// Nothing shorter is or holds a secret that can be told.
const SHORTEST: usize = 4;
/// Readings of one text, until nothing more is found in it.
const ROUNDS_MAX: usize = 4;
/// Nor is a key of an object one that is shorter: a card's number.
pub(super) const SHORTEST_KEY: usize = 13;

/// Takes the secrets out of `text` and cuts it to `max_bytes`; tells whether that changed it.
pub(super) fn scrub(text: &mut Text<'_>, keys: &ScrubKeys, kind: Kind, max_bytes: usize) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let is_whole = text.len() <= max_bytes;
    let mark = Mark::of(keys, &What::Text(kind, text));
    if is_whole && mark.is_known() {
        return false;
    }
    let changed = scrub_whole(text, keys, kind);
    if is_whole && !changed {
        mark.remember();
        return false;
    }
    // A cut can split what stands for a secret, which then is scrubbed again and may grow a little:
    // so each further cut is shorter.
    let mut room = max_bytes;
    while text.len() > max_bytes && room > CUT.len() {
        shorten(text, room - CUT.len());
        text.to_mut().push_str(CUT);
        scrub_whole(text, keys, kind);
        room /= 2;
    }
    true
}

/// Whether there might be something to scrub.
pub(super) fn is_suspect(text: &str, keys: &ScrubKeys) -> bool {
    shapes::is_suspect(text) || keys.is_in(text)
}

/// Whether there was anything to take out.
fn scrub_whole(text: &mut Text<'_>, keys: &ScrubKeys, kind: Kind) -> bool {
    // What one reading takes out can complete a shape for the other, though hardly ever.
    let rounds = (0..ROUNDS_MAX).take_while(|_| scrub_once(text, keys, kind));
    rounds.count() > 0
}

/// Likewise, in one reading.
fn scrub_once(text: &mut Text<'_>, keys: &ScrubKeys, kind: Kind) -> bool {
    let mut changed = false;
    if shapes::is_suspect(text)
        && let Some(scrubbed) = shapes::scrub(text)
    {
        changed = true;
        *text = Text::Owned(scrubbed);
    }
    if keys.is_in(text)
        && let Some(scrubbed) = pairs::scrub(text, keys, kind)
    {
        changed = true;
        *text = Text::Owned(scrubbed);
    }
    changed
}
