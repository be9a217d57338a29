//! Accounts from the invitation to the deactivation, with mails through a real SMTP server and a
//! clock that the test moves.

mod invitations;
mod passwords;
mod signing_in;
mod standing;

use reqwest::Method;
use rollcage_tests::{Answer, App, Person, app::PASSWORD, mail::Mail};

const NEW_PASSWORD: &str = "another long password";
const FORM: [(&str, &str); 2] = [
    ("sec-fetch-site", "same-origin"),
    ("content-type", "application/x-www-form-urlencoded"),
];

async fn invite(owner: &Person<'_>, email: &str, role: &str) {
    let form = [("email", email), ("role", role)];
    let answer = owner.post("/p/shop/settings/invitations", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

async fn ask_for_reset(app: &App, email: &str) -> Answer {
    post(app, "/password", &format!("email={email}")).await
}

async fn post(app: &App, path: &str, form: &str) -> Answer {
    app.request(Method::POST, path, &FORM, form.to_owned())
        .await
}

async fn log_in<'a>(app: &'a App, email: &str, agent: &str) -> Person<'a> {
    let (answer, person) = Person::log_in(app, email, PASSWORD, agent).await;
    person.unwrap_or_else(|| panic!("{email} signs in: {}", answer.status))
}

/// The path that a mail's link leads to.
fn link(app: &App, mail: &Mail, path: &str) -> String {
    let begin = format!("{}{path}", app.url());
    let at = mail
        .text
        .find(&begin)
        .unwrap_or_else(|| panic!("{begin}: {}", mail.text));
    let secret: String = mail.text[at + begin.len()..]
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect();
    assert_eq!(secret.len(), 64);
    assert!(
        mail.html.contains(&format!("{begin}{secret}")),
        "{}",
        mail.html
    );
    format!("{path}{secret}")
}
