//! What data looks like, whatever stands around it: addresses, dates, paths, ids.

use super::codes;

/// One of our own placeholders at the beginning of `rest`.
pub(super) fn placeholder(rest: &str) -> Option<&'static str> {
    const ALL: [&str; 9] = [
        "<n>", "<text>", "<url>", "<email>", "<path>", "<date>", "<time>", "<ip>", "*",
    ];
    ALL.into_iter()
        .find(|placeholder| rest.starts_with(placeholder))
}

/// Bytes of the URL at the beginning of `rest`.
pub(super) fn url(rest: &str) -> Option<usize> {
    let scheme = rest.find("://").filter(|&end| (2..=16).contains(&end))?;
    if !rest
        .get(..scheme)?
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
    {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || "\"'`“”‘’«»<>".contains(c))
        .unwrap_or(rest.len());
    Some(
        rest.get(..end)?
            .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}'])
            .len(),
    )
}

/// The placeholder for a chunk that is as a whole an address, a date, a path or an id.
pub(super) fn shape(core: &str) -> Option<&'static str> {
    if let Some((local, host)) = core.split_once('@')
        && !local.is_empty()
        && host.contains('.')
    {
        return Some("<email>");
    }
    if codes::is_uuid(core) {
        return Some("<n>");
    }
    if core.starts_with(|c: char| c.is_ascii_digit()) {
        if codes::is_ip(core) {
            return Some("<ip>");
        }
        if codes::is_date(core) {
            return Some("<date>");
        }
        if codes::is_time(core) {
            return Some("<time>");
        }
    }
    let ipv6 = core.matches(':').count() >= 2
        && core
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    if ipv6 && core.contains(|c: char| c.is_ascii_digit()) {
        return Some("<ip>");
    }
    let rooted = ["/", "./", "../", "~/", "\\\\"]
        .iter()
        .any(|root| core.len() > root.len() && core.starts_with(root));
    let drive = core
        .as_bytes()
        .get(1..3)
        .is_some_and(|drive| drive == b":\\" || drive == b":/");
    let folders =
        core.matches(['/', '\\']).count() >= 2 && !core.starts_with(|c: char| c.is_ascii_digit());
    (rooted || drive || folders).then_some("<path>")
}
