//! The mail that tells that a password was changed, so that a thief cannot do it unseen.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{format, mail::Mail};

/// A mail that tells that a password was changed.
#[derive(Clone, Debug)]
pub struct PasswordChangedMail {
    /// The address of the account.
    pub email: String,
    /// The instance's public URL.
    pub public_url: String,
    /// The whole URL where a link to set another password is asked for.
    pub password_url: String,
    /// When it was changed.
    pub at: DateTime<Utc>,
    /// The reader's time zone.
    pub zone: Tz,
}

#[derive(Template)]
#[template(path = "mail/password_changed.html")]
struct Html<'a> {
    mail: &'a PasswordChangedMail,
}

#[derive(Template)]
#[template(path = "mail/password_changed.txt")]
struct Text<'a> {
    mail: &'a PasswordChangedMail,
}

impl PasswordChangedMail {
    /// The mail, ready to send.
    pub fn render(&self) -> askama::Result<Mail> {
        Ok(Mail {
            subject: "Your password for Rollcage was changed".to_owned(),
            text: Text { mail: self }.render()?,
            html: Html { mail: self }.render()?,
        })
    }

    fn when(&self) -> String {
        format::minute_time(self.at, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_to_do_if_it_was_somebody_else() {
        let mail = PasswordChangedMail {
            email: "ada@example.com".to_owned(),
            public_url: "https://rc.test".to_owned(),
            password_url: "https://rc.test/password".to_owned(),
            at: DateTime::UNIX_EPOCH,
            zone: Tz::UTC,
        };
        insta::assert_snapshot!(mail.render().expect("a mail renders").snapshot());
    }
}
