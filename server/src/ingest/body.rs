//! A request's body: read and decompressed within a limit, whatever the sender claims.

use std::{io::Read, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, header::CONTENT_ENCODING},
};
use http_body_util::BodyExt;

use super::{memory::Reservation, rejection::Rejection};

/// How long a body may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes over the limit that are still read and thrown away: a sender that is cut off in the middle
/// of sending never sees the answer.
const DRAIN_MAX_BYTES: usize = 32 << 20;

/// Windows of zstd up to 2^23 bytes, as RFC 8878 asks of every decoder: the sender chooses how much
/// memory its frame takes.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// zlib as the RFC says, or bare deflate as some senders do.
    Deflate,
    /// Brotli.
    Br,
    /// Zstandard.
    Zstd,
}

impl Encoding {
    /// What `Content-Encoding` says. It may be there and empty (sentry-ruby).
    pub fn of(headers: &HeaderMap) -> Result<Self, Rejection> {
        let Some(value) = headers.get(CONTENT_ENCODING) else {
            return Ok(Self::Identity);
        };
        match value
            .to_str()
            .unwrap_or("?")
            .trim()
            .to_ascii_lowercase()
            .as_str()
        {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "br" => Ok(Self::Br),
            "zstd" => Ok(Self::Zstd),
            _ => Err(Rejection::UnknownEncoding),
        }
    }
}

/// Reads a body of at most `max_bytes`, as sent, reserving memory as it arrives.
pub async fn read(
    body: Body,
    max_bytes: usize,
    memory: &mut Reservation,
) -> Result<Vec<u8>, Rejection> {
    tokio::time::timeout(TIMEOUT, read_all(body, max_bytes, memory))
        .await
        .map_err(|_elapsed| Rejection::Incomplete)?
}

async fn read_all(
    mut body: Body,
    max_bytes: usize,
    memory: &mut Reservation,
) -> Result<Vec<u8>, Rejection> {
    let mut bytes = Vec::new();
    let mut over = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_error| Rejection::Incomplete)?.into_data() else {
            continue;
        };
        if over == 0 && bytes.len() + data.len() <= max_bytes {
            memory.grow_to(bytes.len() + data.len()).await?;
            bytes.extend_from_slice(&data);
            continue;
        }
        bytes = Vec::new();
        memory.shrink_to(0);
        over += data.len();
        if over > DRAIN_MAX_BYTES {
            break;
        }
    }
    if over == 0 {
        Ok(bytes)
    } else {
        Err(Rejection::TooLarge { max_bytes })
    }
}

/// Decompresses a body, stopping at `max_bytes` of the result. CPU work.
pub fn decompress(
    bytes: Vec<u8>,
    encoding: Encoding,
    max_bytes: usize,
) -> Result<Vec<u8>, Rejection> {
    match encoding {
        Encoding::Identity => Ok(bytes),
        Encoding::Gzip => unpack(
            flate2::read::MultiGzDecoder::new(bytes.as_slice()),
            "gzip",
            max_bytes,
        ),
        Encoding::Deflate => match unpack(
            flate2::read::ZlibDecoder::new(bytes.as_slice()),
            "deflate",
            max_bytes,
        ) {
            Err(Rejection::Undecodable(_)) => unpack(
                flate2::read::DeflateDecoder::new(bytes.as_slice()),
                "deflate",
                max_bytes,
            ),
            done => done,
        },
        Encoding::Br => unpack(
            brotli_decompressor::Decompressor::new(bytes.as_slice(), 4096),
            "br",
            max_bytes,
        ),
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(bytes.as_slice())
                .map_err(|_error| Rejection::Undecodable("zstd"))?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG_MAX)
                .map_err(|_error| Rejection::Undecodable("zstd"))?;
            match unpack(decoder, "zstd", max_bytes) {
                // Only what is far beyond the limit asks for such a window.
                Err(Rejection::Undecodable(_)) if wants_more_window(&bytes) => {
                    Err(Rejection::TooLarge { max_bytes })
                }
                unpacked => unpacked,
            }
        }
    }
}

/// Whether a zstd frame's header asks for a window beyond `ZSTD_WINDOW_LOG_MAX` (RFC 8878, section
/// 3.1.1.1): by its window descriptor, or by its content's size where the window is all of it.
fn wants_more_window(frame: &[u8]) -> bool {
    let Some((descriptor, rest)) = frame.get(4..).and_then(<[u8]>::split_first) else {
        return false;
    };
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        return rest
            .first()
            .is_some_and(|window| u32::from(window >> 3) + 10 >= ZSTD_WINDOW_LOG_MAX);
    }
    // Content sizes of four and eight bytes; shorter ones stay below.
    let dictionary_id_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size_bytes = match descriptor >> 6 {
        2 => 4,
        3 => 8,
        _ => return false,
    };
    let Some(size) = rest.get(dictionary_id_bytes..dictionary_id_bytes + size_bytes) else {
        return false;
    };
    size.iter()
        .rev()
        .fold(0_u64, |size, byte| size << 8 | u64::from(*byte))
        > 1 << ZSTD_WINDOW_LOG_MAX
}

fn unpack(packed: impl Read, name: &'static str, max_bytes: usize) -> Result<Vec<u8>, Rejection> {
    let mut bytes = Vec::new();
    packed
        .take(max_bytes as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_error| Rejection::Undecodable(name))?;
    if bytes.len() > max_bytes {
        Err(Rejection::TooLarge { max_bytes })
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_body_is_read_whatever_it_is_packed_with() {
        let text = b"{\"data\": {}}".repeat(20);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).expect("memory takes all");
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&text).expect("memory takes all");
        let mut deflate =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflate.write_all(&text).expect("memory takes all");
        for (encoding, packed) in [
            (Encoding::Identity, text.clone()),
            (Encoding::Gzip, gzip.finish().expect("finished")),
            (Encoding::Deflate, zlib.finish().expect("finished")),
            (Encoding::Deflate, deflate.finish().expect("finished")),
            (
                Encoding::Zstd,
                zstd::encode_all(text.as_slice(), 1).expect("packed"),
            ),
        ] {
            assert_eq!(
                decompress(packed.clone(), encoding, 1000).ok().as_ref(),
                Some(&text),
                "{encoding:?}"
            );
            if encoding != Encoding::Identity {
                assert!(matches!(
                    decompress(packed.clone(), encoding, 100),
                    Err(Rejection::TooLarge { max_bytes: 100 })
                ));
                let cut = packed[..packed.len() / 2].to_vec();
                assert!(
                    matches!(
                        decompress(cut, encoding, 1000),
                        Err(Rejection::Undecodable(_))
                    ),
                    "{encoding:?}"
                );
            }
        }
    }

    #[test]
    fn a_zstd_bomb_with_a_long_window_is_too_large() {
        let mut bomb = zstd::stream::Encoder::new(Vec::new(), 1).expect("an encoder");
        bomb.window_log(27).expect("a window");
        std::io::copy(&mut std::io::repeat(b'a').take(64 << 20), &mut bomb).expect("packed");
        let bomb = bomb.finish().expect("finished");
        let unpacked = decompress(bomb, Encoding::Zstd, 1000);
        assert!(matches!(
            unpacked,
            Err(Rejection::TooLarge { max_bytes: 1000 })
        ));
        let whole = zstd::bulk::compress(&vec![b'a'; 64 << 20], 1).expect("packed");
        let unpacked = decompress(whole, Encoding::Zstd, 1000);
        assert!(matches!(
            unpacked,
            Err(Rejection::TooLarge { max_bytes: 1000 })
        ));
    }
}
