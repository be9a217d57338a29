//! Requests, and what comes back.

use std::time::Duration;

use reqwest::{
    Client, Method,
    header::{HeaderMap, LOCATION},
    redirect::Policy,
};
use serde_json::Value;

/// Longest time that an answer may take: beyond what any limit of the server allows.
const TIMEOUT: Duration = Duration::from_secs(40);

/// What a browser says with a post from a page of another site.
pub const OF_A_PAGE: (&str, &str) = ("origin", "https://shop.example");

/// A client that follows nothing and hides nothing.
pub fn client() -> Client {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(TIMEOUT)
        .build()
        .expect("a client without TLS needs nothing")
}

/// An answer, read completely.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "status {} with no JSON ({error}): {}",
                self.status,
                self.text()
            )
        })
    }

    /// `result` of an API's answer that went well.
    pub fn result(&self) -> Value {
        let json = self.json();
        assert_eq!(self.status, 200, "{json}");
        assert_eq!(json["err"], 0, "{json}");
        json["result"].clone()
    }

    /// The text of a header; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }
}

/// Sends a request.
pub async fn send(
    client: &Client,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    try_send(client, method, url, headers, body)
        .await
        .unwrap_or_else(|error| panic!("{url} answers: {error:?}"))
}

/// Sends a request to a server that may not be there.
pub async fn try_send(
    client: &Client,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> reqwest::Result<Answer> {
    let request = headers
        .iter()
        .fold(client.request(method, url), |request, (name, value)| {
            request.header(*name, *value)
        });
    let response = request.body(body).send().await?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await?.to_vec(),
    })
}
