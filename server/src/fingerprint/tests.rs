//! What grouping promises: vectors that fix it, pairs that belong together or apart, invariants.

mod languages;
mod pairs;
mod properties;

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use super::*;
use crate::model::{
    evidence::{FrameEvidence, TraceEvidence},
    occurrence::Level,
};

/// One entry of `vectors-*.json`.
#[derive(Serialize, Deserialize)]
struct Vector {
    name: String,
    evidence: Evidence,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    parts: Vec<String>,
}

/// With `ROLLCAGE_WRITE_VECTORS=1` what is expected of the current version is written anew; the
/// difference is for review, and is a new `VERSION` once anybody has items.
#[test]
fn vectors_hold() {
    for version in 1..=VERSION {
        let path = format!("../tests/fixtures/grouping/vectors-{version}.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = fs::read_to_string(&path).expect("the vectors are in the repository");
        let mut vectors: Vec<Vector> = serde_json::from_str(&text).expect("the vectors are JSON");
        let write = version == VERSION && std::env::var_os("ROLLCAGE_WRITE_VECTORS").is_some();
        for vector in &mut vectors {
            let parts = decide(&vector.evidence, Rules::of(version), Extent::Enough).parts;
            let fingerprint = hash(version, &parts).to_string();
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            if write {
                (vector.fingerprint, vector.parts) = (fingerprint, parts);
            } else {
                assert_eq!(parts, vector.parts, "{version}: {}", vector.name);
                assert_eq!(
                    fingerprint, vector.fingerprint,
                    "{version}: {}",
                    vector.name
                );
            }
        }
        if write {
            let text = serde_json::to_string_pretty(&vectors).expect("vectors can be written");
            fs::write(path, text + "\n").expect("the fixtures can be written");
        }
    }
}

#[test]
fn older_versions_come_newest_first() {
    let evidence = raised("KeyError", "'a'", &[LOOKUP]);
    let versions: Vec<u16> = older(&evidence).map(|(version, _)| version).collect();
    assert_eq!(versions, (1..VERSION).rev().collect::<Vec<_>>());
    assert!(older(&evidence).all(|(_, older)| older != fingerprint(&evidence)));
}

fn frame(filename: &str, method: &str, code: &str) -> FrameEvidence {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    FrameEvidence {
        filename: some(filename),
        method: some(method),
        code: some(code),
        ..FrameEvidence::default()
    }
}

fn trace(class: &str, message: &str, frames: &[(&str, &str, &str)]) -> TraceEvidence {
    TraceEvidence {
        class: (!class.is_empty()).then(|| class.to_owned()),
        message: message.to_owned(),
        frames: frames
            .iter()
            .map(|(file, method, code)| frame(file, method, code))
            .collect(),
        ..TraceEvidence::default()
    }
}

fn chain(traces: &[TraceEvidence]) -> Evidence {
    Evidence {
        platform: Some("python".to_owned()),
        traces: traces.to_vec(),
        ..Evidence::default()
    }
}

fn raised(class: &str, message: &str, frames: &[(&str, &str, &str)]) -> Evidence {
    chain(&[trace(class, message, frames)])
}

fn script(class: &str, message: &str, frames: &[(&str, &str, &str)]) -> Evidence {
    Evidence {
        platform: Some("javascript".to_owned()),
        ..raised(class, message, frames)
    }
}

fn thrown(text: &str) -> Evidence {
    Evidence {
        platform: Some("javascript".to_owned()),
        ..said(text)
    }
}

fn said(text: &str) -> Evidence {
    Evidence {
        message: Some(text.to_owned()),
        ..Evidence::default()
    }
}

fn logged(template: &str, text: &str) -> Evidence {
    Evidence {
        template: Some(template.to_owned()),
        ..said(text)
    }
}

fn marked(explicit: &[&str], rest: Evidence) -> Evidence {
    Evidence {
        explicit: explicit.iter().map(|&part| part.to_owned()).collect(),
        ..rest
    }
}

const LOOKUP: (&str, &str, &str) = (
    "/srv/app/releases/7/shop/cart.py",
    "find",
    "return lines[key]",
);
const VIEW: (&str, &str, &str) = (
    "/srv/app/releases/7/shop/views.py",
    "show",
    "line = find(key)",
);
const OTHER_VIEW: (&str, &str, &str) = (
    "/srv/app/releases/7/shop/views.py",
    "edit",
    "line = find(key)",
);
const FLASK: (&str, &str, &str) = (
    "/venv/lib/python3.11/site-packages/flask/app.py",
    "dispatch_request",
    "return view(**args)",
);
const REQUIRE: (&str, &str, &str) = (
    "/srv/app/shop/settings.py",
    "setting",
    "raise LookupError('no setting %s' % name)",
);

#[test]
fn an_explanation_says_why() {
    let shown: Vec<String> = explain(&raised("LookupError", "no setting URL", &[VIEW, REQUIRE]))
        .parts
        .iter()
        .map(|part| format!("{part}: {}", part.rule))
        .collect();
    let expected = [
        "class LookupError: The class of the exception.",
        "frame settings.py in setting: The innermost frame of the application's own code.",
        "frame shop/views.py in show: The frame before raises on purpose and is shared, so its caller belongs to it.",
        "text no setting URL: The line raises on purpose: its text says what for.",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn an_explanation_says_what_was_made_of_each_frame() {
    let left = |reason| Verdict::Left(reason);
    let explanation = explain(&raised(
        "KeyError",
        "'a'",
        &[FLASK, VIEW, ("a.py", "timed", "return fn(*args)"), LOOKUP],
    ));
    assert_eq!(
        explanation.traces[0].frames,
        [
            left(Reason::Package),
            left(Reason::Further),
            left(Reason::Wrapper),
            Verdict::Counts("cart.py in find".to_owned())
        ]
    );
    let chained = explain(&chain(&[
        trace("Failed", "job 7 failed", &[VIEW]),
        trace("KeyError", "'a'", &[LOOKUP]),
    ]));
    assert_eq!(chained.traces[0].frames, [left(Reason::Aside)]);
    assert!(!chained.traces[0].counts && chained.traces[1].counts);
}

#[test]
fn an_explanation_says_what_was_taken_out_of_a_text() {
    let table = [
        (
            said("job 17 of 'a b' took 12ms: ECONNRESET at 10.0.0.1:99"),
            "job {17=><n>} of {'a b'=><text>} took {12=><n>}ms: ECONNRESET at {10.0.0.1=><ip>}:99",
        ),
        (
            raised("OSError", "[Errno 28] No space: '/a'", &[VIEW]),
            "{[Errno =>}28{] No space: =>}{'/a'=>}",
        ),
    ];
    for (evidence, expected) in table {
        let spans = explain(&evidence).text.expect("a text counts");
        let shown: String = spans
            .iter()
            .map(|span| match span {
                Span::Kept(text) => text.clone(),
                Span::Replaced { text, by } => format!("{{{text}=>{by}}}"),
            })
            .collect();
        assert_eq!(shown, expected);
    }
    assert_eq!(explain(&raised("KeyError", "'a'", &[LOOKUP])).text, None);
}

#[test]
fn nothing_at_all_has_a_fingerprint() {
    let nothing = Evidence {
        traces: vec![TraceEvidence::default()],
        ..Evidence::default()
    };
    assert!(!explain(&nothing).parts.is_empty());
    assert!(!explain(&Evidence::default()).parts.is_empty());
}
