//! Capturing, on the thread where something happened.
//!
//! What cannot wait is done here: texts are made, the scope is kept, addresses of the stack are
//! noted. All else is the worker's.

use std::error::Error;

use uuid::Uuid;

use crate::{Level, Occurrence, client};

/// Captures an error with all its causes, and a backtrace of where this is called.
///
/// The UUID under which the occurrence will be found is there at once; without a client it is nil.
/// This never panics and never waits for the network.
///
/// ```
/// fn port(text: &str) -> Option<u16> {
///     match text.parse() {
///         Ok(port) => Some(port),
///         Err(error) => {
///             rollcage::capture_error(&error);
///             None
///         }
///     }
/// }
/// # port("x");
/// ```
#[track_caller]
pub fn capture_error<E: Error + ?Sized>(error: &E) -> Uuid {
    let location = std::panic::Location::caller();
    client::capture(move || {
        let mut occurrence = Occurrence::error(error);
        occurrence.location = Some(location.into());
        occurrence
    })
}

/// Captures a text.
#[track_caller]
pub fn capture_message(level: Level, message: impl Into<String>) -> Uuid {
    let location = std::panic::Location::caller();
    client::capture(move || {
        let mut occurrence = Occurrence::message(level, message);
        occurrence.location = Some(location.into());
        occurrence
    })
}

/// Captures what was put together by hand.
pub fn capture(occurrence: Occurrence) -> Uuid {
    client::capture(move || occurrence)
}

/// Captures a text of the level `critical`.
#[track_caller]
pub fn critical(message: impl Into<String>) -> Uuid {
    capture_message(Level::Critical, message)
}

/// Captures a text of the level `error`.
#[track_caller]
pub fn error(message: impl Into<String>) -> Uuid {
    capture_message(Level::Error, message)
}

/// Captures a text of the level `warning`.
#[track_caller]
pub fn warning(message: impl Into<String>) -> Uuid {
    capture_message(Level::Warning, message)
}

/// Captures a text of the level `info`.
#[track_caller]
pub fn info(message: impl Into<String>) -> Uuid {
    capture_message(Level::Info, message)
}

/// Captures a text of the level `debug`.
#[track_caller]
pub fn debug(message: impl Into<String>) -> Uuid {
    capture_message(Level::Debug, message)
}

/// Captures an `anyhow::Error` with all its causes, and its own backtrace where it has one.
///
/// It has one where `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` was set when it was made. Then names
/// are looked up here, on the calling thread, for the error cannot be sent to another.
#[cfg(feature = "anyhow")]
#[track_caller]
pub fn capture_anyhow(error: &anyhow::Error) -> Uuid {
    let location = std::panic::Location::caller();
    client::capture(move || {
        let error_ref: &(dyn Error + Send + Sync + 'static) = error.as_ref();
        let mut occurrence = Occurrence::error(error_ref);
        occurrence.location = Some(location.into());
        match own(error.backtrace()) {
            Some(displayed) => occurrence.own_backtrace(displayed),
            None => occurrence,
        }
    })
}

/// Captures an `eyre::Report` with all its causes, and its own backtrace where eyre's own handler
/// made one; see `capture_anyhow`. Another handler's, such as that of color-eyre, cannot be read.
#[cfg(feature = "eyre")]
#[track_caller]
pub fn capture_eyre(report: &eyre::Report) -> Uuid {
    let location = std::panic::Location::caller();
    client::capture(move || {
        let error: &(dyn Error + Send + Sync + 'static) = report.as_ref();
        let mut occurrence = Occurrence::error(error);
        occurrence.location = Some(location.into());
        if report.handler().is::<eyre::DefaultHandler>()
            && let Some((_, displayed)) = format!("{report:?}").split_once(EYRE_BACKTRACE)
        {
            return occurrence.own_backtrace(displayed.to_owned());
        }
        occurrence
    })
}

/// What stands before the backtrace in the debug form of a report, the only one that has it.
#[cfg(feature = "eyre")]
const EYRE_BACKTRACE: &str = "\n\nStack backtrace:\n";

#[cfg(feature = "anyhow")]
fn own(backtrace: &std::backtrace::Backtrace) -> Option<String> {
    (backtrace.status() == std::backtrace::BacktraceStatus::Captured).then(|| backtrace.to_string())
}
