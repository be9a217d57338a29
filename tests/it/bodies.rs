//! What is let in: bodies however they are packed, and whatever SDKs put into them.

use std::{io::Write, time::Duration};

use reqwest::Method;
use rollcage_tests::{Answer, App, Project, http, occurrence::frame, wait::now};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ingest::refused;

/// Longest time of the fastest of a few answers to a bomb: it is cut off where the limit is met, and
/// noise of the machine only ever adds.
const BOMB_TIME: Duration = Duration::from_secs(1);

/// Compresses.
type Pack = fn(&[u8]) -> Vec<u8>;

#[tokio::test]
async fn a_body_is_taken_however_it_is_compressed() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let encodings: [(&str, Pack); 10] = [
        ("", plain),
        ("identity", plain),
        ("gzip", gzip),
        ("x-gzip", gzip),
        ("GZIP", gzip),
        ("deflate", zlib),
        ("deflate", raw_deflate),
        ("br", brotli),
        ("zstd", zstd),
        (" gzip ", gzip),
    ];
    for (at, (encoding, pack)) in encodings.into_iter().enumerate() {
        let payload = project.occurrence().message(&format!("by {at}")).payload();
        let answer = post_encoded(&project, encoding, pack(payload.to_string().as_bytes())).await;
        assert_eq!(answer.status, 200, "{encoding} {at}: {}", answer.text());
    }
    app.digested().await;
    assert_eq!(project.only_item().await.total, 10);
}

#[tokio::test]
async fn an_encoding_that_is_unknown_or_untrue_is_refused() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for encoding in ["compress", "gzip, gzip", "base64", "?"] {
        let answer = post_encoded(&project, encoding, b"{}".to_vec()).await;
        refused(encoding, &answer, 415, "content-encoding must be one of");
    }
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let answer = post_encoded(&project, encoding, b"{\"data\": {}}".to_vec()).await;
        refused(
            encoding,
            &answer,
            400,
            &format!("does not decompress as {encoding}"),
        );
    }
    let mut cut_off = gzip(project.occurrence().payload().to_string().as_bytes());
    cut_off.truncate(cut_off.len() / 2);
    let answer = post_encoded(&project, "gzip", cut_off).await;
    refused("cut off", &answer, 400, "does not decompress as gzip");
}

#[tokio::test]
async fn a_bomb_is_refused_at_once() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    // Zeros of 64 times the limit: less than the limit, once packed.
    let zeros = vec![b'0'; 64 << 20];
    let bombs: [(&str, Pack); 4] = [
        ("gzip", gzip),
        ("deflate", zlib),
        ("br", brotli),
        ("zstd", zstd),
    ];
    for (encoding, pack) in bombs {
        let bomb = pack(&zeros);
        assert!(bomb.len() < 1 << 20, "{encoding}: {}", bomb.len());
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let begun = now();
            let answer = post_encoded(&project, encoding, bomb.clone()).await;
            fastest = fastest.min(begun.elapsed());
            refused(encoding, &answer, 413, "more than 1048576 bytes");
        }
        assert!(fastest < BOMB_TIME, "{encoding}: {fastest:?}");
    }
}

#[tokio::test]
async fn the_limit_counts_decompressed_bytes_to_the_byte() {
    let app = App::builder()
        .config(|config| config.item_max_bytes = 8192)
        .start()
        .await;
    let project = app.project("Shop").await;
    let of_length = |bytes: usize| {
        let empty = project.occurrence().message("").payload().to_string();
        let message = "x".repeat(bytes - empty.len());
        let payload = project.occurrence().message(&message).payload().to_string();
        assert_eq!(payload.len(), bytes);
        payload.into_bytes()
    };
    for (encoding, pack) in [("", plain as Pack), ("gzip", gzip), ("zstd", zstd)] {
        let fits = post_encoded(&project, encoding, pack(&of_length(8192))).await;
        assert_eq!(fits.status, 200, "{encoding}: {}", fits.text());
        let over = post_encoded(&project, encoding, pack(&of_length(8193))).await;
        refused(encoding, &over, 413, "more than 8192 bytes");
    }
}

#[tokio::test]
async fn whatever_the_content_type_the_body_is_json() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let payload = project.occurrence().payload().to_string();
    for content_type in [
        "application/json",
        "application/json; charset=UTF-8",
        "application/x-www-form-urlencoded",
        "text/plain;charset=UTF-8",
        "nonsense",
    ] {
        let headers = [
            ("x-rollbar-access-token", project.tokens.server.as_str()),
            ("content-type", content_type),
        ];
        let answer = app
            .request(Method::POST, "/api/1/item/", &headers, payload.clone())
            .await;
        assert_eq!(answer.status, 200, "{content_type}: {}", answer.text());
    }
}

#[tokio::test]
async fn odd_text_and_numbers_are_taken_and_shown() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    // What is sent as a value of `custom`, and what the API shows of it.
    let cases: [(&str, &[u8], Value); 11] = [
        ("NUL", br#""a\u0000b""#, json!("a\u{fffd}b")),
        ("a lone surrogate", br#""a\ud83d b""#, json!("a\u{fffd} b")),
        (
            "a lone low surrogate",
            br#""caf\udce9""#,
            json!("caf\u{fffd}"),
        ),
        (
            "invalid UTF-8",
            b"\"a\xff\xfeb\"",
            json!("a\u{fffd}\u{fffd}b"),
        ),
        ("NaN", b"NaN", json!("NaN")),
        ("Infinity", b"Infinity", json!("Infinity")),
        ("-Infinity", b"-Infinity", json!("-Infinity")),
        (
            "80 bits",
            b"1208925819614629174706176",
            json!("1208925819614629174706176"),
        ),
        (
            "u64",
            b"18446744073709551615",
            json!(18_446_744_073_709_551_615_u64),
        ),
        ("i64", b"-9223372036854775808", json!(i64::MIN)),
        (
            "a pair of surrogates",
            br#""\ud83c\udf89""#,
            json!("\u{1f389}"),
        ),
    ];
    for (what, sent, shown) in cases {
        let data = custom_data(&app, &project, what, sent).await;
        assert_eq!(data["custom"]["odd"], shown, "{what}");
    }
    // Python's `2**64`, which is no integer of 64 bits, keeps its digits or its value.
    let data = custom_data(&app, &project, "2^64", b"18446744073709551616").await;
    let odd = &data["custom"]["odd"];
    assert!(
        odd == "18446744073709551616" || odd.as_f64() == Some(18_446_744_073_709_551_616.0),
        "{odd}"
    );
}

#[tokio::test]
async fn of_a_key_that_is_there_twice_the_last_counts() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let data = custom_data(
        &app,
        &project,
        "twice",
        br#"1, "odd": 2, "": 3, "a.b c": 4"#,
    )
    .await;
    assert_eq!(data["custom"]["odd"], 2, "{data}");
    assert_eq!(data["custom"]["a.b c"], 4, "{data}");
}

#[tokio::test]
async fn what_is_nested_too_deeply_is_cut_and_taken() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for (what, open, close) in [("lists", "[", "]"), ("objects", r#"{"a":"#, "}")] {
        for depth in [60, 99, 100, 101, 127, 128, 1000, 20_000] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let data = custom_data(&app, &project, what, nested.as_bytes()).await;
            let shown = depth_of(&data["custom"]["odd"]);
            assert!(shown <= 110, "{what} {depth}: {shown}");
            assert!(depth > 60 || shown == depth, "{what} {depth}: {shown}");
        }
    }
}

#[tokio::test]
async fn all_four_kinds_of_body_are_taken_and_shown() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let trace = |class: &str| {
        json!({
            "frames": [frame("shop/cart.py", 1, "total", "x")],
            "exception": { "class": class, "message": "of the trace" },
        })
    };
    let cases = [
        (
            "trace",
            json!({ "trace": trace("TraceError") }),
            "TraceError: of the trace",
        ),
        (
            "trace_chain",
            json!({ "trace_chain": [trace("OuterError"), trace("InnerError")] }),
            "OuterError: of the trace",
        ),
        (
            "message",
            json!({ "message": { "body": "just a message" } }),
            "just a message",
        ),
        (
            "crash_report",
            json!({ "crash_report": { "raw": "Signal 11 at 0x0" } }),
            "Signal 11",
        ),
    ];
    for (kind, body, title) in cases {
        let sent = project.occurrence().with("body", body).send().await;
        let item = sent.item().await;
        let shown = item.json["title"].as_str().expect("an item has a title");
        assert!(shown.starts_with(title), "{kind}: {shown}");
        let data = project.instances(&item).await[0]["data"].clone();
        assert!(data["body"].get(kind).is_some(), "{kind}: {data}");
    }
    assert_eq!(project.items().await.len(), 4);
}

/// Reports an occurrence with that text as the value of `custom.odd`, and gives `data` as shown.
async fn custom_data(app: &App, project: &Project<'_>, what: &str, value: &[u8]) -> Value {
    let uuid = Uuid::new_v4();
    let mut body = format!(
        r#"{{"data": {{"uuid": "{uuid}", "environment": "test", "body": {{"message": {{"body": "odd"}}}}, "custom": {{"odd": "#
    )
    .into_bytes();
    body.extend_from_slice(value);
    body.extend_from_slice(b"}}}");
    let answer = project.post(body).await;
    assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    app.digested().await;
    let items = project.items().await;
    assert_eq!(items.len(), 1, "{what}: {items:#?}");
    let instance = items[0]["last_occurrence_id"]
        .as_i64()
        .expect("an item has a last occurrence");
    let result = project
        .get(&format!("/api/1/instance/{instance}"))
        .await
        .result();
    assert_eq!(result["data"]["uuid"], json!(uuid), "{what}");
    result["data"].clone()
}

/// Posts to ingest with the header that names how the body is packed.
pub async fn post_encoded(project: &Project<'_>, encoding: &str, body: Vec<u8>) -> Answer {
    let headers = [
        ("x-rollbar-access-token", project.tokens.server.as_str()),
        ("content-encoding", encoding),
        http::OF_A_PAGE,
    ];
    project
        .app()
        .request(Method::POST, "/api/1/item/", &headers, body)
        .await
}

/// Containers within each other.
fn depth_of(value: &Value) -> usize {
    let (mut depth, mut value) = (0, value);
    loop {
        value = match value {
            Value::Array(list) if !list.is_empty() => &list[0],
            Value::Object(object) if !object.is_empty() => &object["a"],
            _ => return depth,
        };
        depth += 1;
    }
}

fn plain(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 1, 22);
    writer.write_all(bytes).expect("memory takes all");
    drop(writer);
    packed
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).expect("memory takes all")
}
