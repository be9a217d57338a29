//! How templates print text; `askama.toml` names these.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

use crate::format;

/// Text in a page: HTML's own characters escaped, those that reorder text made visible.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page;

impl Escaper for Page {
    fn write_escaped_str<W: Write>(&self, dest: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &format::visible(text))
    }
}

/// Text in a plain mail: characters that reorder text made visible.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Escaper for Plain {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        dest.write_str(&format::visible(text))
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use crate::{Datum, pages::LoginPage};

    #[test]
    fn sent_text_cannot_reorder_what_surrounds_it() {
        let html = Datum::text("<\u{202e}gpj.exe").tree().to_string();
        assert!(html.contains("&#60;⟨U+202E⟩gpj.exe"), "{html}");
        let page = LoginPage {
            email: "\"\u{2066}ada".to_owned(),
            ..LoginPage::default()
        };
        let html = page.render().expect("a page renders");
        assert!(html.contains("value=\"&#34;⟨U+2066⟩ada\""), "{html}");
    }
}
