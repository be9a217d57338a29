//! What a record of the journal holds: an occurrence, or what belongs to one.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    attachment::Attachment,
    entry::{self, Entry, KIND_BYTE, Unreadable},
    feedback::Feedback,
};

/// Of the byte [`KIND_BYTE`]: an occurrence in the form of before, a file, what a person says.
const UNITED: u8 = 0;
const ATTACHMENT: u8 = 1;
const FEEDBACK: u8 = 2;

/// What a record of the journal holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// An occurrence.
    Occurrence(Box<Entry>),
    /// A file of an occurrence, with its bytes.
    Attachment(Attachment, Vec<u8>),
    /// What a person says.
    Feedback(Feedback),
}

impl Record {
    /// As bytes; `decode` reads them.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Occurrence(entry) => entry.encode(),
            Self::Attachment(attachment, bytes) => framed(ATTACHMENT, attachment, bytes),
            Self::Feedback(feedback) => framed(FEEDBACK, feedback, &[]),
        }
    }

    /// Reads what `encode` wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        match *bytes.get(KIND_BYTE).ok_or(Unreadable::Short)? {
            entry::KIND => Ok(Self::Occurrence(Box::new(Entry::decode(bytes)?))),
            UNITED => Ok(Self::Occurrence(Box::new(Entry::decode_united(bytes)?))),
            ATTACHMENT => {
                let (attachment, rest) = unframed(bytes)?;
                Ok(Self::Attachment(attachment, rest.to_vec()))
            }
            FEEDBACK => Ok(Self::Feedback(unframed(bytes)?.0)),
            _ => Err(Unreadable::Kind),
        }
    }
}

fn framed(kind: u8, head: &impl Serialize, rest: &[u8]) -> Vec<u8> {
    let head = serde_json::to_vec(head).expect("a head has only texts as keys");
    let length = u32::try_from(head.len()).expect("heads are bounded");
    let mut start = length.to_le_bytes();
    start[KIND_BYTE] = kind;
    let mut bytes = Vec::with_capacity(start.len() + head.len() + rest.len());
    bytes.extend_from_slice(&start);
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(rest);
    bytes
}

fn unframed<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), Unreadable> {
    let (start, rest) = bytes.split_first_chunk::<4>().ok_or(Unreadable::Short)?;
    let (head, rest) = entry::behind(entry::without_kind(*start), rest)?;
    Ok((serde_json::from_slice(head)?, rest))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::model::id::{OccurrenceUuid, ProjectId};

    #[test]
    fn what_is_written_is_read() {
        let received_at = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
        let attachment = Attachment {
            project: ProjectId(7),
            received_at,
            occurrence: OccurrenceUuid(Uuid::from_u128(1)),
            name: "log.txt".to_owned(),
            media_type: None,
            purpose: None,
        };
        let feedback = Feedback {
            uuid: Uuid::from_u128(2),
            project: ProjectId(7),
            received_at,
            occurrence: None,
            name: None,
            email: None,
            message: "it broke".to_owned(),
            url: None,
        };
        for record in [
            Record::Attachment(attachment.clone(), vec![0, 10, 255]),
            Record::Attachment(attachment, Vec::new()),
            Record::Feedback(feedback),
        ] {
            assert_eq!(Record::decode(&record.encode()).expect("readable"), record);
        }
    }

    #[test]
    fn what_is_cut_off_or_unknown_is_unreadable_and_no_panic() {
        for bytes in [&b""[..], b"\x01", b"\xff\xff\xff\x01{}", b"\x02\0\0\x09{}"] {
            assert!(Record::decode(bytes).is_err());
        }
    }
}
