//! Makes the seeds of all targets from what real SDKs sent: `corpus/<target>/`.

use std::{fs, path::Path};

use rollcage_fuzz::{
    model::occurrence::{Body, Frame, Occurrence},
    protocol::{Received, rollbar, sentry},
    recordings,
};

/// Bytes of a seed; longer ones slow the fuzzer down more than they teach it.
const MAX_BYTES: usize = 64 << 10;

fn main() {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures"));
    let received = Received::default();
    for recording in recordings::all(&fixtures.join("rollbar")) {
        for target in ["rollbar", "any", "json"] {
            seed(target, &recording.name, &recording.body);
        }
        if let Ok(item) = rollbar::parse(&recording.body, &received) {
            parts(&recording.name, &item.occurrence);
        }
    }
    for recording in recordings::all(&fixtures.join("sentry")) {
        let is_event = recording.json["request"]["path"]
            .as_str()
            .is_some_and(|path| path.contains("store"));
        seed("any", &recording.name, &recording.body);
        seed(
            if is_event { "sentry_event" } else { "envelope" },
            &recording.name,
            &recording.body,
        );
        for (number, line) in recording.body.split(|byte| *byte == b'\n').enumerate() {
            if let Ok(sentry::Part::Occurrence(occurrence)) = sentry::store(line, &received) {
                let name = format!("{}.{number}", recording.name);
                seed("sentry_event", &name, line);
                seed("json", &name, line);
                parts(&name, &occurrence);
            }
        }
    }
}

/// Seeds of what is done to parts of an occurrence.
fn parts(name: &str, occurrence: &Occurrence) {
    let (text, frames): (&str, &[Frame]) = match &occurrence.body {
        Body::Traces(traces) => traces
            .first()
            .map_or(("", &[]), |trace| (&trace.message, &trace.frames)),
        Body::Message(message) => (&message.text, &message.frames),
        Body::CrashReport(raw) => (raw, &[]),
    };
    seed("message", name, text.as_bytes());
    seed("scrub", name, format!("password\n{text}").as_bytes());
    let mut stack = occurrence
        .language
        .as_deref()
        .unwrap_or_default()
        .to_owned();
    for frame in frames {
        let parts = [
            &frame.filename,
            &frame.method,
            &frame.module,
            &frame.path,
            &frame.code,
        ];
        let parts = parts.map(|part| {
            part.as_deref()
                .unwrap_or_default()
                .replace(['\t', '\n'], " ")
        });
        stack.push('\n');
        stack.push_str(&parts.join("\t"));
    }
    seed("frames", name, stack.as_bytes());
}

fn seed(target: &str, name: &str, bytes: &[u8]) {
    if bytes.is_empty() || bytes.len() > MAX_BYTES {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder).expect("the corpus is ours to write");
    fs::write(folder.join(name.replace('/', "_")), bytes).expect("the corpus is ours to write");
}
