//! Styles, scripts and icons, inside the binary, under URLs that name their content.
//!
//! All share one hash, so that modules may import each other by relative names. An answer to a
//! URL from [`url`] may be kept forever: `Cache-Control: public, max-age=31536000, immutable`.

use std::{borrow::Cow, fmt::Write, sync::LazyLock};

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// A file as it is sent.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// The `Content-Type`.
    pub content_type: &'static str,
}

/// The asset at `path`, which is what follows `/assets/` in its URL: `<hash>/style.css`.
///
/// `None` when there is none, or when the hash is that of another build.
pub fn find(path: &str) -> Option<Asset> {
    let (hash, name) = path.trim_start_matches('/').split_once('/')?;
    if hash != *HASH {
        return None;
    }
    named(name)
}

/// The URL of the asset of that name: `style.css`, `js/rollcage.js`, `icons/favicon.svg`.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// The names of all assets that have a URL.
pub fn names() -> Vec<String> {
    Files::iter()
        .filter(|name| !name.starts_with("css/"))
        .map(Cow::into_owned)
        .chain([STYLESHEET.to_owned()])
        .collect()
}

/// The asset of that name, whatever the build.
pub fn named(name: &str) -> Option<Asset> {
    if name == STYLESHEET {
        return Some(Asset {
            bytes: Cow::Borrowed(STYLE.as_bytes()),
            content_type: "text/css; charset=utf-8",
        });
    }
    let content_type = content_type(name)?;
    Some(Asset {
        bytes: Files::get(name)?.data,
        content_type,
    })
}

#[derive(RustEmbed)]
#[folder = "assets"]
struct Files;

/// The name under which all style sheets are sent as one.
const STYLESHEET: &str = "style.css";

/// The style sheets in the order of their layers; each says its layer itself.
const SHEETS: [&str; 22] = [
    "css/reset.css",
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/controls.css",
    "css/marks.css",
    "css/panels.css",
    "css/projects.css",
    "css/items.css",
    "css/item.css",
    "css/breakdown.css",
    "css/trace.css",
    "css/occurrence.css",
    "css/why.css",
    "css/usage.css",
    "css/start.css",
    "css/settings.css",
    "css/rows.css",
    "css/filters.css",
    "css/rules.css",
    "css/dialogs.css",
    "css/utilities.css",
];

static STYLE: LazyLock<String> = LazyLock::new(|| {
    let mut style = String::from("@layer reset, tokens, base, layout, components, utilities;\n");
    for name in SHEETS {
        let sheet = Files::get(name).expect("each listed style sheet is embedded");
        style.push_str(std::str::from_utf8(&sheet.data).expect("our style sheets are UTF-8"));
    }
    style
});

/// Eight bytes of SHA-256 over names and contents, in hex.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hasher = Sha256::new();
    for name in names {
        let file = Files::get(&name).expect("each name is of an embedded file");
        hasher.update(name.as_bytes());
        hasher.update([0]);
        hasher.update(file.data.len().to_le_bytes());
        hasher.update(&file.data);
    }
    // The order of the sheets is code, not content.
    hasher.update(STYLE.as_bytes());
    hasher
        .finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
            text
        })
});

fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_asset_is_found_by_its_url() {
        for name in names() {
            let url = url(&name);
            let path = url.strip_prefix("/assets/").expect("urls begin so");
            assert!(find(path).is_some(), "{url}");
        }
        assert!(find("0000000000000000/style.css").is_none());
        assert!(find("style.css").is_none());
    }

    #[test]
    fn each_style_sheet_is_listed() {
        for name in Files::iter().filter(|name| name.starts_with("css/")) {
            assert!(SHEETS.contains(&name.as_ref()), "{name} is not in SHEETS");
        }
    }

    #[test]
    fn braces_of_the_stylesheet_are_paired() {
        assert_eq!(STYLE.matches('{').count(), STYLE.matches('}').count());
    }
}
