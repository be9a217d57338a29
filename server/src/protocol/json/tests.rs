use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(bytes: &[u8]) -> Result<Value, Malformed> {
    parse(bytes).map(|node| (&node).into())
}

fn value(text: &str) -> Value {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn plain_texts_are_borrowed() {
    let text = r#"{"a": "plain é", "b": "es\tcaped"}"#;
    let Ok(Node::Object(fields)) = parse(text.as_bytes()) else {
        panic!()
    };
    assert!(matches!(
        fields.get("a"),
        Some(Node::Text(Cow::Borrowed("plain é")))
    ));
    assert!(matches!(fields.get("b"), Some(Node::Text(Cow::Owned(text))) if text == "es\tcaped"));
}

#[test]
fn a_plain_run_ends_where_it_ends() {
    for length in 0..40 {
        for end in [0, 1, 0x1f, b'"', b'\\'] {
            let mut bytes = vec![b' '; length];
            bytes.extend([end, b'x', 0x7f, 0x80, 0xff, b'"']);
            assert_eq!(scalar::plain_length(&bytes), length, "{end}");
        }
        assert_eq!(scalar::plain_length(&vec![0xff; length]), length);
    }
}

#[test]
fn what_sdks_get_wrong_is_mended() {
    let cases = [
        ("\u{feff}{\"a\": 1}", json!({"a": 1})),
        (
            r#"["a\u0000b", "\ud83d", "\udc00x", "\ud83d\ud83d\udcb8"]"#,
            json!(["a\u{fffd}b", "\u{fffd}", "\u{fffd}x", "\u{fffd}💸"]),
        ),
        ("[\"a\u{0}b\nc\td\u{1}\"]", json!(["a\u{fffd}b\nc\td\u{1}"])),
        (r#"{"k\u0000": 1}"#, json!({"k\u{fffd}": 1})),
        (
            "[NaN, -Infinity, Infinity, -NaN, -1]",
            json!(["NaN", "-Infinity", "Infinity", "-NaN", -1]),
        ),
        (
            "[1208925819614629174706176, 18446744073709551615]",
            json!(["1208925819614629174706176", u64::MAX]),
        ),
        (
            "[-9223372036854775808, -9223372036854775809]",
            json!([i64::MIN, "-9223372036854775809"]),
        ),
        (
            "[1e400, -1e999, 0.1e-500, 1.0e+300, 5e-324, 0e999]",
            json!(["1e400", "-1e999", "0.1e-500", 1.0e300, 5e-324, 0.0]),
        ),
        (r#"{"a": 1, "a": 2}"#, json!({"a": 2})),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text}");
    }
    assert_eq!(
        read(b"\"a\xff\xed\xa0\xbd\"").unwrap(),
        json!("a\u{fffd}\u{fffd}\u{fffd}\u{fffd}")
    );
}

#[test]
fn what_is_not_json_is_refused_without_being_quoted() {
    assert_eq!(read(b" \n"), Err(NotJson::Empty.into()));
    let cases = [
        ("hunter2", "expected a value at byte 0"),
        ("{\"a\" 1}", "expected a colon after the key at byte 5"),
        ("{a: 1}", "expected a key in double quotes at byte 1"),
        (
            "[1 2]",
            "expected a comma or the end of the list or object at byte 3",
        ),
        ("[1,]", "expected a value at byte 3"),
        (
            "[1}",
            "expected a comma or the end of the list or object at byte 2",
        ),
        ("[\"a", "a text without its closing quote at byte 3"),
        ("[1", "it ends too early at byte 2"),
        ("[1] 2", "more after the end at byte 4"),
        ("[01]", "a number that begins with a zero at byte 3"),
        ("[1.]", "a number without digits after its point at byte 3"),
        ("[-]", "a number without digits at byte 2"),
        (r#"["\x"]"#, "an unknown escape at byte 2"),
        (
            r#"["\u12"]"#,
            "an escape without its four hexadecimal digits at byte 2",
        ),
        ("nul", "expected a value at byte 0"),
    ];
    for (text, reason) in cases {
        let error = read(text.as_bytes()).expect_err(text).to_string();
        assert_eq!(error, format!("the body is not JSON: {reason}"), "{text}");
    }
}

#[test]
fn nesting_is_cut_at_the_limit() {
    let text = format!(
        "[1, {}2{}, 3]",
        "[".repeat(MAX_DEPTH - 1),
        "]".repeat(MAX_DEPTH - 1)
    );
    assert_eq!(value(&text).to_string(), text.replace(' ', ""));

    let deeper = text.replace('2', r#"{"a": ["\u0000", NaN, {}]}, 4"#);
    assert_eq!(
        value(&deeper).to_string(),
        text.replace(' ', "")
            .replace('2', "\"[nested too deeply]\",4")
    );

    let abyss = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(read(abyss.as_bytes()).is_ok());
    assert!(read("[".repeat(50_000).as_bytes()).is_err());
}

#[test]
fn too_many_values_are_refused() {
    let list = |values: usize| format!("[{}1]", "1,".repeat(values - 2));
    assert!(read(list(MAX_VALUES).as_bytes()).is_ok());
    assert_eq!(
        read(list(MAX_VALUES + 1).as_bytes()),
        Err(Malformed::TooManyValues { max: MAX_VALUES })
    );
    let deep = format!(
        "{}{}",
        "[".repeat(2 * MAX_VALUES),
        "]".repeat(2 * MAX_VALUES)
    );
    assert!(read(deep.as_bytes()).is_ok(), "what is cut is not counted");
}

#[test]
fn the_parsers_own_keys_are_only_keys() {
    for key in [
        "$serde_json::private::RawValue",
        r"\u0024serde_json::private::RawValue",
    ] {
        let text = format!(r#"{{"{key}": "[1, \"\\u0000\"]"}}"#);
        assert_eq!(value(&text), json!({"$serde_json": "[1, \"\\u0000\"]"}));
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        "[^\0]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec(("[^\0]{0,6}", inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn sound_json_stays_what_it_is(value in any_value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        prop_assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        is_read_as_by_serde(&bytes)?;
    }

    #[test]
    fn what_looks_like_json_is_read_or_refused(text in r#"([\[\]{}:, "\\u0-9ade.+\-]|\\ud[89c]00|NaN|Infinity|null|"a":|\PC|\x00){0,40}"#) {
        is_read_as_by_serde(text.as_bytes())?;
    }

    #[test]
    fn any_number_is_read(text in "-?(0|[1-9][0-9]{0,400})([.][0-9]{1,400})?([eE][+-]?[0-9]{1,12})?") {
        let number = read(text.as_bytes()).unwrap();
        let again: Value = serde_json::from_str(&number.to_string()).unwrap();
        prop_assert_eq!(number.is_string(), again.is_string(), "{}", text);
    }
}

/// What `serde_json` takes, we take, as the same but for what we mend; and what we take can be stored.
fn is_read_as_by_serde(bytes: &[u8]) -> Result<(), TestCaseError> {
    let ours = read(bytes);
    if let Ok(theirs) = serde_json::from_slice::<Value>(bytes) {
        prop_assert!(ours.is_ok());
        if !theirs.to_string().contains("\\u0000") {
            prop_assert_eq!(ours.as_ref().unwrap(), &theirs);
        }
    }
    if let Ok(ours) = ours {
        prop_assert!(serde_json::from_str::<Value>(&ours.to_string()).is_ok());
    }
    Ok(())
}
