//! A DSN: where an SDK reports to, and with what key.

/// Bytes of a DSN that are looked at; a real one has about 100.
const MAX_BYTES: usize = 2_048;

/// Where an SDK reports to: `https://key@errors.example.org:8080/prefix/42`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dsn {
    /// The public key.
    pub key: String,
    /// The host, without its port, lower case.
    pub host: String,
    /// The port, where one is named.
    pub port: Option<u16>,
    /// The project, as it is written.
    pub project: String,
}

impl Dsn {
    /// Reads a DSN; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        if !matches!(scheme, "http" | "https") {
            return None;
        }
        let (authority, path) = rest.split_once('/')?;
        let (keys, host) = authority.split_once('@')?;
        // Old libraries have a secret key behind the public one.
        let key = keys.split_once(':').map_or(keys, |(public, _)| public);
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (host, None),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let project = path.trim_end_matches('/').rsplit('/').next()?;
        if [key, host, project].iter().any(|part| part.is_empty()) || host.contains('@') {
            return None;
        }
        Some(Self {
            key: key.to_owned(),
            host: host.to_ascii_lowercase(),
            port,
            project: project.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_is_read_with_and_without_what_may_be_missing() {
        let read = |text| {
            let dsn = Dsn::parse(text)?;
            Some((dsn.key, dsn.host, dsn.port, dsn.project))
        };
        let dsn = |key: &str, host: &str, port, project: &str| {
            Some((key.to_owned(), host.to_owned(), port, project.to_owned()))
        };
        for (text, expected) in [
            (
                "https://k@Errors.Example/42",
                dsn("k", "errors.example", None, "42"),
            ),
            (
                "http://k:secret@h:8800/42/",
                dsn("k", "h", Some(8800), "42"),
            ),
            ("http://k@h/a/b/7?timeout=5", dsn("k", "h", None, "7")),
            ("http://k@[::1]:80/7", dsn("k", "[::1]", Some(80), "7")),
            ("http://k@[::1]/7", dsn("k", "[::1]", None, "7")),
            ("", None),
            ("http://h/42", None),
            ("http://@h/42", None),
            ("http://k@/42", None),
            ("http://k@h/", None),
            ("http://k@h", None),
            ("http://k@h:99999/1", None),
            ("ftp://k@h/1", None),
            ("http://k@a@b/1", None),
            ("http://k@h/1\n", None),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        assert_eq!(
            Dsn::parse(&format!("http://k@h/{}", "1".repeat(4_000))),
            None
        );
    }
}
