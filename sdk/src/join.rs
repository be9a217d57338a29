//! Tasks of tokio that panicked.

use std::fmt::Write;

use tokio::task::JoinError;
use uuid::Uuid;

use crate::{Level, Occurrence, capture, seen};

/// Captures why a task of tokio did not end, and gives back the UUID of the occurrence.
///
/// Where the panic hook has captured the panic already, which it does unless it was switched off,
/// nothing is captured again, and the UUID is that of the hook's occurrence. A task that was
/// aborted is captured as a warning.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let task = tokio::spawn(async { "x".parse::<u16>().expect("a port") });
/// if let Err(error) = task.await {
///     rollcage::capture_join_error(&error);
/// }
/// # }
/// ```
#[track_caller]
pub fn capture_join_error(error: &JoinError) -> Uuid {
    if error.is_cancelled() {
        return capture::capture_message(Level::Warning, "a task was cancelled");
    }
    if let Some(uuid) = seen::by_task(error.id()) {
        return uuid;
    }
    // The payload belongs to the error. What it says of it is all that can be had without taking
    // the error away from the caller.
    let said = error.to_string();
    let message = match said.split_once(" panicked with message ") {
        Some((_, quoted)) => unquoted(quoted),
        None => "a task panicked".to_owned(),
    };
    capture::capture(Occurrence::panic(message).without_backtrace())
}

/// The text whose `Debug` is `quoted`.
fn unquoted(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('0') => text.push('\0'),
            Some('u') => {
                let code: String = characters
                    .by_ref()
                    .skip_while(|character| *character == '{')
                    .take_while(|character| *character != '}')
                    .collect();
                match u32::from_str_radix(&code, 16).ok().and_then(char::from_u32) {
                    Some(character) => text.push(character),
                    // Not of `Debug`'s making. A `String` takes whatever is written.
                    None => drop(write!(text, "\\u{{{code}}}")),
                }
            }
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::unquoted;

    proptest! {
        #[test]
        fn a_text_is_unquoted_to_itself(text in any::<String>()) {
            prop_assert_eq!(unquoted(&format!("{text:?}")), text);
        }
    }
}
