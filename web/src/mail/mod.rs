//! One file per mail: subject, text, and HTML of the same content.

pub mod item;
pub mod test;

pub use {
    item::{CulpritFrame, ItemMail, Reason},
    test::TestMail,
};

/// A mail ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The subject, in one line.
    pub subject: String,
    /// The plain text, which says everything.
    pub text: String,
    /// The HTML of the same content.
    pub html: String,
}
