//! One file per mail: subject, text, and HTML of the same content.

pub mod invitation;
pub mod item;
pub mod password_changed;
pub mod password_reset;
pub mod rule_summary;
pub mod rule_test;
pub mod test;

pub use {
    invitation::InvitationMail,
    item::{CulpritFrame, ItemMail, Reason},
    password_changed::PasswordChangedMail,
    password_reset::PasswordResetMail,
    rule_summary::{RuleSummaryMail, SummaryItem},
    rule_test::RuleTestMail,
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

#[cfg(test)]
impl Mail {
    /// The three parts as one text to read in review.
    fn snapshot(&self) -> String {
        let head = self.html.find("<body").expect("a mail has a body");
        format!(
            "{}\n\n{}\n\n{}",
            self.subject,
            self.text,
            &self.html[head..]
        )
    }
}
