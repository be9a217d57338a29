//! What Postgres says: a bounded file, and its last lines for an error.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::error::ClusterError;

/// The log is put aside at a start when it is longer: enough for months of a quiet instance.
const ROTATED_ABOVE_BYTES: u64 = 4 << 20;

/// Lines that go into an error.
const LINES: usize = 4;

/// The most that an error quotes, in bytes.
const QUOTED_BYTES: usize = 1000;

/// The log of one start.
pub struct Log {
    path: PathBuf,
    /// Where this start's lines begin.
    from: u64,
}

impl Log {
    /// Opens `data_dir/postgres.log` for a new start, putting a long one aside.
    ///
    /// It holds parts of statements, so only its owner may read it.
    pub fn begin(data_dir: &Path) -> Result<(Log, File), ClusterError> {
        let path = data_dir.join("postgres.log");
        let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        if length(&path) > ROTATED_ABOVE_BYTES {
            let before = data_dir.join("postgres.log.1");
            fs::rename(&path, &before).map_err(ClusterError::at(&before))?;
        }
        let from = length(&path);
        let file = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(ClusterError::at(&path))?;
        Ok((Log { path, from }, file))
    }

    /// The last lines since this start, on one.
    pub fn last_lines(&self) -> String {
        match self.read() {
            Ok(text) if !text.trim().is_empty() => last_lines(&text),
            Ok(_) => format!("it said nothing in {}", self.path.display()),
            Err(error) => format!("cannot read {}: {error}", self.path.display()),
        }
    }

    fn read(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        let tail = file.metadata()?.len().saturating_sub(16 << 10);
        file.seek(SeekFrom::Start(self.from.max(tail)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The last lines of `text` that say something, on one line.
pub fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let (_, last) = lines.split_at(lines.len().saturating_sub(LINES));
    let mut line = last.join("; ");
    line.truncate(line.floor_char_boundary(QUOTED_BYTES));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_lines_are_few_short_and_on_one_line() {
        assert_eq!(last_lines("1\n2\n\n 3\n4\n5\n"), "2; 3; 4; 5");
        assert_eq!(last_lines(""), "");
        assert_eq!(last_lines(&"ä".repeat(2000)).len(), QUOTED_BYTES);
    }
}
