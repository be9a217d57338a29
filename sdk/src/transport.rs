//! How a body gets to the server.

use std::time::Duration;

use ureq::{
    Agent,
    http::{HeaderMap, Response},
};

use crate::Options;

/// What the server made of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It has it. It may ask for a pause before the next.
    Delivered { pause: Option<Duration> },
    /// It asks to come back later.
    Later { pause: Option<Duration> },
    /// It could not be reached.
    Unreachable { why: String },
    /// It failed.
    Failed { status: u16 },
    /// It is too large for it.
    TooLarge,
    /// It will never take it.
    Refused { status: u16 },
}

/// How a body gets to the server.
pub(crate) trait Transport: Send + Sync {
    /// Hands over a body, compressed with gzip.
    fn send(&self, body: &[u8]) -> Answer;
}

/// Most of an answer that is read. It is read so that the connection can be used again.
const ANSWER_MAX_BYTES: u64 = 64 * 1024;

/// HTTP, with a connection that is kept.
pub(crate) struct Http {
    agent: Agent,
    url: String,
    token: String,
}

impl Http {
    pub(crate) fn new(options: &Options) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(options.request_timeout))
            .max_redirects(0)
            .user_agent(concat!("rollcage/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: Agent::new_with_config(config),
            url: item_url(&options.endpoint),
            token: options.token.clone(),
        }
    }
}

/// The item address: SDKs of Rollbar take the server's, the API's or the whole as their endpoint.
fn item_url(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    let server = endpoint
        .strip_suffix("/api/1/item")
        .or_else(|| endpoint.strip_suffix("/api/1"))
        .unwrap_or(endpoint);
    format!("{server}/api/1/item/")
}

impl Transport for Http {
    fn send(&self, body: &[u8]) -> Answer {
        let sent = self
            .agent
            .post(&self.url)
            .header("x-rollbar-access-token", &self.token)
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .send(body);
        match sent {
            Ok(mut response) => {
                // What it says is not needed, and an answer that breaks off is an answer.
                let _ = response
                    .body_mut()
                    .with_config()
                    .limit(ANSWER_MAX_BYTES)
                    .read_to_vec();
                answer(&response)
            }
            // Of an endpoint that is none nothing can come; everything else may pass.
            Err(ureq::Error::BadUri(_)) => Answer::Refused { status: 0 },
            Err(error) => Answer::Unreachable {
                why: error.to_string(),
            },
        }
    }
}

fn answer<B>(response: &Response<B>) -> Answer {
    let headers = response.headers();
    match response.status().as_u16() {
        200..=299 => Answer::Delivered {
            pause: used_up(headers),
        },
        429 | 503 => Answer::Later {
            pause: seconds(headers, "retry-after").or_else(|| used_up(headers)),
        },
        // A proxy's time-outs, and what may be otherwise a moment later.
        status @ (408 | 425 | 500..=599) => Answer::Failed { status },
        413 => Answer::TooLarge,
        status => Answer::Refused { status },
    }
}

/// How long to wait where the server says that no more is to come: Rollbar's own headers.
fn used_up(headers: &HeaderMap) -> Option<Duration> {
    let remaining = text(headers, "x-rate-limit-remaining")?
        .parse::<u64>()
        .ok()?;
    (remaining == 0)
        .then(|| seconds(headers, "x-rate-limit-remaining-seconds"))
        .flatten()
}

/// Longest pause that a server may ask for. A longer one is a mistake of somebody.
const PAUSE_MAX: Duration = Duration::from_secs(60 * 60);

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let seconds = text(headers, name)?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(PAUSE_MAX))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, headers: &[(&str, &str)]) -> Answer {
        let response = headers
            .iter()
            .fold(
                Response::builder().status(status),
                |response, (name, value)| response.header(*name, *value),
            )
            .body(())
            .expect("names and values are those of headers");
        answer(&response)
    }

    #[test]
    fn each_status_has_its_meaning() {
        let minute = Some(Duration::from_secs(60));
        assert_eq!(answered(200, &[]), Answer::Delivered { pause: None });
        assert_eq!(
            answered(
                200,
                &[
                    ("X-Rate-Limit-Remaining", "0"),
                    ("X-Rate-Limit-Remaining-Seconds", "60")
                ]
            ),
            Answer::Delivered { pause: minute }
        );
        assert_eq!(
            answered(429, &[("Retry-After", "60")]),
            Answer::Later { pause: minute }
        );
        assert_eq!(
            answered(429, &[("Retry-After", "Fri, 13 Nov 2026 00:00:00 GMT")]),
            Answer::Later { pause: None }
        );
        assert_eq!(
            answered(503, &[("Retry-After", "999999999999")]),
            Answer::Later {
                pause: Some(PAUSE_MAX)
            }
        );
        assert_eq!(answered(500, &[]), Answer::Failed { status: 500 });
        assert_eq!(answered(413, &[]), Answer::TooLarge);
        for status in [301, 400, 401, 403, 404, 422] {
            assert_eq!(answered(status, &[]), Answer::Refused { status });
        }
    }

    #[test]
    fn an_endpoint_may_be_the_servers_the_apis_or_the_whole() {
        for endpoint in [
            "https://errors.example.com",
            "https://errors.example.com/",
            "https://errors.example.com/api/1/",
            "https://errors.example.com/api/1/item/",
        ] {
            assert_eq!(item_url(endpoint), "https://errors.example.com/api/1/item/");
        }
    }
}
