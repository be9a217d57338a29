//! What an item is called, and where it happens: for lists and mails.

use super::{VERSION, frames, message, root, rules::Rules};
use crate::model::{evidence::Evidence, text::Title};

/// The item's title: the client's own, else the class and the first line of the reported
/// (outermost) exception, else the first line of the message.
pub fn title(evidence: &Evidence) -> Title {
    Title::new(&words(evidence))
}

fn words(evidence: &Evidence) -> String {
    if let Some(title) = evidence
        .title
        .as_deref()
        .filter(|title| !title.trim().is_empty())
    {
        return title.to_owned();
    }
    let (class, text) = match evidence.traces.first() {
        Some(trace) => (
            trace.class.as_deref().map_or("", str::trim),
            trace.message.as_str(),
        ),
        None => (
            "",
            evidence
                .message
                .as_deref()
                .or(evidence.template.as_deref())
                .unwrap_or_default(),
        ),
    };
    match (class, message::first_line(text)) {
        ("", "") => "(no message)".to_owned(),
        (class, "") => class.to_owned(),
        ("", line) => line.to_owned(),
        (class, line) => format!("{class}: {line}"),
    }
}

/// Where: `reports.py in render_pdf`, the innermost own frame of the root cause; none without one.
pub fn culprit(evidence: &Evidence) -> Option<String> {
    let rules = Rules::of(VERSION);
    let root = root::of(evidence, rules)?;
    let place = frames::innermost_own(root.stack, evidence.platform.as_deref(), rules)?;
    Some(if place.nameless {
        place.file
    } else {
        place.to_string()
    })
    .filter(|culprit| !culprit.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::evidence::{FrameEvidence, TraceEvidence};

    fn raised(class: Option<&str>, message: &str) -> Evidence {
        let trace = TraceEvidence {
            class: class.map(str::to_owned),
            message: message.to_owned(),
            ..TraceEvidence::default()
        };
        Evidence {
            traces: vec![trace],
            ..Evidence::default()
        }
    }

    #[test]
    fn a_title_is_the_best_that_is_known() {
        let table = [
            (raised(Some("KeyError"), "'sku'\nmore"), "KeyError: 'sku'"),
            (raised(Some("KeyError"), ""), "KeyError"),
            (raised(None, "thrown text"), "thrown text"),
            (raised(None, " "), "(no message)"),
            (Evidence::default(), "(no message)"),
            (
                Evidence {
                    message: Some("\n disk full \n".to_owned()),
                    ..Evidence::default()
                },
                "disk full",
            ),
            (
                Evidence {
                    title: Some("Ours".to_owned()),
                    ..raised(Some("KeyError"), "x")
                },
                "Ours",
            ),
            (
                Evidence {
                    title: Some(" ".to_owned()),
                    ..raised(Some("KeyError"), "x")
                },
                "KeyError: x",
            ),
        ];
        for (evidence, expected) in table {
            assert_eq!(title(&evidence).as_str(), expected);
        }
    }

    #[test]
    fn a_culprit_is_the_innermost_own_frame() {
        let frame = |filename: &str, method: &str| FrameEvidence {
            filename: Some(filename.to_owned()),
            method: Some(method.to_owned()),
            ..FrameEvidence::default()
        };
        let mut evidence = raised(Some("Error"), "x");
        assert_eq!(culprit(&evidence), None);
        evidence.traces[0].frames = vec![
            frame("/srv/shop/app.js", "Object.start"),
            frame("/srv/shop/cart.js", "async Cart.add [as put]"),
            frame("/srv/shop/node_modules/pg/index.js", "query"),
        ];
        assert_eq!(culprit(&evidence).as_deref(), Some("cart.js in add"));
    }
}
