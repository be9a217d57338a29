//! Occurrences that are only a text: messages, and texts that were thrown.

use std::borrow::Cow;

use super::{
    explain::{Kind, Part},
    literals, message,
    parts::{Counts, Decision, Read, part},
    rules::{Rule, Rules},
};
use crate::model::evidence::{Evidence, TraceEvidence};

/// Whether an exception is only a text that was thrown: it has no class, or the SDK made one. Some
/// SDKs send plain messages so.
pub(super) fn is_text(cause: &TraceEvidence, evidence: &Evidence, rules: Rules) -> bool {
    let class = cause.class.as_deref().unwrap_or_default();
    let is_made = rules.has(Rule::ThrownData)
        && cause.synthetic
        && is_script(evidence)
        && ["Error", "UnhandledRejection"].contains(&class);
    (cause.class.is_none() || is_made) && !cause.message.trim().is_empty()
}

/// Decides what a text is grouped by.
pub(super) fn decide<'e>(evidence: &'e Evidence, text: &'e str, rules: Rules) -> Decision<'e> {
    let template = evidence.template.as_deref();
    let arguments = if rules.has(Rule::LoggedArguments) {
        evidence.arguments.as_slice()
    } else {
        &[]
    };
    let text = match template {
        Some(template) if template == text && !arguments.is_empty() => {
            Cow::Owned(literals::filled(template, arguments))
        }
        _ if is_script(evidence) && rules.has(Rule::ThrownData) => Cow::Borrowed(thrown(text)),
        _ => Cow::Borrowed(text),
    };
    let first = message::first_line(&text);
    let literals = template
        .and_then(|template| literals::of_template(first, template))
        .or_else(|| literals::beside(first, arguments));
    let (line, rule) = match literals {
        Some(_) => (
            first,
            "Messages are grouped by the template of the logger and by numbers that mean something.",
        ),
        None => (
            message::line(&text, rules),
            "Messages are grouped by their first line, without numbers, ids, dates, addresses, paths and quoted data.",
        ),
    };
    let normal = message::normal_of(line, literals.as_deref(), rules);
    let of_level = "Messages of different levels are different items.";
    let mut parts = vec![
        part(Kind::Text, normal.text, rule),
        part(Kind::Level, evidence.level.as_str(), of_level),
    ];
    parts.extend(language(evidence, rules));
    Decision {
        parts,
        read: Some(Read {
            line: line.to_owned(),
            taken: normal.taken,
            counts: Counts::Whole,
        }),
        ..Decision::default()
    }
}

/// The language, where no frame tells it.
pub(super) fn language(evidence: &Evidence, rules: Rules) -> Option<Part> {
    let language = match evidence.platform.as_deref()? {
        "javascript" | "node" | "browser" => "javascript",
        "java" | "kotlin" | "scala" | "groovy" | "android" => "java",
        "csharp" | "c#" | "dotnet" | ".net" => "csharp",
        "cocoa" | "swift" | "objc" | "ios" => "cocoa",
        known @ ("python" | "ruby" | "go" | "php" | "rust" | "elixir" | "dart" | "perl") => known,
        _ => return None,
    };
    rules.has(Rule::LanguageOfMessage).then(|| {
        let rule = "Nothing but the language tells which program it is, so languages are apart.";
        part(Kind::Language, language, rule)
    })
}

fn is_script(evidence: &Evidence) -> bool {
    let platform = evidence.platform.as_deref();
    matches!(platform, Some("javascript" | "node" | "browser"))
}

/// A thrown text without what SDKs and browsers put before it.
fn thrown(text: &str) -> &str {
    let mut text = text.trim_start();
    for before in [
        "Uncaught ",
        "(in promise) ",
        "Non-Error promise rejection captured with value: ",
        "Error: ",
    ] {
        text = text.strip_prefix(before).unwrap_or(text);
    }
    text
}
