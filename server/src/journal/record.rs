//! The layout of a record; the only place that knows it.
//!
//! ```text
//! u32 magic, u32 length of the payload, u64 sequence, u32 CRC-32, payload    (little-endian)
//! ```
//!
//! The CRC covers everything but itself and begins from the segment's salt; the magic is mixed with
//! the salt too. So bytes that a client sent, and records of another segment or an earlier life of
//! the file, are not taken for records, and looking for the next record after damage costs one pass
//! over the bytes, whatever a client put into them.

use crc32fast::Hasher;

/// What precedes each payload, in bytes.
pub const HEADER_BYTES: usize = 20;

/// The longest payload that is believed, in bytes: a length that is damage is not followed far.
pub const PAYLOAD_MAX_BYTES: usize = 8 << 20;

const DATA_MAGIC: u32 = 0x5243_4a52;
const GROUP_MAGIC: u32 = 0x5243_4a47;

/// What a segment mixes into its records: random, new for each segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt {
    /// Mixed into each magic.
    pub magic: u32,
    /// Where each CRC begins.
    pub crc: u32,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A payload that somebody appended.
    Data,
    /// The marker that begins a group: its payload is the offset up to which the segment was synced
    /// before (u64), its sequence that of the next data record.
    Group,
}

impl Kind {
    fn magic(self, salt: Salt) -> u32 {
        salt.magic
            ^ match self {
                Kind::Data => DATA_MAGIC,
                Kind::Group => GROUP_MAGIC,
            }
    }
}

/// A record's header, not yet believed: [`admits`](Self::admits) says whether its payload is right.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// What the record is.
    pub kind: Kind,
    /// Bytes of payload.
    pub length: usize,
    /// The record's number; a marker has the number of the record after it.
    pub sequence: u64,
    crc: u32,
}

impl Header {
    /// Reads the header at the beginning of `bytes`; `None` if there is none of this segment.
    pub fn read(salt: Salt, bytes: &[u8]) -> Option<Header> {
        let (magic, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let (crc, _) = rest.split_first_chunk()?;
        let magic = u32::from_le_bytes(*magic);
        let kind = [Kind::Data, Kind::Group]
            .into_iter()
            .find(|kind| kind.magic(salt) == magic)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        (length <= PAYLOAD_MAX_BYTES).then_some(Header {
            kind,
            length,
            sequence: u64::from_le_bytes(*sequence),
            crc: u32::from_le_bytes(*crc),
        })
    }

    /// Whether `payload` is what this header was written for.
    pub fn admits(&self, salt: Salt, payload: &[u8]) -> bool {
        self.length == payload.len() && self.crc == crc(salt, self.kind, self.sequence, payload)
    }
}

/// What a record with this many bytes of payload takes in its segment.
pub fn bytes(payload_bytes: usize) -> u64 {
    (HEADER_BYTES + payload_bytes) as u64
}

/// What a group's marker takes in its segment.
pub const GROUP_BYTES: u64 = (HEADER_BYTES + size_of::<u64>()) as u64;

/// Appends a record to `out`. The payload is at most [`PAYLOAD_MAX_BYTES`] long.
pub fn write(out: &mut Vec<u8>, salt: Salt, kind: Kind, sequence: u64, payload: &[u8]) {
    out.extend_from_slice(&kind.magic(salt).to_le_bytes());
    out.extend_from_slice(&length(payload).to_le_bytes());
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(&crc(salt, kind, sequence, payload).to_le_bytes());
    out.extend_from_slice(payload);
}

/// Appends the marker that begins a group: up to `synced_offset` the segment is durable.
pub fn write_group(out: &mut Vec<u8>, salt: Salt, next_sequence: u64, synced_offset: u64) {
    write(
        out,
        salt,
        Kind::Group,
        next_sequence,
        &synced_offset.to_le_bytes(),
    );
}

/// The offset that a marker's payload names; `None` if it is none.
pub fn synced_offset(payload: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(payload.try_into().ok()?))
}

/// Where in `bytes` a record of this segment may begin: the first place with one of its magics.
pub fn find(salt: Salt, bytes: &[u8]) -> Option<usize> {
    let data = Kind::Data.magic(salt).to_le_bytes();
    let group = Kind::Group.magic(salt).to_le_bytes();
    bytes
        .windows(data.len())
        .position(|window| window == data || window == group)
}

fn crc(salt: Salt, kind: Kind, sequence: u64, payload: &[u8]) -> u32 {
    let mut hasher = Hasher::new_with_initial(salt.crc);
    hasher.update(&kind.magic(salt).to_le_bytes());
    hasher.update(&length(payload).to_le_bytes());
    hasher.update(&sequence.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

fn length(payload: &[u8]) -> u32 {
    u32::try_from(payload.len()).expect("payloads are bounded by PAYLOAD_MAX_BYTES")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: Salt = Salt {
        magic: 0x1234_5678,
        crc: 0x9abc_def0,
    };

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        write(&mut bytes, SALT, Kind::Data, 7, b"payload");
        let header = Header::read(SALT, &bytes).expect("a header");
        assert_eq!(
            (header.kind, header.length, header.sequence),
            (Kind::Data, 7, 7)
        );
        assert!(header.admits(SALT, &bytes[HEADER_BYTES..]));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let mut good = Vec::new();
        write(&mut good, SALT, Kind::Data, 7, b"payload");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let passes = Header::read(SALT, &bad).is_some_and(|header| {
                bad.get(HEADER_BYTES..HEADER_BYTES + header.length)
                    .is_some_and(|payload| header.admits(SALT, payload))
            });
            assert!(!passes, "byte {at}");
        }
    }

    #[test]
    fn a_record_of_another_salt_is_none() {
        let mut bytes = Vec::new();
        write(&mut bytes, SALT, Kind::Data, 7, b"payload");
        let other_magic = Salt { magic: 1, ..SALT };
        assert!(Header::read(other_magic, &bytes).is_none());
        let other_crc = Salt { crc: 1, ..SALT };
        let header = Header::read(other_crc, &bytes).expect("the magic is right");
        assert!(!header.admits(other_crc, &bytes[HEADER_BYTES..]));
    }
}
