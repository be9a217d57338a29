//! A request's body: read and decompressed within a limit, whatever the sender claims.

use std::{cell::RefCell, io::Read, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, header::CONTENT_ENCODING},
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use http_body_util::BodyExt;
use libdeflater::Decompressor;

use super::{memory::Reservation, rejection::Rejection};

/// How long a body may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes over the limit that are still read and thrown away: a sender that is cut off in the middle
/// of sending never sees the answer.
const DRAIN_MAX_BYTES: usize = 32 << 20;

/// Bytes that are decompressed at once, before more memory is asked for.
const STEP_BYTES: usize = 128 << 10;

/// Windows of zstd up to 2^23 bytes, as RFC 8878 asks of every decoder: the sender chooses how much
/// memory its frame takes.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// What each member of a gzip file begins with: the magic number, and deflate.
const GZIP_MEMBER: &[u8] = &[0x1f, 0x8b, 8];

thread_local! {
    static GUNZIP: RefCell<Decompressor> = RefCell::new(Decompressor::new());
}

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
    let mut refused = Rejection::TooLarge { max_bytes };
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_error| Rejection::Incomplete)?.into_data() else {
            continue;
        };
        if over == 0 && bytes.len() + data.len() <= max_bytes {
            match memory.grow_to(bytes.len() + data.len()).await {
                Ok(()) => {
                    bytes.extend_from_slice(&data);
                    continue;
                }
                Err(rejection) => refused = rejection,
            }
        }
        bytes = Vec::new();
        memory.shrink_to(0);
        over += data.len().max(1);
        if over > DRAIN_MAX_BYTES {
            break;
        }
    }
    if over == 0 { Ok(bytes) } else { Err(refused) }
}

/// Reads a body of at most `max_bytes` to its end and keeps nothing of it.
pub async fn discard(mut body: Body, max_bytes: usize) -> Result<(), Rejection> {
    let discard_all = async {
        let mut length = 0_usize;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_error| Rejection::Incomplete)?;
            length += frame.into_data().map_or(0, |data| data.len());
            if length > max_bytes {
                return Err(Rejection::TooLarge { max_bytes });
            }
        }
        Ok(())
    };
    tokio::time::timeout(TIMEOUT, discard_all)
        .await
        .map_err(|_elapsed| Rejection::Incomplete)?
}

/// Decompresses a body, stopping at `max_bytes` of the result and reserving memory as it appears.
pub async fn decompress(
    packed: Vec<u8>,
    encoding: Encoding,
    max_bytes: usize,
    memory: &mut Reservation,
) -> Result<Vec<u8>, Rejection> {
    let bytes = packed.as_slice();
    match encoding {
        Encoding::Identity => Ok(packed),
        Encoding::Gzip => {
            if let Some(bytes) = gunzip_at_once(bytes, max_bytes, memory).await? {
                return Ok(bytes);
            }
            let decoder = flate2::read::MultiGzDecoder::new(bytes);
            unpack(decoder, "gzip", max_bytes, memory).await
        }
        Encoding::Deflate => {
            let zlib = flate2::read::ZlibDecoder::new(bytes);
            match unpack(zlib, "deflate", max_bytes, memory).await {
                Err(Rejection::Undecodable(_)) => {
                    let bare = flate2::read::DeflateDecoder::new(bytes);
                    unpack(bare, "deflate", max_bytes, memory).await
                }
                done => done,
            }
        }
        Encoding::Br => {
            let decoder = brotli_decompressor::Decompressor::new(bytes, 4096);
            unpack(decoder, "br", max_bytes, memory).await
        }
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(bytes)
                .map_err(|_error| Rejection::Undecodable("zstd"))?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG_MAX)
                .map_err(|_error| Rejection::Undecodable("zstd"))?;
            match unpack(decoder, "zstd", max_bytes, memory).await {
                // Only what is far beyond the limit asks for such a window.
                Err(Rejection::Undecodable(_)) if wants_more_window(bytes) => {
                    Err(Rejection::TooLarge { max_bytes })
                }
                unpacked => unpacked,
            }
        }
    }
}

/// Decompresses gzip of one short member in one go, which takes a third of the time of doing it in
/// steps; `None` where it is something else.
async fn gunzip_at_once(
    packed: &[u8],
    max_bytes: usize,
    memory: &mut Reservation,
) -> Result<Option<Vec<u8>>, Rejection> {
    // The last field of a member is the length of its content (RFC 1952). Others behind the first
    // would be passed over, and they begin with the same bytes.
    let Some((_, length)) = packed.split_last_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(*length) as usize;
    let mut members = memchr::memmem::find_iter(packed, GZIP_MEMBER);
    if length > STEP_BYTES.min(max_bytes) || members.next() != Some(0) || members.next().is_some() {
        return Ok(None);
    }
    memory.grow_to(length).await?;
    let mut bytes = vec![0; length];
    let unpacked = GUNZIP.with_borrow_mut(|gunzip| gunzip.gzip_decompress(packed, &mut bytes));
    Ok((unpacked == Ok(length)).then_some(bytes))
}

/// Decompresses what older libraries of Sentry send without saying so: zlib's format in base64.
pub async fn decompress_base64(
    text: Vec<u8>,
    max_bytes: usize,
    memory: &mut Reservation,
) -> Result<Vec<u8>, Rejection> {
    let text: Vec<u8> = text
        .into_iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let packed = BASE64
        .decode(text)
        .map_err(|_error| Rejection::Undecodable("base64 of deflate"))?;
    let decoder = flate2::read::ZlibDecoder::new(packed.as_slice());
    unpack(decoder, "base64 of deflate", max_bytes, memory).await
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

async fn unpack(
    mut packed: impl Read,
    name: &'static str,
    max_bytes: usize,
    memory: &mut Reservation,
) -> Result<Vec<u8>, Rejection> {
    let mut bytes = Vec::new();
    loop {
        memory.grow_to(bytes.len() + STEP_BYTES).await?;
        let read = (&mut packed)
            .take(STEP_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(|_error| Rejection::Undecodable(name))?;
        if bytes.len() > max_bytes {
            return Err(Rejection::TooLarge { max_bytes });
        }
        if read < STEP_BYTES {
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{super::memory::Memory, *};

    fn memory() -> Reservation {
        Memory::new(1 << 20).reserve()
    }

    async fn unpacked(packed: Vec<u8>, encoding: Encoding) -> Result<Vec<u8>, Rejection> {
        decompress(packed, encoding, 1000, &mut memory()).await
    }

    #[tokio::test]
    async fn what_old_libraries_send_in_base64_is_unpacked() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(b"{}").expect("memory takes all");
        let text = BASE64.encode(zlib.finish().expect("finished"));
        assert!(text.starts_with("eJ"));
        let lines = format!("{}\r\n{}", &text[..4], &text[4..]);
        for text in [text.clone(), lines] {
            let result = decompress_base64(text.into_bytes(), 1000, &mut memory()).await;
            assert_eq!(result.ok().as_deref(), Some(&b"{}"[..]));
        }
        for wrong in ["eJ", "eJ$$", &text[..8]] {
            let result = decompress_base64(wrong.into(), 1000, &mut memory()).await;
            assert!(matches!(result, Err(Rejection::Undecodable(_))), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_body_is_read_whatever_it_is_packed_with() {
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
                unpacked(packed.clone(), encoding).await.ok().as_ref(),
                Some(&text),
                "{encoding:?}"
            );
            if encoding != Encoding::Identity {
                assert!(matches!(
                    decompress(packed.clone(), encoding, 100, &mut memory()).await,
                    Err(Rejection::TooLarge { max_bytes: 100 })
                ));
                let cut = packed[..packed.len() / 2].to_vec();
                assert!(
                    matches!(
                        unpacked(cut, encoding).await,
                        Err(Rejection::Undecodable(_))
                    ),
                    "{encoding:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn gzip_of_several_members_is_read_to_its_end() {
        let member = |text: &[u8]| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(text).expect("memory takes all");
            gzip.finish().expect("finished")
        };
        let halves = [member(b"{\"a\":"), member(b"1234 }")].concat();
        let result = unpacked(halves, Encoding::Gzip).await;
        assert_eq!(result.ok().as_deref(), Some(&b"{\"a\":1234 }"[..]));
        let mut behind = member(b"{}");
        behind.extend_from_slice(b"more");
        assert!(matches!(
            unpacked(behind, Encoding::Gzip).await,
            Err(Rejection::Undecodable("gzip"))
        ));
    }

    #[tokio::test]
    async fn a_zstd_bomb_with_a_long_window_is_too_large() {
        let mut bomb = zstd::stream::Encoder::new(Vec::new(), 1).expect("an encoder");
        bomb.window_log(27).expect("a window");
        std::io::copy(&mut std::io::repeat(b'a').take(64 << 20), &mut bomb).expect("packed");
        let bomb = bomb.finish().expect("finished");
        let result = unpacked(bomb, Encoding::Zstd).await;
        assert!(matches!(
            result,
            Err(Rejection::TooLarge { max_bytes: 1000 })
        ));
        let whole = zstd::bulk::compress(&vec![b'a'; 64 << 20], 1).expect("packed");
        let result = unpacked(whole, Encoding::Zstd).await;
        assert!(matches!(
            result,
            Err(Rejection::TooLarge { max_bytes: 1000 })
        ));
    }
}
