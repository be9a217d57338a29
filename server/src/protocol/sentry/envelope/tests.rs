use proptest::prelude::*;

use super::*;
use crate::{model::tally::Dropped, protocol::sentry::EVENT_MAX_BYTES};

const ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";

fn parts(text: &[u8]) -> Vec<Part<'_>> {
    match envelope(text, &Received::default()) {
        Ok(envelope) => envelope.parts,
        Err(malformed) => panic!("{}: {malformed}", String::from_utf8_lossy(text)),
    }
}

/// What a part is, in a word.
fn word(part: &Part) -> String {
    match part {
        Part::Occurrence(_) => "occurrence".to_owned(),
        Part::Attachment(file) => format!("{}: {:?}", file.name, file.bytes),
        Part::Feedback(said) => format!("{} says", said.name.as_deref().unwrap_or("?")),
        Part::Dropped(_) => "dropped".to_owned(),
        Part::Skipped(kind) => format!("skipped {}", kind.as_str()),
        Part::Malformed(kind, _) => format!("malformed {}", kind.as_str()),
    }
}

#[test]
fn items_are_split_with_and_without_their_length() {
    let event = r#"{"message":"x"}"#;
    let cases: [(String, &[&str]); 8] = [
        ("{}".to_owned(), &[]),
        ("{}\r\n\n\n".to_owned(), &[]),
        (
            format!("{{}}\n{{\"type\":\"event\"}}\n{event}"),
            &["occurrence"],
        ),
        (
            format!(
                "{{}}\r\n{{\"type\":\"event\"}}\r\n{event}\r\n{{\"type\":\"session\"}}\r\n{{}}"
            ),
            &["occurrence", "skipped session"],
        ),
        (
            format!(
                "{{}}\n{{\"type\":\"event\",\"length\":15}}\n{event}\n{{\"type\":\"x\",\"length\":3}}\na\nb"
            ),
            &["occurrence", "skipped unknown"],
        ),
        // An item without a payload at the end; a length that is no number.
        ("{}\n{\"type\":\"event\"}".to_owned(), &["malformed event"]),
        (
            format!("{{}}\n{{\"type\":\"event\",\"length\":null}}\n{event}\n"),
            &["occurrence"],
        ),
        // Where the next item begins is not known; what came before counts.
        (
            format!(
                "{{}}\n{{\"type\":\"event\"}}\n{event}\nnonsense\n{{\"type\":\"session\"}}\n{{}}"
            ),
            &["occurrence", "malformed unknown"],
        ),
    ];
    for (text, expected) in cases {
        let words: Vec<_> = parts(text.as_bytes()).iter().map(word).collect();
        assert_eq!(words, expected, "{text}");
    }
    for text in ["", "\n", "garbage", "[]", "7\n{}"] {
        assert!(header(text.as_bytes()).is_err(), "{text}");
        assert!(envelope(text.as_bytes(), &Received::default()).is_err());
    }
}

#[test]
fn an_attachment_belongs_to_the_envelopes_event() {
    let text = b"{}\n{\"type\":\"attachment\",\"length\":4,\"filename\":\"a/../b\"}\n\n\0\xff\n\n\
            {\"type\":\"event\"}\n{\"message\":\"x\"}\n\
            {\"type\":\"attachment\",\"length\":0,\"attachment_type\":\"event.minidump\"}\n";
    let parts = parts(text);
    let words: Vec<_> = parts.iter().map(word).collect();
    assert_eq!(
        words,
        ["occurrence", "a/../b: [10, 0, 255, 10]", "attachment: []"]
    );
    let [
        Part::Occurrence(occurrence),
        Part::Attachment(first),
        Part::Attachment(second),
    ] = parts.as_slice()
    else {
        panic!()
    };
    assert_eq!(first.occurrence, occurrence.uuid);
    assert_eq!(second.occurrence, occurrence.uuid);
    assert_eq!(second.purpose.as_deref(), Some("event.minidump"));
}

#[test]
fn attachments_have_limits_and_need_an_event() {
    let file = |length: usize| {
        let header = format!("{{\"type\":\"attachment\",\"length\":{length}}}\n");
        [header.as_bytes(), &vec![0; length], b"\n"].concat()
    };
    let lone = [&b"{}\n"[..], &file(1)].concat();
    assert_eq!(parts(&lone), [Part::Skipped(ItemKind::ATTACHMENT)]);

    let id = format!("{{\"event_id\":\"{ID}\"}}\n");
    let many = [id.as_bytes(), &file(1).repeat(ATTACHMENTS_MAX + 1)].concat();
    let skipped = parts(&many)
        .iter()
        .filter(|part| matches!(part, Part::Skipped(_)))
        .count();
    assert_eq!(skipped, 1);

    let large = [
        id.as_bytes(),
        &file(ATTACHMENT_MAX_BYTES + 1),
        &file(ATTACHMENT_MAX_BYTES),
    ]
    .concat();
    let parts = parts(&large);
    assert_eq!(parts[0], Part::Skipped(ItemKind::ATTACHMENT));
    assert!(matches!(&parts[1], Part::Attachment(_)));
}

#[test]
fn more_than_may_be_in_one_is_refused_and_the_rest_counts() {
    let sessions = "{\"type\":\"session\"}\n{}\n".repeat(ITEMS_MAX + 7);
    let parts_of = |items: String| parts(format!("{{}}\n{items}").leak().as_bytes());
    let all = parts_of(sessions);
    assert_eq!(all.len(), ITEMS_MAX + 1);
    assert!(matches!(
        all.last(),
        Some(Part::Malformed(_, Malformed::TooManyItems { .. }))
    ));

    let events = "{\"type\":\"event\"}\n{}\n".repeat(EVENTS_MAX + 1);
    let all = parts_of(format!("{events}{{\"type\":\"session\"}}\n{{}}\n"));
    let words: Vec<_> = all[EVENTS_MAX..].iter().map(word).collect();
    assert_eq!(words, ["malformed event", "skipped session"]);

    let large = format!("{{\"message\":\"{}\"}}", "x".repeat(EVENT_MAX_BYTES));
    let all = parts_of(format!("{{\"type\":\"event\"}}\n{large}\n"));
    assert!(matches!(
        all.as_slice(),
        [Part::Malformed(_, Malformed::TooLarge { .. })]
    ));
}

#[test]
fn feedback_is_read_in_its_three_forms() {
    let told = format!(
        r#"{{"contexts":{{"feedback":{{"name":"Ada","contact_email":"ada@example.test","message":"it broke","url":"https://x","associated_event_id":"{ID}"}}}}}}"#
    );
    let typed = told.replacen('{', r#"{"type":"feedback","#, 1);
    let report = format!(
        r#"{{"event_id":"{ID}","name":"Ada","email":"ada@example.test","comments":"it broke"}}"#
    );
    for (kind, payload) in [
        ("feedback", told),
        ("event", typed),
        ("user_report", report),
    ] {
        let text = format!("{{}}\n{{\"type\":\"{kind}\"}}\n{payload}");
        let parts = parts(text.as_bytes());
        let [Part::Feedback(said)] = parts.as_slice() else {
            panic!("{kind}: {parts:?}")
        };
        assert_eq!(said.name.as_deref(), Some("Ada"));
        assert_eq!(said.email.as_deref(), Some("ada@example.test"));
        assert_eq!(said.message, "it broke");
        assert_eq!(
            said.occurrence
                .map(|uuid| uuid.0.simple().to_string())
                .as_deref(),
            Some(ID)
        );
    }
}

#[test]
fn what_sdks_dropped_is_summed_up() {
    let text = br#"{}
{"type":"client_report"}
{"discarded_events":[{"reason":"before_send","category":"error","quantity":5},
{"reason":"before_send"}]}"#;
    // A line break in the payload ends it where no length is given.
    assert_eq!(parts(text).len(), 2);
    let text = br#"{}
{"type":"client_report"}
{"discarded_events":[{"reason":"before_send","category":"error","quantity":5},null,{"reason":"sample_rate","category":"../x","quantity":"2"},{"reason":"before_send","category":"error","quantity":4294967295},{"quantity":-1}]}"#;
    assert_eq!(
        parts(text),
        [Part::Dropped(vec![
            (Dropped::named("before_send", "error"), u32::MAX),
            (Dropped::named("sample_rate", "other"), 2),
        ])]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = envelope(&bytes, &Received::default());
    }

    #[test]
    fn what_looks_like_an_envelope_is_split_within_the_limits(
        items in proptest::collection::vec(
            (
                "event|attachment|client_report|user_report|feedback|session|x|",
                proptest::option::of(0_u32..40),
                r#"[{}"\[\]:,a-z0-9 \n]{0,30}"#,
            ),
            0..12,
        )
    ) {
        let mut text = format!("{{\"event_id\":\"{ID}\"}}\n");
        for (kind, length, payload) in &items {
            let length = length.map_or(String::new(), |length| format!(",\"length\":{length}"));
            text.extend([format!("{{\"type\":\"{kind}\"{length}}}\n{payload}\n")]);
        }
        let parts = parts(text.as_bytes());
        prop_assert!(parts.len() <= ITEMS_MAX + 1);
        let bytes: usize = parts.iter().map(|part| match part {
            Part::Attachment(file) => file.bytes.len(),
            _ => 0,
        }).sum();
        prop_assert!(bytes <= text.len());
    }
}
