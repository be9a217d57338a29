//! What suppliers send at night: lists of prices, in every state.

use std::{fs::File, io::Read};

use anyhow::{Context, ensure};
use rollcage::{Breadcrumb, Level, Occurrence};
use serde_json::Value;

/// Why a line of a list was not taken.
#[derive(Debug, thiserror::Error)]
#[error("line {line} has {columns} columns, expected 6")]
pub struct BadLine {
    line: u64,
    columns: usize,
}

/// Reads the list that a supplier has put into our folder.
pub fn from_file(supplier: &'static str, day: &str) {
    let path = format!("/srv/shop/import/{supplier}-{day}.csv");
    if let Err(error) =
        read(&path).with_context(|| format!("cannot import the prices of {supplier}"))
    {
        rollcage::capture_anyhow(&error);
    }
}

fn read(path: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    File::open(path)
        .with_context(|| format!("opening {path}"))?
        .read_to_string(&mut text)?;
    Ok(text)
}

/// Takes the lines of a list; those that are wrong are left out and reported.
pub fn lines(supplier: &'static str, text: &str, first_line: u64) {
    for (line, number) in text.lines().zip(first_line..) {
        if let Err(error) = columns(line, number) {
            rollcage::capture(
                Occurrence::error(&error)
                    .level(Level::Warning)
                    .custom("supplier", supplier)
                    .custom("line", line),
            );
        }
    }
}

fn columns(line: &str, number: u64) -> Result<(), BadLine> {
    let columns = line.split(';').count();
    if columns == 6 {
        return Ok(());
    }
    Err(BadLine {
        line: number,
        columns,
    })
}

/// Reads what a supplier's own server answers.
pub fn from_feed(supplier: &'static str, body: &[u8]) {
    let url = format!("https://feeds.example.net/{supplier}/prices.json");
    rollcage::add_breadcrumb(Breadcrumb::network("GET", url, 200).with("bytes", body.len()));
    if let Err(error) = parse(body).with_context(|| format!("cannot read the feed of {supplier}")) {
        rollcage::capture_anyhow(&error);
    }
}

fn parse(body: &[u8]) -> anyhow::Result<Vec<Value>> {
    let text = std::str::from_utf8(body).context("the feed is not UTF-8")?;
    let articles: Vec<Value> = serde_json::from_str(text).context("the feed is not JSON")?;
    not_empty(&articles)?;
    Ok(articles)
}

fn not_empty(articles: &[Value]) -> anyhow::Result<()> {
    ensure!(!articles.is_empty(), "the feed has no articles at all");
    Ok(())
}

/// A supplier of whom nothing has come.
pub fn missing(supplier: &str, number: u64) {
    rollcage::capture(
        Occurrence::message(
            Level::Error,
            format!("nothing has come from {supplier}, delivery {number}"),
        )
        .title(format!("{supplier}: delivery {number} is missing"))
        .fingerprint(format!("delivery-{number}"))
        .custom("supplier", supplier),
    );
}
