//! What the journal carries of an occurrence: a small head in the clear, and the compressed body.
//!
//! The head has what columns, counters and grouping need, so that the digest decompresses nothing
//! and passes the body through to Postgres as it is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    evidence::Evidence,
    facet::{self, Facet},
    id::{OccurrenceUuid, ProjectId},
    occurrence::{Level, Occurrence},
    text::{Environment, cut},
};

/// Bytes of a text in a column: what a list shows, and less than an index entry may have.
const COLUMN_MAX_BYTES: usize = 1_000;

/// An accepted occurrence on its way to Postgres.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What the digest reads.
    pub head: Head,
    /// `body::encode` of the occurrence.
    pub body: Vec<u8>,
}

/// What the digest reads of an occurrence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Whose it is.
    pub project: ProjectId,
    /// When this server received it.
    pub received_at: DateTime<Utc>,
    /// The SDK's UUID, or ours.
    pub uuid: OccurrenceUuid,
    /// How bad.
    pub level: Level,
    /// Where.
    pub environment: Environment,
    /// When the SDK says it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<DateTime<Utc>>,
    /// The version of the application's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_version: Option<String>,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The person, by id, else by mail address, else by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The request's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `flask`, `node-js`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<String>,
    /// Its facets, but for those that are columns: see [`facet::of`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
    /// What grouping looks at.
    pub evidence: Evidence,
}

/// Why a record of the journal is not an entry.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Shorter than it says.
    #[error("the record ends within its head")]
    Short,
    /// A kind of record that this version does not know.
    #[error("the record is of a kind that this version does not know")]
    Kind,
    /// The head is not what this version writes.
    #[error("the head is not readable: {0}")]
    Head(#[from] serde_json::Error),
}

impl Head {
    /// The head of `occurrence`, which has been scrubbed.
    pub fn new(
        project: ProjectId,
        received_at: DateTime<Utc>,
        occurrence: &Occurrence<'_>,
    ) -> Self {
        let person = occurrence.person.as_ref();
        Self {
            project,
            received_at,
            uuid: occurrence.uuid,
            level: occurrence.level,
            environment: occurrence.environment.clone(),
            happened_at: occurrence.happened_at,
            code_version: column(occurrence.code_version.as_deref()),
            host: column(occurrence.server.get("host").and_then(|host| host.as_str())),
            person: column(person.and_then(|person| {
                person
                    .id
                    .as_deref()
                    .or(person.email.as_deref())
                    .or(person.username.as_deref())
            })),
            url: column(
                occurrence
                    .request
                    .as_ref()
                    .and_then(|request| request.url.as_deref()),
            ),
            framework: column(occurrence.framework.as_deref()),
            facets: facet::beside_columns(occurrence),
            evidence: Evidence::from(occurrence),
        }
    }
}

impl Entry {
    /// As bytes: `u32` length of the head, little-endian; the head as JSON; the body.
    pub fn encode(&self) -> Vec<u8> {
        let head = serde_json::to_vec(&self.head).expect("a head has only texts as keys");
        let length = u32::try_from(head.len()).expect("the evidence is bounded");
        let mut bytes = Vec::with_capacity(4 + head.len() + self.body.len());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads what `encode` wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Unreadable::Short)?;
        let (head, body) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or(Unreadable::Short)?;
        Ok(Self {
            head: serde_json::from_slice(head)?,
            body: body.to_vec(),
        })
    }
}

fn column(text: Option<&str>) -> Option<String> {
    text.map(|text| cut(text, COLUMN_MAX_BYTES).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_unreadable_and_no_panic() {
        for bytes in [
            &b""[..],
            b"\x01",
            b"\xff\xff\xff\xff{}",
            b"\x02\x00\x00\x00{}rest",
        ] {
            assert!(Entry::decode(bytes).is_err());
        }
    }
}
