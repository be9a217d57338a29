//! The stored form of an occurrence: JSON, compressed.
//!
//! The first byte names the dictionary it was compressed with; 0 is none, and as yet there is no
//! other.

use std::io::Read;

use super::occurrence::Occurrence;

const NO_DICTIONARY: u8 = 0;

/// The level of compression. Higher ones cost ingest more than they save the disk.
const ZSTD_LEVEL: i32 = 1;

/// Bytes that a body may have once decompressed: several times what ingest lets in, so only a
/// damaged row meets it.
const DECODED_MAX_BYTES: u64 = 64 << 20;

/// Why a stored body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Written by a version that knows more.
    #[error("it was compressed with an unknown dictionary")]
    Dictionary,
    /// Not what was written.
    #[error("it does not decompress: {0}")]
    Damaged(#[from] std::io::Error),
    /// Not an occurrence's JSON.
    #[error("it is not an occurrence: {0}")]
    Json(#[from] serde_json::Error),
}

/// `occurrence` as it is stored.
pub fn encode(occurrence: &Occurrence) -> Vec<u8> {
    let json = serde_json::to_vec(occurrence).expect("an occurrence has only texts as keys");
    let mut stored = Vec::with_capacity(1 + json.len() / 3);
    stored.push(NO_DICTIONARY);
    zstd::stream::copy_encode(json.as_slice(), &mut stored, ZSTD_LEVEL).expect("memory takes all");
    stored
}

/// Reads what `encode` wrote.
pub fn decode(stored: &[u8]) -> Result<Occurrence, Unreadable> {
    let [NO_DICTIONARY, compressed @ ..] = stored else {
        return Err(Unreadable::Dictionary);
    };
    let mut json = Vec::new();
    zstd::stream::read::Decoder::new(compressed)?
        .take(DECODED_MAX_BYTES)
        .read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}
