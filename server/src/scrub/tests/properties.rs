//! Scrubbing twice is scrubbing once, whatever is sent.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Texts of parts that matter to the scrubber, in any order.
fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("password"),
        Just("token"),
        Just("--secret"),
        Just("Authorization"),
        Just("Cookie"),
        Just("card[cvc]"),
        Just("iban"),
        Just("="),
        Just(": "),
        Just(":"),
        Just("=>"),
        Just("%3D"),
        Just("%22"),
        Just("%26"),
        Just("\""),
        Just("'"),
        Just("\\"),
        Just("\\\""),
        Just(" "),
        Just("\n"),
        Just(","),
        Just(";"),
        Just("&"),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just("("),
        Just(")"),
        Just("<"),
        Just(">"),
        Just("4111111111111111"),
        Just("4111 1111 1111 1111"),
        Just("hunter2"),
        Just("x"),
        Just("é"),
        Just("12"),
        Just("-"),
        Just("."),
        Just("_"),
        Just("Bearer "),
        Just("abc123def"),
        Just("Basic dXNlcjpodW50ZXIy"),
        Just("eyJhbGciOi.eyJzdWIi.c2ln"),
        Just("https://"),
        Just("u:p@h"),
        Just("-----BEGIN PRIVATE KEY-----"),
        Just("-----END PRIVATE KEY-----"),
        Just("AKIAIOSFODNN7EXAMPLE"),
        Just("sk_live_12345678"),
        Just(SCRUBBED),
        Just("[scr"),
        Just("null"),
        Just("%"),
        Just("25"),
    ];
    proptest::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn scrubbing_a_text_twice_is_scrubbing_it_once(text in any_text(), code in any::<bool>(), max_bytes in 20..400_usize) {
        let keys = ScrubKeys::new(&["iban".to_owned()]);
        let kind = if code { Kind::Code } else { Kind::Prose };
        let mut once = Text::Borrowed(text.as_str());
        text::scrub(&mut once, &keys, kind, max_bytes);
        let mut twice = once.clone();
        text::scrub(&mut twice, &keys, kind, max_bytes);
        prop_assert_eq!(twice, once, "{:?}", text);
    }

    #[test]
    fn scrubbing_any_text_twice_is_scrubbing_it_once(text in "\\PC{0,60}") {
        let once = scrubbed_text(&text, Kind::Prose);
        prop_assert_eq!(scrubbed_text(&once, Kind::Prose), once);
    }
}

proptest! {
    // Each has the text in fifty places.
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn scrubbing_an_occurrence_twice_is_scrubbing_it_once(text in any_text(), key in any_text()) {
        let mut once = everywhere(&text);
        once.custom.insert(key, json!([text, { "name": text, "value": text }]));
        scrub(&mut once, &ScrubKeys::default());
        let mut twice = once.clone();
        scrub(&mut twice, &ScrubKeys::default());
        prop_assert_eq!(twice, once);
    }
}
