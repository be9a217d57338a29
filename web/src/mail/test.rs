//! The mail that `rollcage send-test-mail` sends.

use askama::Template;

use crate::mail::Mail;

/// A mail that shows that mails arrive.
#[derive(Clone, Debug)]
pub struct TestMail {
    /// The instance's public URL.
    pub public_url: String,
}

#[derive(Template)]
#[template(path = "mail/test.html")]
struct Html<'a> {
    mail: &'a TestMail,
}

#[derive(Template)]
#[template(path = "mail/test.txt")]
struct Text<'a> {
    mail: &'a TestMail,
}

impl TestMail {
    /// The mail, ready to send.
    pub fn render(&self) -> askama::Result<Mail> {
        Ok(Mail {
            subject: "Rollcage can send mail".to_owned(),
            text: Text { mail: self }.render()?,
            html: Html { mail: self }.render()?,
        })
    }
}
