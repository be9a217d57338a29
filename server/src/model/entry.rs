//! What the journal carries of an occurrence: a small head in the clear, and the compressed body.
//!
//! The head has what columns and counters need, and behind it lies the evidence, which is what grouping
//! needs; so the digest decompresses nothing and passes the body through to Postgres as it is. The
//! evidence is apart because it repeats: what was grouped once need not be read again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    evidence::{self, Evidence},
    facet::{self, Facet},
    id::{OccurrenceUuid, ProjectId},
    occurrence::{Level, Occurrence},
    text::{Environment, cut},
};

/// Bytes of a text in a column: what a list shows, and less than an index entry may have.
const COLUMN_MAX_BYTES: usize = 1_000;

/// A record begins with the length of its head, which is below 16 MiB, so that this byte is free to
/// say of which kind it is.
pub(super) const KIND_BYTE: usize = 3;
/// An entry; see `record` for the others.
pub(super) const KIND: u8 = 3;

/// An accepted occurrence on its way to Postgres.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What the digest reads.
    pub head: Head,
    /// What grouping looks at: an [`Evidence`] as JSON, the same bytes for the same evidence.
    pub evidence: Vec<u8>,
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
    /// Where no person is known: the client's network address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The request's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `python`, `javascript`: see [`Evidence::platform`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// `flask`, `node-js`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<String>,
    /// Its facets, but for those that are columns: see [`facet::of`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
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
        let user = occurrence.person.as_ref();
        let person = user.and_then(|user| {
            let known_by = user.id.as_deref().or(user.email.as_deref());
            known_by.or(user.username.as_deref())
        });
        let request = occurrence.request.as_ref();
        // Rollbar's libraries tell it of the request, Sentry's of the user.
        let client = request
            .and_then(|request| request.user_ip.as_deref())
            .or_else(|| user?.extra.get("ip_address")?.as_str());
        Self {
            project,
            received_at,
            uuid: occurrence.uuid,
            level: occurrence.level,
            environment: occurrence.environment.clone(),
            happened_at: occurrence.happened_at,
            code_version: column(occurrence.code_version.as_deref()),
            host: column(occurrence.server.get("host").and_then(|host| host.as_str())),
            person: column(person),
            client: column(client.filter(|_| person.is_none())),
            url: column(request.and_then(|request| request.url.as_deref())),
            platform: evidence::platform(occurrence),
            framework: column(occurrence.framework.as_deref()),
            facets: facet::beside_columns(occurrence),
        }
    }
}

impl Entry {
    /// Of `occurrence`, which has been scrubbed, with its `body` as it is stored.
    pub fn new(head: Head, evidence: &Evidence, body: Vec<u8>) -> Self {
        Self {
            head,
            evidence: serde_json::to_vec(evidence).expect("evidence has only texts as keys"),
            body,
        }
    }

    /// What grouping looks at.
    pub fn evidence(&self) -> Result<Evidence, Unreadable> {
        Ok(serde_json::from_slice(&self.evidence)?)
    }

    /// As a record of the journal: head and evidence as JSON, each behind its length (`u32`,
    /// little-endian, of which the first has the record's kind in its last byte); the body.
    pub fn encode(&self) -> Vec<u8> {
        let head = serde_json::to_vec(&self.head).expect("a head has only texts as keys");
        let lengths = 2 * size_of::<u32>();
        let mut bytes =
            Vec::with_capacity(lengths + head.len() + self.evidence.len() + self.body.len());
        for part in [&head, &self.evidence] {
            let length = u32::try_from(part.len()).expect("heads and evidence are bounded");
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(part);
        }
        bytes.extend_from_slice(&self.body);
        bytes[KIND_BYTE] = KIND;
        bytes
    }

    /// Reads what `encode` wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (start, rest) = bytes.split_first_chunk::<4>().ok_or(Unreadable::Short)?;
        let (head, rest) = behind(without_kind(*start), rest)?;
        let (evidence, body) = part(rest)?;
        Ok(Self {
            head: serde_json::from_slice(head)?,
            evidence: evidence.to_vec(),
            body: body.to_vec(),
        })
    }

    /// Reads the form of before: the evidence within the head, and the body.
    pub fn decode_united(bytes: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Within {
            evidence: Evidence,
        }
        let (head, body) = part(bytes)?;
        let Within { evidence } = serde_json::from_slice(head)?;
        let mut head: Head = serde_json::from_slice(head)?;
        head.platform.clone_from(&evidence.platform);
        Ok(Self::new(head, &evidence, body.to_vec()))
    }
}

/// The part that `bytes` begin with, behind its length, and what is behind it.
fn part(bytes: &[u8]) -> Result<(&[u8], &[u8]), Unreadable> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Unreadable::Short)?;
    behind(*length, rest)
}

/// So many of the bytes behind a length, and the rest.
pub(super) fn behind(length: [u8; 4], rest: &[u8]) -> Result<(&[u8], &[u8]), Unreadable> {
    rest.split_at_checked(u32::from_le_bytes(length) as usize)
        .ok_or(Unreadable::Short)
}

/// The length that a record begins with.
pub(super) fn without_kind(mut start: [u8; 4]) -> [u8; 4] {
    start[KIND_BYTE] = 0;
    start
}

fn column(text: Option<&str>) -> Option<String> {
    text.map(|text| cut(text, COLUMN_MAX_BYTES).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::occurrence::{Body, Message};

    fn occurrence() -> Occurrence<'static> {
        let message = Message {
            text: "the cart of customer 17 has no price".into(),
            template: None,
            frames: Vec::new(),
            extra: crate::model::json::Fields::new(),
        };
        let mut occurrence =
            Occurrence::new(OccurrenceUuid(uuid::Uuid::nil()), Body::Message(message));
        occurrence.language = Some("python 3.12".into());
        occurrence
    }

    #[test]
    fn what_older_versions_wrote_is_read_as_what_we_write() {
        let occurrence = occurrence();
        let received_at = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
        let head = Head::new(ProjectId(7), received_at, &occurrence);
        let evidence = Evidence::from(&occurrence);
        assert_eq!(head.platform.as_deref(), Some("python"));
        let entry = Entry::new(head, &evidence, b"body".to_vec());
        assert_eq!(Entry::decode(&entry.encode()).expect("readable"), entry);
        assert_eq!(entry.evidence().expect("readable"), evidence);

        let mut united = serde_json::to_value(&entry.head).expect("plain");
        united["evidence"] = serde_json::to_value(&evidence).expect("plain");
        united
            .as_object_mut()
            .expect("an object")
            .remove("platform");
        let united = united.to_string();
        let mut bytes = u32::try_from(united.len())
            .expect("short")
            .to_le_bytes()
            .to_vec();
        bytes.extend_from_slice(united.as_bytes());
        bytes.extend_from_slice(b"body");
        assert_eq!(Entry::decode_united(&bytes).expect("readable"), entry);
    }

    #[test]
    fn what_is_cut_off_is_unreadable_and_no_panic() {
        for bytes in [
            &b""[..],
            b"\x01",
            b"\xff\xff\xff\xff{}",
            b"\x02\x00\x00\x00{}rest",
        ] {
            assert!(Entry::decode(bytes).is_err());
            assert!(Entry::decode_united(bytes).is_err());
        }
    }
}
