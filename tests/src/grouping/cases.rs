//! Cases that somebody wrote down: `<bug>/<name>.json`, a Rollbar item or a Sentry event as sent.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use rollcage_server::fingerprint;
use serde_json::Value;

use super::{Bug, Labelled};

pub(super) fn read(folder: &Path) -> Result<(Vec<Labelled>, BTreeMap<String, Bug>)> {
    let mut labelled = Vec::new();
    let mut bugs = BTreeMap::new();
    for bug in sorted(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = stem(&bug);
        for path in sorted(&bug)? {
            labelled.push(case(&path, &name).with_context(|| path.display().to_string())?);
        }
        let family = name.split("--").next().unwrap_or(&name).to_owned();
        let kind = "case".to_owned();
        bugs.insert(name, Bug { family, kind });
    }
    Ok((labelled, bugs))
}

fn case(path: &Path, bug: &str) -> Result<Labelled> {
    let body = fs::read(path)?;
    let value: Value = serde_json::from_slice(&body)?;
    let is_rollbar = value.get("data").is_some();
    let evidence = if is_rollbar {
        super::rollbar(&body)?
    } else {
        super::event(&body)?
    };
    Ok(Labelled {
        uuid: format!("{bug}/{}", stem(path)),
        protocol: if is_rollbar { "rollbar" } else { "sentry" }.to_owned(),
        language: evidence.platform.clone().unwrap_or_default(),
        bug: bug.to_owned(),
        variation: "base".to_owned(),
        scored: true,
        fingerprint: fingerprint::fingerprint(&evidence),
        evidence,
    })
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}
