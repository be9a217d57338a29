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
    if is_signed {
        dispatch(sender, kind);
    } else {
        refuse(sender);
    }
}

fn refuse(sender: &'static str) {
    let error = WebhookError::Signature(sender);
    rollcage::capture(Occurrence::error(&error).level(Level::Warning));
}

fn dispatch(sender: &'static str, kind: &'static str) {
    match kind {
        "payment.settled" | "parcel.delivered" => {}
        kind => {
            let error = WebhookError::Unknown { sender, kind };
            rollcage::capture(Occurrence::error(&error).level(Level::Info));
        }
    }
}
