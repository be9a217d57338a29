//! What holds for any evidence. The seed is fixed: a test that fails by chance helps nobody.

use proptest::{prelude::*, test_runner::RngSeed};
use uuid::Uuid;

use super::*;
use crate::model::{
    id::OccurrenceUuid,
    occurrence::{Body, Frame, Occurrence, Trace},
};

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9 .,:/@'\"<>()\\[\\]{}%$#*_=«»-]{0,60}",
        "(GET|at|code|errno|port|[0-9]{1,6}|0x[0-9a-f]{2,8}|10\\.0\\.0\\.1:[0-9]{2,5}|'[a-z_ ]{0,8}'|a@b\\.c|/x/y| |:|, |<n>|\\*){0,12}",
    ]
}

/// Words, data and punctuation as they stand in messages.
fn any_sentence() -> impl Strategy<Value = String> {
    "((job|code|errno|port|column|status|can't|[a-z]{1,8}|-?[0-9]{1,6}|0x[0-9a-f]{2,8}|[0-9a-f]{12}|[a-z]{3}[0-9]{2}|[0-9]{2}ms|10\\.0\\.0\\.1(:[0-9]{2,5})?|localhost:[0-9]{4}|'[a-z_ ]{0,8}'|\"[A-Za-z_]{1,9}\"|a@b\\.example|https://a\\.example/[0-9]{2}|/x/y[0-9]|2026-11-14( 17:06:21)?|ECONNRESET|\\[[0-9]{1,3}\\])(, |: | |; |\\. |=)){0,12}"
}

/// What a pattern might run after without end: one piece, repeated to a length beyond all limits.
fn any_hostile() -> impl Strategy<Value = String> {
    let pieces =
        "(\\(|\\[|<|'|\"|[a-z]\\.|\\*|x=|await |://|::|\\{|a/|\\$|1 |eval at |raise |%s|\n|\\[as )";
    (pieces, 500_usize..2_000).prop_map(|(piece, times)| piece.repeat(times))
}

prop_compose! {
    fn any_frame()(filename in proptest::option::of(any_text()), method in proptest::option::of(any_text()),
        code in proptest::option::of(any_text()), in_app in any::<Option<bool>>()) -> FrameEvidence {
        FrameEvidence { filename, method, code, in_app, ..FrameEvidence::default() }
    }
}

prop_compose! {
    fn any_trace()(class in proptest::option::of(any_text()), message in any_text(),
        frames in proptest::collection::vec(any_frame(), 0..6)) -> TraceEvidence {
        TraceEvidence { class, message, frames, ..TraceEvidence::default() }
    }
}

prop_compose! {
    fn any_evidence()(traces in proptest::collection::vec(any_trace(), 0..4), message in proptest::option::of(any_text()),
        template in proptest::option::of(any_text()), explicit in proptest::collection::vec(any_text(), 0..3),
        platform in proptest::option::of("(python|javascript|java|ruby|go|rust|php|native)")) -> Evidence {
        Evidence { explicit, platform, traces, message, template, ..Evidence::default() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_evidence_has_one_fingerprint(evidence in any_evidence()) {
        let again: Evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
        prop_assert_eq!(fingerprint(&evidence), fingerprint(&again));
        // What looks at all frames decides the same as what stops early.
        prop_assert_eq!(fingerprint(&evidence), explain(&evidence).fingerprint());
        title::title(&evidence);
        title::culprit(&evidence);
    }

    #[test]
    fn the_spans_of_an_explanation_are_the_line_that_was_read(text in any_sentence()) {
        let spans = explain(&said(&text)).text.unwrap_or_default();
        let shown: String = spans
            .into_iter()
            .map(|span| match span {
                Span::Kept(text) | Span::Replaced { text, .. } => text,
            })
            .collect();
        prop_assert_eq!(shown, message::line(&text, Rules::of(VERSION)));
    }

    #[test]
    fn normalizing_twice_is_normalizing_once(text in any_sentence()) {
        for version in 1..=VERSION {
            let rules = Rules::of(version);
            let once = message::normal(&text, rules).text;
            prop_assert_eq!(&message::normal(&once, rules).text, &once, "{}", text);
        }
    }

    #[test]
    fn normalizing_never_grows_out_of_bounds(text in any_text()) {
        let normal = message::normal(message::line(&text, Rules::of(VERSION)), Rules::of(VERSION));
        prop_assert!(normal.text.len() <= 8 * text.len());
    }

    #[test]
    fn numbers_of_lines_and_builds_do_not_matter(left in 10_000_u32.., right in 10_000_u32..) {
        let at = |number: u32| raised("KeyError", &format!("item {number}"), &[VIEW, (&format!("/srv/releases/{number}/cart.py"), &format!("generated_{number}"), "")]);
        prop_assert_eq!(fingerprint(&at(left)), fingerprint(&at(right)));
    }
}

proptest! {
    // Each case is larger than anything that is let in.
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn hostile_texts_come_to_an_end_within_bounds(text in any_hostile(), platform in "(python|javascript|rust|go|java|csharp)") {
        let frame = Frame {
            filename: Some(text.as_str().into()),
            method: Some(text.as_str().into()),
            code: Some(text.as_str().into()),
            ..Frame::default()
        };
        let reported = Trace {
            class: Some(text.as_str().into()),
            message: text.as_str().into(),
            frames: vec![frame; 70],
            ..Trace::default()
        };
        let body = Body::Traces(vec![reported; 3]);
        let occurrence = Occurrence {
            language: Some(platform.into()),
            ..Occurrence::new(OccurrenceUuid(Uuid::nil()), body)
        };
        let explanation = explain(&Evidence::from(&occurrence));
        let bytes: usize = explanation.parts.iter().map(|part| part.value.len()).sum();
        prop_assert!(bytes < 16_384, "{}", bytes);
        let spans = explain(&said(&text)).text.unwrap_or_default();
        prop_assert!(spans.len() <= 2_048);
    }
}
