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
