//! A gzipped text whose id can be changed without compressing it again.
//!
//! The id lies in blocks of their own that are stored as they are (RFC 1951, 3.2.4), so that a fresh
//! one is some bytes written over; the checksum follows, because CRC-32 is linear: what a digit adds
//! to it depends only on the digit and its place. So requests with ids of their own cost the
//! generator nothing to speak of, while it runs or before.

use std::io::Read;

use anyhow::{Context, ensure};
use flate2::{Compress, Compression, FlushCompress, read::GzDecoder};

/// Hexadecimal digits of an id.
const DIGITS: usize = 32;

/// RFC 1952, 2.3: the magic, deflate, no flags, no time, nothing about the compressor, Unix.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// A block of [`DIGITS`] stored bytes: not the last; their number, and that inverted.
const STORED: [u8; 5] = [0, 0x20, 0, 0xdf, 0xff];

/// A gzipped text with gaps for an id.
pub struct Zipped {
    bytes: Vec<u8>,
    /// Where the id's digits go.
    gaps: Vec<usize>,
    /// The checksum where all digits are 0.
    checksum: u32,
    /// What a digit at a place changes in the checksum.
    changes: [[u32; 16]; DIGITS],
}

impl Zipped {
    /// Compresses `text`, which has `no_id`, all zeros, where its id goes, at the level that SDKs
    /// leave as it is.
    pub fn new(text: &[u8], no_id: &str) -> anyhow::Result<Self> {
        ensure!(no_id == "0".repeat(DIGITS), "an id of zeros");
        let mut bytes = HEADER.to_vec();
        let (mut gaps, mut places) = (Vec::new(), Vec::new());
        let mut from = 0;
        while let Some(at) = find(&text[from..], no_id.as_bytes()) {
            deflate(&text[from..from + at], FlushCompress::Sync, &mut bytes)?;
            bytes.extend_from_slice(&STORED);
            gaps.push(bytes.len());
            bytes.extend_from_slice(no_id.as_bytes());
            places.push(from + at);
            from += at + DIGITS;
        }
        deflate(&text[from..], FlushCompress::Finish, &mut bytes)?;
        let checksum = crc32fast::hash(text);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(text.len())?.to_le_bytes());

        let mut changes = [[0; 16]; DIGITS];
        let mut varied = text.to_vec();
        for (digit, changes) in changes.iter_mut().enumerate() {
            for (value, change) in b"0123456789abcdef".iter().zip(changes) {
                for place in &places {
                    varied[place + digit] = *value;
                }
                *change = checksum ^ crc32fast::hash(&varied);
            }
            for place in &places {
                varied[place + digit] = b'0';
            }
        }
        let zipped = Self {
            bytes,
            gaps,
            checksum,
            changes,
        };
        zipped.check(text, &places)?;
        Ok(zipped)
    }

    /// Bytes of it.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends it to `out` with these hexadecimal digits, lower case, as its id.
    pub fn write_to(&self, out: &mut Vec<u8>, id: [u8; DIGITS]) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        let mut checksum = self.checksum;
        for (digit, changes) in id.iter().zip(&self.changes) {
            let value = match digit {
                b'a'..=b'f' => digit - b'a' + 10,
                digit => digit & 15,
            };
            checksum ^= changes[usize::from(value)];
        }
        for gap in &self.gaps {
            out[start + gap..start + gap + DIGITS].copy_from_slice(&id);
        }
        let checksum_at = out.len() - 8;
        out[checksum_at..checksum_at + 4].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Whether it is read as `text` with another id at `places`, checksum and all.
    fn check(&self, text: &[u8], places: &[usize]) -> anyhow::Result<()> {
        let id = *b"0123456789abcdeffedcba9876543210";
        let mut wanted = text.to_vec();
        for place in places {
            wanted[*place..place + DIGITS].copy_from_slice(&id);
        }
        let (mut zipped, mut read) = (Vec::new(), Vec::new());
        self.write_to(&mut zipped, id);
        GzDecoder::new(&zipped[..])
            .read_to_end(&mut read)
            .context("a body with another id is gzip")?;
        ensure!(read == wanted, "a body with another id has that id");
        Ok(())
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

/// Appends `text` to `out`, compressed by itself, up to a whole byte.
fn deflate(text: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut compress = Compress::new(Compression::default(), false);
    // What does not compress grows by five bytes in 16 KiB, and a flush adds as many.
    out.reserve(text.len() + text.len() / 1024 + 64);
    compress.compress_vec(text, out, flush)?;
    ensure!(
        compress.total_in() == u64::try_from(text.len())?,
        "there was room for all of it"
    );
    Ok(())
}
