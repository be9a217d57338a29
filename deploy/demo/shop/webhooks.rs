//! What others tell us by HTTP.

use rollcage::{Level, Occurrence};

/// Why a call was refused.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Somebody else signed it.
    #[error("the signature of {0} does not fit")]
    Signature(&'static str),
    /// It is about something that we do not know.
    #[error("{sender} tells of {kind:?}, which nobody here knows")]
    Unknown {
        /// Who says it.
        sender: &'static str,
        /// What it is about.
        kind: &'static str,
    },
}

/// Takes a call.
pub fn take(sender: &'static str, kind: &'static str, is_signed: bool) {
    if let Err(error) = dispatch(sender, kind, is_signed) {
        let level = match error {
            WebhookError::Signature(_) => Level::Warning,
            WebhookError::Unknown { .. } => Level::Info,
        };
        rollcage::capture(Occurrence::error(&error).level(level));
    }
}

fn dispatch(sender: &'static str, kind: &'static str, is_signed: bool) -> Result<(), WebhookError> {
    if !is_signed {
        return verify(sender);
    }
    route(sender, kind)
}

fn verify(sender: &'static str) -> Result<(), WebhookError> {
    Err(WebhookError::Signature(sender))
}

fn route(sender: &'static str, kind: &'static str) -> Result<(), WebhookError> {
    match kind {
        "payment.settled" | "parcel.delivered" => Ok(()),
        kind => Err(WebhookError::Unknown { sender, kind }),
    }
}
