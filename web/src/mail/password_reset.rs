//! The mail with a link to set a new password.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{format, mail::Mail};

/// A mail with a link to set a new password.
#[derive(Clone, Debug)]
pub struct PasswordResetMail {
    /// The address of the account.
    pub email: String,
    /// The instance's public URL.
    pub public_url: String,
    /// The whole URL where the password is set.
    pub url: String,
    /// Until when that works.
    pub expires_at: DateTime<Utc>,
    /// The reader's time zone.
    pub zone: Tz,
}

#[derive(Template)]
#[template(path = "mail/password_reset.html")]
struct Html<'a> {
    mail: &'a PasswordResetMail,
}

#[derive(Template)]
#[template(path = "mail/password_reset.txt")]
struct Text<'a> {
    mail: &'a PasswordResetMail,
}

impl PasswordResetMail {
    /// The mail, ready to send.
    pub fn render(&self) -> askama::Result<Mail> {
        Ok(Mail {
            subject: "Set a new password for Rollcage".to_owned(),
            text: Text { mail: self }.render()?,
            html: Html { mail: self }.render()?,
        })
    }

    fn until(&self) -> String {
        format::minute_time(self.expires_at, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_reset_says_whose_where_and_until_when() {
        let mail = PasswordResetMail {
            email: "ada@example.com".to_owned(),
            public_url: "https://rc.test".to_owned(),
            url: "https://rc.test/password/s3cret".to_owned(),
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
            zone: Tz::UTC,
        };
        insta::assert_snapshot!(mail.render().expect("a mail renders").snapshot());
    }
}
