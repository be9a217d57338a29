//! What real SDKs sent, for tests, benchmarks and the fuzzers' seeds.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use serde_json::Value;

/// One recorded request.
pub struct Recording {
    /// `pyrollbar-1.5.0/uncaught`
    pub name: String,
    /// Its request line and headers, and what is expected of it.
    pub json: Value,
    /// Its body, decompressed.
    pub body: Vec<u8>,
}

/// All in `folder`, `tests/fixtures/sentry`, in the order of their names.
pub fn all(folder: &Path) -> Vec<Recording> {
    let mut recordings: Vec<_> = files(folder)
        .iter()
        .flat_map(|sdk| files(sdk))
        .filter(|path| path.extension().is_some_and(|name| name == "json"))
        .map(|path| read(folder, &path))
        .collect();
    recordings.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(recordings.len() > 200, "recordings are missing");
    recordings
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of recordings is there");
    entries.flatten().map(|entry| entry.path()).collect()
}

fn read(folder: &Path, path: &Path) -> Recording {
    let json = fs::read(path).expect("a file that is listed can be read");
    let json: Value = serde_json::from_slice(&json).expect("a recording is described in JSON");
    let body = fs::read(path.with_extension("body")).expect("a recording has a body");
    let name = path.strip_prefix(folder).expect("it lies in the folder");
    Recording {
        name: name.with_extension("").display().to_string(),
        body: decoded(&json, body),
        json,
    }
}

/// The body as a parser gets it; of a broken one what could be read.
fn decoded(json: &Value, body: Vec<u8>) -> Vec<u8> {
    let request = &json["request"];
    if request["body_coding"] == "base64+zlib" {
        let zlib = BASE64_STANDARD.decode(body).expect("base64");
        return inflated(ZlibDecoder::new(&zlib[..]));
    }
    let headers = request["headers"].as_array().expect("headers");
    let coding = headers
        .iter()
        .find(|header| {
            header[0]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case("content-encoding"))
        })
        .and_then(|header| header[1].as_str());
    match coding {
        Some("gzip") => inflated(GzDecoder::new(&body[..])),
        // Declared zlib, and the bare format that some mean by the same word.
        Some("deflate") if body.first() == Some(&0x78) => inflated(ZlibDecoder::new(&body[..])),
        Some("deflate") => inflated(DeflateDecoder::new(&body[..])),
        Some("br") => inflated(brotli_decompressor::Decompressor::new(&body[..], 4096)),
        _ => body,
    }
}

fn inflated(mut decoder: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A recording of a truncated body ends in an error; what came before it counts.
    let _ = decoder.read_to_end(&mut bytes);
    bytes
}
