//! Rollbar's API, as far as whoever looks after the items needs it.

use std::{thread, time::Duration};

use anyhow::{Context, bail};
use serde_json::Value;
use ureq::Agent;

use crate::Tokens;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often, and with which pause, an item is looked for that the digest has not come to yet.
const LOOKS: u32 = 300;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The items of the shop.
pub struct Api {
    agent: Agent,
    url: String,
    read: String,
    write: String,
}

impl Api {
    /// Of the server at `url`.
    pub fn new(url: &str, tokens: &Tokens) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            agent: Agent::new_with_config(config),
            url: format!("{}/api/1", url.trim_end_matches('/')),
            read: tokens.read.clone(),
            write: tokens.write.clone(),
        }
    }

    /// The id of the item of that environment whose title has `text`, once there is one.
    pub fn find(&self, environment: &str, text: &str) -> anyhow::Result<u64> {
        let query = text.replace(' ', "+");
        let url = format!("{}/items?environment={environment}&q={query}", self.url);
        for _ in 0..LOOKS {
            let answer = self
                .agent
                .get(&url)
                .header("x-rollbar-access-token", &self.read)
                .call()
                .and_then(|mut answer| answer.body_mut().read_to_string())
                .with_context(|| format!("asking for {text:?}"))?;
            let answer: Value = serde_json::from_str(&answer)?;
            match answer["result"]["items"].as_array().map(Vec::as_slice) {
                Some([only]) => return only["id"].as_u64().context("an item has an id"),
                Some([]) => thread::sleep(LOOK_AGAIN),
                _ => bail!("{text:?} is not in the title of one item alone: {answer}"),
            }
        }
        bail!("there is no item {text:?}: the digest is behind, or its title is another")
    }

    /// Changes an item.
    pub fn change(&self, item: u64, body: &Value) -> anyhow::Result<()> {
        self.agent
            .patch(format!("{}/item/{item}", self.url))
            .header("x-rollbar-access-token", &self.write)
            .header("content-type", "application/json")
            .send(body.to_string())
            .with_context(|| format!("changing item {item}"))?;
        Ok(())
    }
}
