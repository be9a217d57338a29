//! Reading JSON: what `serde_json` takes is taken, as the same, and what is taken can be stored.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::protocol::json;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let text = json::text(bytes);
    let ours = json::parse(&text).map(json::Node::into_value);
    // What we mend, and the limits, are where the two differ.
    if let (Ok(ours), Ok(theirs)) = (&ours, serde_json::from_slice::<Value>(bytes)) {
        let written = theirs.to_string();
        if !written.contains("\\u0000") && !written.contains("$serde_json") {
            assert_eq!(ours, &theirs);
        }
    }
    if let Ok(ours) = ours {
        serde_json::from_str::<Value>(&ours.to_string()).expect("what was taken can be stored");
    }
});
