//! Which of two versions comes first.

/// Whether `version` is known to come before `than`: as semantic versions or as integers where both
/// are such. What cannot be compared is not older, so that it reactivates.
pub(super) fn is_older(version: Option<&str>, than: Option<&str>) -> bool {
    match (version.and_then(numbers), than.and_then(numbers)) {
        (Some(version), Some(than)) => version < than,
        _ => false,
    }
}

/// The parts of a version such as `v2.4.1`, padded to compare `2.4` with `2.4.0`; `None` for anything
/// else. A pre-release (`2.4.1-rc.1`) comes before its release; build data after `+` says nothing.
fn numbers(version: &str) -> Option<([u64; 4], u64)> {
    let version = version.trim().trim_start_matches(['v', 'V']);
    let version = version
        .split_once('+')
        .map_or(version, |(version, _build)| version);
    let (release, pre) = version
        .split_once('-')
        .map_or((version, None), |(release, pre)| (release, Some(pre)));
    let mut parts = [0; 4];
    let mut given = 0;
    for (at, part) in release.split('.').enumerate() {
        *parts.get_mut(at)? = part.parse().ok()?;
        given = at + 1;
    }
    let pre_rank = match pre {
        None => u64::MAX,
        Some(pre) => pre
            .rsplit('.')
            .next()
            .and_then(|last| last.parse().ok())
            .unwrap_or(0),
    };
    (given > 0).then_some((parts, pre_rank))
}
