//! What surrounded an occurrence: the browser, the system, the device, and whatever else an
//! application names.

use crate::datum::Datum;

/// One thing that surrounded an occurrence, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextView {
    /// What the sender calls it: `browser`, `os`, `Rust Tracing Fields`.
    pub name: String,
    /// What is said of it, in the order it was sent.
    pub entries: Vec<(String, Datum)>,
}

/// Kinds of surroundings that have a name and an icon of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextKind {
    Browser,
    System,
    Device,
    Runtime,
    App,
    Trace,
    Culture,
    Cloud,
    Gpu,
    Response,
    Custom,
}

impl ContextView {
    /// What kind it is: by its `type`, which a sender may set, or by its name.
    pub(crate) fn kind(&self) -> ContextKind {
        let by_type = self.text("type").and_then(ContextKind::named);
        by_type
            .or_else(|| ContextKind::named(&self.name))
            .unwrap_or(ContextKind::Custom)
    }

    /// Its heading.
    pub(crate) fn heading(&self) -> &str {
        match self.kind() {
            ContextKind::Browser => "Browser",
            ContextKind::System => "System",
            ContextKind::Device => "Device",
            ContextKind::Runtime => "Runtime",
            ContextKind::App => "App",
            ContextKind::Trace => "Distributed trace",
            ContextKind::Culture => "Language and region",
            ContextKind::Cloud => "Cloud",
            ContextKind::Gpu => "Graphics",
            ContextKind::Response => "Response",
            ContextKind::Custom => &self.name,
        }
    }

    /// What it is in a few words: `Firefox 145.0`, `macOS 15.1`; `None` where it has no name.
    pub(crate) fn summary(&self) -> Option<String> {
        let (name, version) = match self.kind() {
            ContextKind::Browser
            | ContextKind::System
            | ContextKind::Runtime
            | ContextKind::Gpu => (self.text("name"), self.text("version")),
            ContextKind::Device => (
                self.text("model")
                    .or_else(|| self.text("name"))
                    .or_else(|| self.text("family")),
                None,
            ),
            ContextKind::App => (
                self.text("app_name").or_else(|| self.text("name")),
                self.text("app_version").or_else(|| self.text("version")),
            ),
            _ => return None,
        };
        let name = name?;
        Some(version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}")))
    }

    /// What is said of it, but for its `type`, which the heading says.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &(String, Datum)> {
        self.entries
            .iter()
            .filter(|(name, value)| name != "type" && !value.is_empty())
    }

    /// Whether there is nothing to show below the heading.
    pub(crate) fn is_empty(&self) -> bool {
        self.shown().next().is_none()
    }

    fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.entries.iter().find(|(key, _)| key == name)?;
        match value {
            Datum::Text(text) | Datum::Number(text) => Some(text.trim()),
            _ => None,
        }
        .filter(|text| !text.is_empty())
    }
}

impl ContextKind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "browser" => Self::Browser,
            "os" | "client_os" => Self::System,
            "device" => Self::Device,
            "runtime" => Self::Runtime,
            "app" => Self::App,
            "trace" => Self::Trace,
            "culture" => Self::Culture,
            "cloud_resource" => Self::Cloud,
            "gpu" => Self::Gpu,
            "response" => Self::Response,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(name: &str, entries: &[(&str, &str)]) -> ContextView {
        ContextView {
            name: name.to_owned(),
            entries: entries
                .iter()
                .map(|(key, value)| ((*key).to_owned(), Datum::text(*value)))
                .collect(),
        }
    }

    #[test]
    fn what_is_known_is_said_in_a_few_words() {
        let cases = [
            (
                context("browser", &[("name", "Firefox"), ("version", "145.0")]),
                "Browser",
                Some("Firefox 145.0"),
            ),
            // Node sends the version of Linux with a line break at its end.
            (
                context("os", &[("name", "Linux"), ("version", "6.1.0\n")]),
                "System",
                Some("Linux 6.1.0"),
            ),
            (
                context("device", &[("family", "iPhone"), ("model", "iPhone15,2")]),
                "Device",
                Some("iPhone15,2"),
            ),
            (
                context("anything", &[("type", "runtime"), ("name", "CPython")]),
                "Runtime",
                Some("CPython"),
            ),
            (
                context("Rust Tracing Fields", &[("name", "x")]),
                "Rust Tracing Fields",
                None,
            ),
            (context("browser", &[]), "Browser", None),
        ];
        for (context, heading, summary) in cases {
            assert_eq!(context.heading(), heading, "{context:?}");
            assert_eq!(context.summary().as_deref(), summary, "{context:?}");
        }
    }
}
