//! Somebody who is signed in, with a browser that knows its manners.

use chrono::TimeDelta;
use reqwest::Method;
use rollcage_server::{
    model::id::UserId,
    secrets,
    store::{sessions, users},
};

use crate::{Answer, App};

/// The cookie of an instance that is reached by plain http.
pub const COOKIE: &str = "rollcage";

/// Somebody who is signed in.
pub struct Person<'a> {
    app: &'a App,
    /// Who.
    pub id: UserId,
    /// Their address.
    pub email: String,
    cookie: String,
}

impl<'a> Person<'a> {
    /// Begins a session for an account, without its password.
    pub async fn sign_in(app: &'a App, id: UserId, email: &str) -> Self {
        let secret = secrets::secret();
        let now = app.clock.now();
        sessions::insert(
            app.database.db(),
            &secrets::sha256(&secret),
            id,
            "tests",
            now,
            now + TimeDelta::days(30),
        )
        .await
        .expect("Postgres answers");
        Self {
            app,
            id,
            email: email.to_owned(),
            cookie: format!("{COOKIE}={secret}"),
        }
    }

    /// Signs in by the form, from a browser of that name: the answer, and who is signed in then.
    pub async fn log_in(
        app: &'a App,
        email: &str,
        password: &str,
        agent: &str,
    ) -> (Answer, Option<Self>) {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", email), ("password", password)])
            .finish();
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("user-agent", agent),
        ];
        let answer = app.request(Method::POST, "/login", &headers, form).await;
        let person = match users::by_email(app.database.db(), email).await {
            Ok(Some((id, _))) => Self::of_cookie(app, id, email, &answer),
            _ => None,
        };
        (answer, person)
    }

    /// Whoever an answer signs in.
    pub fn of_cookie(app: &'a App, id: UserId, email: &str, answer: &Answer) -> Option<Self> {
        let cookie = answer.header("set-cookie").split(';').next()?.to_owned();
        (cookie.len() > COOKIE.len() + 1).then(|| Self {
            app,
            id,
            email: email.to_owned(),
            cookie,
        })
    }

    /// Opens a stream, as `EventSource` does.
    pub async fn stream(&self, path: &str) -> reqwest::Response {
        let request = self
            .app
            .client()
            .get(format!("{}{path}", self.app.url()))
            .header("cookie", &self.cookie)
            .header("accept", "text/event-stream");
        request.send().await.expect("the program answers")
    }

    /// Looks at a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    /// Looks at a page that is there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.send(Method::POST, path, &body).await
    }

    /// Sends what a browser sends from one of our own pages.
    pub async fn send(&self, method: Method, path: &str, body: &str) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.app
            .request(method, path, &headers, body.to_owned())
            .await
    }

    /// The cookie, as a header's value.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }
}
