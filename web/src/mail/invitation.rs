//! The mail that invites somebody.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{format, invitation::Offer, mail::Mail};

/// What an invitation says.
#[derive(Clone, Debug)]
pub struct InvitationMail {
    /// What it is to.
    pub offer: Offer,
    /// The mail address of who invites; `None` when that account is gone.
    pub invited_by: Option<String>,
    /// The instance's public URL.
    pub public_url: String,
    /// The whole URL that accepts it.
    pub url: String,
    /// Until when that works.
    pub expires_at: DateTime<Utc>,
    /// The time zone of who invites, for that of the reader is not known yet.
    pub zone: Tz,
}

#[derive(Template)]
#[template(path = "mail/invitation.html")]
struct Html<'a> {
    mail: &'a InvitationMail,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct Text<'a> {
    mail: &'a InvitationMail,
}

impl InvitationMail {
    /// The mail, ready to send.
    pub fn render(&self) -> askama::Result<Mail> {
        Ok(Mail {
            subject: self.subject(),
            text: Text { mail: self }.render()?,
            html: Html { mail: self }.render()?,
        })
    }

    fn subject(&self) -> String {
        let subject = match &self.offer {
            Offer::Project { name, .. } => format!("Invitation to {name} on Rollcage"),
            Offer::Instance { .. } => "Invitation to Rollcage".to_owned(),
        };
        format::visible(&subject).into_owned()
    }

    /// Who invites to what, as a sentence.
    fn sentence(&self) -> String {
        let what = self.offer.to_what();
        match &self.invited_by {
            Some(email) => format!("{email} invites you {what}."),
            None => format!("You are invited {what}."),
        }
    }

    fn until(&self) -> String {
        format::minute_time(self.expires_at, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::role::Role;

    fn mail(offer: Offer) -> Mail {
        InvitationMail {
            offer,
            invited_by: Some("ada@example.com".to_owned()),
            public_url: "https://rc.test".to_owned(),
            url: "https://rc.test/invitations/s3cret".to_owned(),
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::days(7),
            zone: Tz::Europe__Berlin,
        }
        .render()
        .expect("a mail renders")
    }

    #[test]
    fn an_invitation_says_who_where_and_until_when() {
        let mail = mail(Offer::Project {
            name: "Shop <1>".to_owned(),
            role: Role::Member,
        });
        insta::assert_snapshot!("project", mail.snapshot());
    }

    #[test]
    fn an_invitation_to_the_instance_names_no_project() {
        let mail = mail(Offer::Instance { is_admin: true });
        insta::assert_snapshot!("instance", mail.snapshot());
    }
}
