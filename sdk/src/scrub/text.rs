//! One text: its secrets out.

use super::{keys::ScrubKeys, pairs, shapes};

/// What a text is, and so how it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A message, a value, a URL.
    Prose,
    /// A line of source: `token = request.headers` names no secret, `token = "x"` does.
    Code,
}

/// Nothing shorter is or holds a secret that can be told.
const SHORTEST: usize = 4;
/// Readings of one text, until nothing more is found in it: what one takes out can complete a shape
/// for the other.
const ROUNDS_MAX: usize = 4;

/// Takes the secrets out of `text`.
pub(super) fn scrub(text: &mut String, keys: &ScrubKeys, kind: Kind) {
    if text.len() < SHORTEST {
        return;
    }
    for _ in 0..ROUNDS_MAX {
        let mut changed = false;
        if shapes::is_suspect(text)
            && let Some(scrubbed) = shapes::scrub(text)
        {
            changed = true;
            *text = scrubbed;
        }
        if keys.is_in(text)
            && let Some(scrubbed) = pairs::scrub(text, keys, kind)
        {
            changed = true;
            *text = scrubbed;
        }
        if !changed {
            break;
        }
    }
}
