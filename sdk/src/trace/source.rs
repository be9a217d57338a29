//! Lines of source around a call, where the sources lie on the machine.

use std::{fs, path::Path};

use crate::text;

/// Lines before and after.
const AROUND: usize = 5;
/// Largest file that is read. Generated ones may be larger, and tell less.
const FILE_MAX_BYTES: u64 = 1024 * 1024;
/// Longest line that is sent.
const LINE_MAX_BYTES: usize = 256;

/// A line and those around it.
pub(super) struct Around {
    pub(super) before: Vec<String>,
    pub(super) code: String,
    pub(super) after: Vec<String>,
}

/// The line of that number, from 1, and those around it.
pub(super) fn around(path: &Path, line: u32) -> Option<Around> {
    let is_readable = fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= FILE_MAX_BYTES);
    if !is_readable {
        return None;
    }
    let content = fs::read_to_string(path).ok()?;
    let lines: Vec<String> = content
        .lines()
        .map(|line| text::head(line, LINE_MAX_BYTES).to_owned())
        .collect();
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let code = lines.get(at)?.clone();
    let end = lines.len().min(at + 1 + AROUND);
    Some(Around {
        before: lines.get(at.saturating_sub(AROUND)..at)?.to_vec(),
        code,
        after: lines.get(at + 1..end)?.to_vec(),
    })
}
