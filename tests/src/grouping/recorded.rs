//! Sets that were recorded: `events/*.ndjson.gz`, `LABELS.tsv`, `BUGS.tsv`.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::Path,
};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use rollcage_server::{fingerprint, model::evidence::Evidence};
use serde::Deserialize;

use super::{Bug, Labelled};

/// A recorded request, one line of `events/*.ndjson.gz`.
#[derive(Deserialize)]
struct Request {
    uuid: String,
    protocol: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

pub(super) fn read(folder: &Path) -> Result<(Vec<Labelled>, BTreeMap<String, Bug>)> {
    let bugs = rows(&folder.join("BUGS.tsv"))?
        .into_iter()
        .map(|mut row| {
            let mut take = |name: &str| row.remove(name).unwrap_or_default();
            let bug = Bug {
                family: take("family"),
                kind: take("kind"),
            };
            (take("bug"), bug)
        })
        .collect();
    let mut evidence = events(&folder.join("events"))?;
    let mut labelled = Vec::new();
    for mut row in rows(&folder.join("LABELS.tsv"))? {
        let mut take = |name: &str| row.remove(name).unwrap_or_default();
        let uuid = plain(&take("uuid"));
        let evidence = evidence
            .remove(&uuid)
            .with_context(|| format!("there is no event {uuid}"))?;
        labelled.push(Labelled {
            uuid,
            protocol: take("protocol"),
            language: take("language"),
            bug: take("bug"),
            variation: take("variation"),
            scored: take("score") == "yes",
            fingerprint: fingerprint::fingerprint(&evidence),
            evidence,
        });
    }
    Ok((labelled, bugs))
}

/// What grouping looks at in each event, by its UUID.
fn events(folder: &Path) -> Result<HashMap<String, Evidence>> {
    let mut found = HashMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        for line in BufReader::new(GzDecoder::new(File::open(&path)?)).lines() {
            let request: Request = serde_json::from_str(&line?)?;
            let evidence = evidence(&request)
                .with_context(|| format!("{} of {}", request.uuid, path.display()))?;
            found.insert(plain(&request.uuid), evidence);
        }
    }
    Ok(found)
}

fn evidence(request: &Request) -> Result<Evidence> {
    let mut body = STANDARD.decode(&request.body)?;
    let is_packed = request.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-encoding") && value.eq_ignore_ascii_case("gzip")
    });
    if is_packed {
        let mut unpacked = Vec::new();
        GzDecoder::new(body.as_slice()).read_to_end(&mut unpacked)?;
        body = unpacked;
    }
    match request.protocol.as_str() {
        "rollbar" => super::rollbar(&body),
        _ if request.path.ends_with("/store/") => super::event(&body),
        _ => super::envelope(&body),
    }
}

/// The rows of a table with a head, separated by tabs, each by the names of its columns.
fn rows(path: &Path) -> Result<Vec<HashMap<String, String>>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| {
        let cells = line.split('\t').map(str::to_owned);
        head.iter().map(ToString::to_string).zip(cells).collect()
    };
    Ok(lines.map(row).collect())
}

fn plain(uuid: &str) -> String {
    uuid.replace('-', "").to_lowercase()
}
