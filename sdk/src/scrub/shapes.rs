//! Secrets that show what they are by their own shape.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use super::{SCRUBBED, cards};

/// What every shape begins with: a text without any of it is not looked at closer.
static SUSPECT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?x)
        [0-9](?:[\ -]?[0-9]){12} | eyJ | -----BEGIN | ://[^/\ ]*@ | @tcp\( | @unix\(
        | (?i:bearer|basic)(?:[\ \t+]|%20)
        | AKIA | ASIA | AIza | SG\. | [rs]k_(?:live|test)_ | whsec_ | gh[pousr]_ | github_pat_ | glpat- | npm_ | xox | sk-",
    )
});

/// Each shape, and in groups what stays of it.
///
/// Each takes in the whole word it ends in: what follows would else begin a word once the secret is
/// gone, and be found the second time.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?x)
        # A private key in PEM, RFC 7468; cut off in the middle too.
        -----BEGIN\ [A-Z0-9\ ]*PRIVATE\ KEY(?:\ BLOCK)?-----
            (?s:.*?) (?: -----END\ [A-Z0-9\ ]*PRIVATE\ KEY(?:\ BLOCK)?----- | \z )
        # A password in a URL's authority, or in Go's form of it for MySQL.
        | (?<user> ://[^\s/?\#"'<>@:]*: ) [^\s/?\#"'<>]+ @
        | (?<login> \b[A-Za-z0-9_.-]+: ) [^\s:"'<>]+ (?<protocol> @(?:tcp|unix)\( )
        # A JSON Web Token, RFC 7519, or its encrypted form.
        | \b eyJ[A-Za-z0-9_-]{5,} (?: \.[A-Za-z0-9_-]* ){1,4}
        # Schemes of HTTP authentication.
        | (?<bearer> (?i:\bbearer) (?:[\ \t]+|\+|%20) ) (?<token> [A-Za-z0-9._~+/-]{6,}=* )
        | (?<basic> (?i:\bbasic) (?:[\ \t]+|\+|%20) ) (?<login64> [A-Za-z0-9+/]{6,}={0,2} )
        # Keys of services, by the prefixes that these give them.
        | \b (?:AKIA|ASIA)[0-9A-Z]{16} \w*
        | \b AIza[0-9A-Za-z_-]{35} [\w-]*
        | \b SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
        | \b [rs]k_(?:live|test)_[0-9A-Za-z]{8,}
        | \b whsec_[0-9A-Za-z+/=]{16,}
        | \b gh[pousr]_[0-9A-Za-z]{20,}
        | \b github_pat_[0-9A-Za-z_]{20,}
        | \b glpat-[0-9A-Za-z_-]{16,}
        | \b npm_[0-9A-Za-z]{30,}
        | \b xox[abeoprs]-[0-9A-Za-z-]{10,}
        | \b sk-[0-9A-Za-z_-]{20,}
        "#,
    )
});

/// What follows "bearer" in sentences and in challenges, and is no token.
const AFTER_BEARER: [&str; 9] = [
    "authentication",
    "authorization",
    "tokens",
    "scheme",
    "realm",
    "header",
    "headers",
    "credentials",
    "format",
];

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is ours")
}

/// Whether [`scrub`] might find something.
pub(super) fn is_suspect(text: &str) -> bool {
    SUSPECT.is_match(text)
}

/// `text` without the secrets in it; none if it has none.
pub(super) fn scrub(text: &str) -> Option<String> {
    let without_cards = match cards::find(text).as_slice() {
        [] => Cow::Borrowed(text),
        found => {
            let mut kept = String::with_capacity(text.len());
            let mut from = 0;
            for card in found {
                kept.push_str(text.get(from..card.start).unwrap_or_default());
                kept.push_str(SCRUBBED);
                from = card.end;
            }
            kept.push_str(text.get(from..).unwrap_or_default());
            Cow::Owned(kept)
        }
    };
    let scrubbed = SHAPES.replace_all(&without_cards, kept);
    (scrubbed != text).then(|| scrubbed.into_owned())
}

/// What stays of a match.
fn kept(found: &Captures<'_>) -> String {
    let group = |name| found.name(name).map(|group| group.as_str());
    let whole = || {
        found
            .get(0)
            .map_or_else(String::new, |whole| whole.as_str().to_owned())
    };
    if let Some(user) = group("user") {
        return format!("{user}{SCRUBBED}@");
    }
    if let (Some(login), Some(protocol)) = (group("login"), group("protocol")) {
        return format!("{login}{SCRUBBED}{protocol}");
    }
    if let (Some(bearer), Some(token)) = (group("bearer"), group("token")) {
        let is_word = AFTER_BEARER.iter().any(|word| {
            token
                .trim_end_matches(['.', '='])
                .eq_ignore_ascii_case(word)
        });
        return if is_word {
            whole()
        } else {
            format!("{bearer}{SCRUBBED}")
        };
    }
    if let (Some(basic), Some(login)) = (group("basic"), group("login64")) {
        return if is_login(login) {
            format!("{basic}{SCRUBBED}")
        } else {
            whole()
        };
    }
    SCRUBBED.to_owned()
}

/// Whether base64 holds `user:password`, so that "basic authentication" stays a sentence.
fn is_login(base64: &str) -> bool {
    let mut bits = 0_u32;
    let mut count = 0;
    for byte in base64.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = (bits << 6 | u32::from(six)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            if (bits >> count) & 0xff == u32::from(b':') {
                return true;
            }
        }
    }
    false
}
