//! Reading JSON: what `serde_json` takes is taken, as the same, and what is taken can be stored.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::protocol::json;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let ours = json::parse(bytes).map(|node| Value::from(&node));
    // What we mend, and the limits, are where the two differ.
    if let (Ok(ours), Ok(theirs)) = (&ours, serde_json::from_slice::<Value>(bytes)) {
        let written = theirs.to_string();
        if !written.contains("\\u0000") && !written.contains("$serde_json") {
            assert!(is_same(ours, &theirs), "{ours:?}\n{theirs:?}");
        }
    }
    if let Ok(ours) = ours {
        serde_json::from_str::<Value>(&ours.to_string()).expect("what was taken can be stored");
    }
});

/// Whether they are the same, but for numbers that a double cannot hold: we keep their digits as a
/// text, `serde_json` rounds, the last digit wrongly.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::String(digits), Value::Number(rounded)) => {
            let (ours, theirs) = (digits.parse().ok(), rounded.as_f64());
            let is_near = |(ours, theirs): (f64, f64)| {
                ours == theirs || (ours - theirs).abs() <= theirs.abs() * 1e-12
            };
            rounded.is_f64() && ours.zip(theirs).is_some_and(is_near)
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, one)| theirs.get(key).is_some_and(|other| is_same(one, other)))
        }
        _ => ours == theirs,
    }
}
