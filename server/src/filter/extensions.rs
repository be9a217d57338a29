//! Failures of browser extensions, which run in the application's pages and are none of its own.

use crate::model::{
    agent,
    occurrence::{Body, Frame, Occurrence},
};

/// What the URL of an extension's script begins with.
const SCHEMES: [&str; 7] = [
    "chrome-extension://",
    "moz-extension://",
    "safari-extension:",
    "safari-web-extension:",
    "ms-browser-extension:",
    "extension://",
    // Safari's word for an extension's URL that it hides.
    "webkit-masked-url:",
];

/// What is said, without a script's URL, by nothing but extensions; in lower case.
const SAYINGS: [&str; 10] = [
    // Chromium: the extension was updated while the page was open.
    "extension context invalidated",
    // Chromium and Safari: one part of an extension calls another that is not there.
    "could not establish connection. receiving end does not exist",
    "the message port closed before a response was received",
    "message channel closed before a response was received",
    "call to runtime.sendmessage(). tab not found",
    // Firefox: an extension holds on to a page that is gone.
    "can't access dead object",
    // Wallets that fight for the same name.
    "cannot redefine property: ethereum",
    "cannot redefine property: solana",
    // What Chrome for iOS puts into each page.
    "__gcrweb",
    "webkit-masked-url:",
];

/// What browsers and SDKs write where a frame has no place.
const NOWHERE: [&str; 5] = ["", "<anonymous>", "(unknown)", "[native code]", "native"];

/// Whether an extension's own code failed: what an extension calls in a page may be a mistake of
/// the page.
pub fn is_of_extension(occurrence: &Occurrence<'_>) -> bool {
    match &occurrence.body {
        Body::Traces(traces) => {
            traces.iter().any(|trace| is_raised_in_one(&trace.frames))
                || agent::is_of_browser(occurrence)
                    && traces.iter().any(|trace| is_said(&trace.message))
        }
        Body::Message(message) => {
            is_raised_in_one(&message.frames)
                || agent::is_of_browser(occurrence) && is_said(&message.text)
        }
        Body::CrashReport(_) => false,
    }
}

/// Whether the innermost frame that has a place is of an extension.
fn is_raised_in_one(frames: &[Frame]) -> bool {
    let innermost = frames.iter().rev().find_map(|frame| {
        [frame.path.as_deref(), frame.filename.as_deref()]
            .into_iter()
            .flatten()
            .map(str::trim)
            .find(|place| !NOWHERE.contains(place))
    });
    innermost.is_some_and(|place| {
        SCHEMES.iter().any(|scheme| {
            place
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
    })
}

fn is_said(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SAYINGS.iter().any(|saying| text.contains(saying))
}
