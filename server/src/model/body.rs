//! The stored form of an occurrence: JSON, compressed.
//!
//! The first byte names the dictionary it was compressed with; 0 is none, and as yet there is no
//! other.

use std::{cell::RefCell, io::Read};

use zstd::bulk::Compressor;

use super::occurrence::Occurrence;

const NO_DICTIONARY: u8 = 0;

/// The level of compression. Higher ones cost ingest more than they save the disk.
const ZSTD_LEVEL: i32 = 1;

/// Bytes that a body may have once decompressed: several times what ingest lets in, so only a
/// damaged row meets it.
const DECODED_MAX_BYTES: u64 = 64 << 20;

thread_local! {
    /// Making one costs as much as compressing a small body.
    static COMPRESSOR: RefCell<Compressor<'static>> =
        RefCell::new(Compressor::new(ZSTD_LEVEL).expect("the level is one of zstd's"));
}

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
pub fn encode(occurrence: &Occurrence<'_>) -> Vec<u8> {
    let json = serde_json::to_vec(occurrence).expect("an occurrence has only texts as keys");
    let mut stored = vec![0; 1 + zstd::zstd_safe::compress_bound(json.len())];
    stored[0] = NO_DICTIONARY;
    let length = COMPRESSOR.with_borrow_mut(|compressor| {
        compressor
            .compress_to_buffer(&json, &mut stored[1..])
            .expect("the bound is room enough")
    });
    stored.truncate(1 + length);
    stored.shrink_to_fit();
    stored
}

/// Reads what `encode` wrote.
pub fn decode(stored: &[u8]) -> Result<Occurrence<'static>, Unreadable> {
    let [NO_DICTIONARY, compressed @ ..] = stored else {
        return Err(Unreadable::Dictionary);
    };
    let mut json = Vec::new();
    zstd::stream::read::Decoder::new(compressed)?
        .take(DECODED_MAX_BYTES)
        .read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}
