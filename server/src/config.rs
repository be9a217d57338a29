//! Settings: defaults, then `rollcage.toml`, then the environment, then flags; checked once.
//!
//! `deploy/rollcage.example.toml` documents each, and a test holds it against this struct.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::{network::Network, retention::DAYS_MAX};

/// The file that is read where none is named, if it is there.
pub const FILE: &str = "rollcage.toml";

/// Every setting. Each is also `ROLLCAGE_<NAME>` in the environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address of ingest, pages and API. 127.0.0.1:8080: reachable from outside only on purpose.
    pub listen: SocketAddr,
    /// Address of `/metrics`, `/healthz` and `/readyz` for operators. 127.0.0.1:8081.
    pub admin_listen: SocketAddr,
    /// The address people and SDKs reach the instance at. By default `http://` and `listen`.
    pub public_url: Option<Url>,
    /// Reverse proxies whose `X-Forwarded-For` is believed, as addresses or networks. None.
    pub trusted_proxies: Vec<Network>,
    /// Folder of the journal, the private Postgres and unsent mails. `/var/lib/rollcage` for root,
    /// else `./data`.
    pub data_dir: PathBuf,
    /// The Postgres to use; also `DATABASE_URL`. Unset, the instance brings its own.
    pub database_url: Option<Secret>,
    /// Folder of PostgreSQL's programs, where they are not found by themselves.
    pub postgres_bin_dir: Option<PathBuf>,
    /// The unprivileged user that the private Postgres runs as when started by root. `rollcage`.
    pub cluster_user: String,
    /// Days for which occurrences are kept, with what belongs to them. 90: a quarter, with room to
    /// look back on it.
    pub retention_days: i32,
    /// Bytes of journal at which ingest answers 503. 1 GiB: hours of a Postgres that is away.
    pub journal_max_bytes: u64,
    /// Bytes of one item, decompressed. 1 MiB, as Rollbar allows half of it.
    pub item_max_bytes: usize,
    /// Bytes of bodies that are worked on at the same time. 64 MiB.
    pub ingest_memory_bytes: usize,
    /// The mail server: `smtp://user:password@host:587`, `smtps://…`; `?tls=required` asks for
    /// STARTTLS. Unset, mails are written to `mail/` in `data_dir`.
    pub smtp_url: Option<Secret>,
    /// Sender of mails. `Rollcage <rollcage@localhost>`.
    pub mail_from: String,
    /// `text` for people, `json` for collectors.
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret, to use it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// What is wrong with the settings, one line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct Mistakes(pub Vec<String>);

/// Settings given on the command line; they win over everything else.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    /// See [`Config::listen`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// See [`Config::data_dir`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
}

impl Config {
    /// The defaults; `is_root` decides where data lies.
    pub fn defaults(is_root: bool) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            public_url: None,
            trusted_proxies: Vec::new(),
            data_dir: if is_root {
                "/var/lib/rollcage".into()
            } else {
                "data".into()
            },
            database_url: None,
            postgres_bin_dir: None,
            cluster_user: "rollcage".into(),
            retention_days: 90,
            journal_max_bytes: 1 << 30,
            item_max_bytes: 1 << 20,
            ingest_memory_bytes: 64 << 20,
            smtp_url: None,
            mail_from: "Rollcage <rollcage@localhost>".into(),
            log_format: LogFormat::Text,
        }
    }

    /// Reads all layers and checks the result.
    ///
    /// # Errors
    /// All mistakes together, each with the name of its setting and where it came from.
    pub fn load(file: Option<&Path>, flags: &Flags, is_root: bool) -> Result<Self, Mistakes> {
        let mut figment = Figment::from(Serialized::defaults(Self::defaults(is_root)));
        match file {
            Some(file) if !file.is_file() => {
                let told = format!("there is no settings file {}", file.display());
                return Err(Mistakes(vec![told]));
            }
            Some(file) => figment = figment.merge(Toml::file_exact(file)),
            None if Path::new(FILE).is_file() => figment = figment.merge(Toml::file_exact(FILE)),
            None => {}
        }
        let figment = figment
            .merge(
                Env::raw()
                    .only(&["DATABASE_URL"])
                    .filter(|_| !env_is_empty("DATABASE_URL")),
            )
            .merge(Env::prefixed("ROLLCAGE_").filter(|key| {
                Self::is_setting(key.as_str())
                    && !env_is_empty(&format!("ROLLCAGE_{}", key.as_str().to_uppercase()))
            }))
            .merge(Serialized::defaults(flags));
        let config: Self = figment.extract().map_err(|error| {
            Mistakes(
                error
                    .into_iter()
                    .map(|mistake| mistake.to_string())
                    .collect(),
            )
        })?;
        config.check()?;
        Ok(config)
    }

    /// The address people and SDKs reach the instance at, without a final slash.
    pub fn base_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// Names of all settings.
    pub fn names() -> Vec<String> {
        let defaults = serde_json::to_value(Self::defaults(false)).expect("settings are plain");
        defaults
            .as_object()
            .map(|object| object.keys().cloned().collect())
            .unwrap_or_default()
    }

    fn is_setting(name: &str) -> bool {
        Self::names()
            .iter()
            .any(|setting| setting.eq_ignore_ascii_case(name))
    }

    fn check(&self) -> Result<(), Mistakes> {
        let mut mistakes = Vec::new();
        if !(1..=DAYS_MAX).contains(&self.retention_days) {
            mistakes.push(format!(
                "retention_days must be from 1 to {DAYS_MAX}, got {}",
                self.retention_days
            ));
        }
        if self.item_max_bytes < 4096 {
            mistakes.push(format!(
                "item_max_bytes must be at least 4096, got {}",
                self.item_max_bytes
            ));
        }
        if self.ingest_memory_bytes < self.item_max_bytes {
            mistakes.push(format!(
                "ingest_memory_bytes must be at least item_max_bytes ({}), got {}",
                self.item_max_bytes, self.ingest_memory_bytes
            ));
        }
        if self.journal_max_bytes < 128 << 20 {
            mistakes.push(format!(
                "journal_max_bytes must be at least {} (two segments), got {}",
                128 << 20,
                self.journal_max_bytes
            ));
        }
        if let Some(url) = &self.public_url
            && (!matches!(url.scheme(), "http" | "https") || url.host().is_none())
        {
            mistakes.push("public_url must begin with http:// or https:// and name a host".into());
        }
        if let Some(url) = &self.database_url
            && !url.expose().starts_with("postgres://")
            && !url.expose().starts_with("postgresql://")
        {
            mistakes.push("database_url must begin with postgres://".into());
        }
        if let Some(url) = &self.smtp_url
            && !url.expose().starts_with("smtp://")
            && !url.expose().starts_with("smtps://")
        {
            mistakes.push("smtp_url must begin with smtp:// or smtps://".into());
        }
        if self.mail_from.parse::<lettre::message::Mailbox>().is_err() {
            mistakes.push(
                "mail_from must be a mail address such as Rollcage <rollcage@example.org>".into(),
            );
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(Mistakes(mistakes))
        }
    }
}

fn env_is_empty(name: &str) -> bool {
    std::env::var_os(name).is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_told_together() {
        let mut config = Config::defaults(false);
        config.item_max_bytes = 12;
        config.smtp_url = Some(Secret("http://mail:secret@host".to_owned()));
        let told = config.check().expect_err("two mistakes").to_string();
        assert!(
            told.contains("item_max_bytes must be at least 4096, got 12"),
            "{told}"
        );
        assert!(told.contains("smtp_url must begin"), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
}
