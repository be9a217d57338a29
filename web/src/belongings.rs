//! What comes beside an occurrence: what people say about it, and files.

use chrono::{DateTime, Utc};

use crate::format;

/// What somebody who met a failure says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackView {
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// What they are called, as they typed it.
    pub name: Option<String>,
    /// Their mail address, as they typed it.
    pub email: Option<String>,
    /// What they say; may have several lines.
    pub message: String,
    /// The page they were on.
    pub url: Option<String>,
}

/// A file that was sent along with an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentView {
    /// Our number for it, as in its URL.
    pub id: i64,
    /// Its name, as sent.
    pub name: String,
    /// What the SDK says it is: `text/plain`.
    pub media_type: Option<String>,
    /// What it is for, in the SDK's words: `event.minidump`.
    pub purpose: Option<String>,
    /// Its size in bytes.
    pub size_bytes: i64,
}

impl FeedbackView {
    /// Who says it: the name, else the address, else that nobody knows.
    pub(crate) fn who(&self) -> &str {
        [&self.name, &self.email]
            .into_iter()
            .flatten()
            .map(|text| text.trim())
            .find(|text| !text.is_empty())
            .unwrap_or("Somebody without a name")
    }

    /// The mail address, where the name stands before it.
    pub(crate) fn address(&self) -> Option<&str> {
        let address = self.email.as_deref()?.trim();
        (!address.is_empty() && address != self.who()).then_some(address)
    }
}

impl AttachmentView {
    /// `text/plain · 12 KiB`
    pub(crate) fn facts(&self) -> String {
        [self.purpose.as_deref(), self.media_type.as_deref()]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .chain([format::bytes(self.size_bytes)])
            .collect::<Vec<_>>()
            .join(" · ")
    }

    /// Its name, or what to call a file without one.
    pub(crate) fn label(&self) -> &str {
        if self.name.trim().is_empty() {
            "File without a name"
        } else {
            &self.name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_it_is_the_best_that_is_known() {
        let feedback = |name: &str, email: &str| FeedbackView {
            received_at: DateTime::UNIX_EPOCH,
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
            message: String::new(),
            url: None,
        };
        let known = feedback("Grace", "grace@example.com");
        assert_eq!(
            (known.who(), known.address()),
            ("Grace", Some("grace@example.com"))
        );
        let address = feedback(" ", "grace@example.com");
        assert_eq!(
            (address.who(), address.address()),
            ("grace@example.com", None)
        );
        assert_eq!(feedback("", "").who(), "Somebody without a name");
    }

    #[test]
    fn a_file_says_what_it_is() {
        let file = AttachmentView {
            id: 1,
            name: "log.txt".to_owned(),
            media_type: Some("text/plain".to_owned()),
            purpose: None,
            size_bytes: 12 << 10,
        };
        assert_eq!(file.facts(), "text/plain · 12 KiB");
    }
}
