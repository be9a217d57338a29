//! A recorded client: a small program around a published SDK, and what it is known to send.
//!
//! `run.sh` starts it; `expect.json` lists what it reports. Texts beyond [`CUT`] characters are cut
//! there.

use std::{collections::BTreeMap, fs};

use rollcage_server::model::text::Title;
use rollcage_tests::{App, Project};
use serde_json::{Value, json};

use crate::{
    program::{self, Ended, Program},
    relay::Relay,
    toolchain::{self, Packages},
};

/// Characters of a text that `expect.json` has at most.
const CUT: usize = 300;

/// Frames of a trace that are kept.
const FRAMES_MAX: u64 = 300;

/// Clients of Python that need old packages.
const OLD: [&str; 3] = ["raven-python", "rollbar-python-old", "sentry-python-old"];

/// A client, by the name of its folder.
pub struct Client(pub &'static str);

/// What a project shows after a run.
pub struct Shown {
    /// Each occurrence with its item, as the API gives them.
    pub occurrences: Vec<(Value, Value)>,
}

impl Client {
    /// Runs it to its end. The program takes all that it sends.
    pub async fn run(&self, app: &App, project: &Project<'_>) -> Ended {
        let mut program = Program::copy_of(self.0);
        let is_browser = program.has("drive.js");
        if is_browser || program.has("main.js") {
            program = program.with_node_modules_of(self.0).await;
        }
        let token = if is_browser {
            &project.tokens.client
        } else {
            &project.tokens.server
        };
        let relay = Relay::to(app).await;
        let address = relay.url().replace("http://", "");
        let mut command = program.command("./run.sh");
        command
            .env("ENDPOINT", relay.url())
            .env("TOKEN", token)
            .env("DSN", format!("http://{token}@{address}/{}", project.id))
            .env("PAGE_PORT", "0")
            .env("CARGO_TARGET_DIR", toolchain::target().join(self.0))
            .envs(toolchain::GO);
        if program.has("main.py") {
            let packages = if OLD.contains(&self.0) {
                Packages::Old
            } else {
                Packages::Current
            };
            command.env("PYTHON", toolchain::python(packages).await);
        }
        if self.0.ends_with("-express") {
            // Sends transactions as well; they are not for us, and are taken all the same.
            command.env("TRACES", "1");
        }
        let ended = program::run(command).await;
        let mut statuses = relay.statuses();
        statuses.retain(|status| ![200, 204].contains(status));
        assert!(statuses.is_empty(), "{}: {statuses:?}", self.0);
        ended
    }

    /// What it reports in one run, as we show it.
    pub fn expected(&self) -> Vec<Value> {
        let path = toolchain::home().join(self.0).join("expect.json");
        let expected = fs::read(path).expect("a client has its expectations");
        let expected: Value = serde_json::from_slice(&expected).expect("expectations are JSON");
        let events = expected["events"].as_array().expect("a list");
        events.iter().cloned().map(as_we_show_it).collect()
    }

    /// Runs it, and compares what the project shows with what it is known to report.
    pub async fn reports_what_it_is_known_to(&self, app: &App, project: &Project<'_>) -> Shown {
        let ended = self.run(app, project).await;
        // The scripts end with an error that nobody catches.
        let is_well = ended.success || self.0.ends_with("-script");
        assert!(is_well, "{}: {}", self.0, ended.said);
        app.digested().await;
        let shown = Shown::of(project).await;
        let expected = self.expected();
        let mut wanted: Vec<String> = expected.iter().map(line).collect();
        let mut found: Vec<String> = shown
            .occurrences
            .iter()
            .map(|(_, occurrence)| essence(occurrence))
            .collect();
        wanted.sort();
        found.sort();
        let differences = differences(&wanted, &found);
        assert!(
            differences.is_empty(),
            "{}\nof {}, which said:\n{}",
            differences.join("\n"),
            self.0,
            ended.said
        );
        shown.items_are_titled(&expected);
        shown
    }
}

impl Shown {
    /// All that the API shows of a project.
    pub async fn of(project: &Project<'_>) -> Self {
        let mut occurrences = Vec::new();
        let items = all(project, "/api/1/items", "items").await;
        for item in items {
            let path = format!("/api/1/item/{}/instances", item["id"]);
            let of_item = all(project, &path, "instances").await;
            assert_eq!(item["total_occurrences"], of_item.len(), "{item}");
            occurrences.extend(of_item.into_iter().map(|one| (item.clone(), one)));
        }
        Self { occurrences }
    }

    /// The only occurrence of a case, with its item.
    pub fn only(&self, case: &str) -> &(Value, Value) {
        let mut found = self
            .occurrences
            .iter()
            .filter(|(_, one)| *case_of(&one["data"]) == case);
        match (found.next(), found.next()) {
            (Some(only), None) => only,
            _ => panic!("not one occurrence of {case}"),
        }
    }

    /// An item has the title, the level and the environment of one of its occurrences: the first one,
    /// which of several that were sent at once is any of them.
    fn items_are_titled(&self, expected: &[Value]) {
        let mut items: BTreeMap<i64, Vec<&(Value, Value)>> = BTreeMap::new();
        for found in &self.occurrences {
            let id = found.0["id"].as_i64().expect("an id is a number");
            items.entry(id).or_default().push(found);
        }
        for occurrences in items.values() {
            let is_like = |(item, occurrence): &(Value, Value)| {
                let essence = essence(occurrence);
                let is_its_title = expected
                    .iter()
                    .any(|event| line(event) == essence && event["title"] == item["title"]);
                is_its_title
                    && item["level"] == occurrence["data"]["level"]
                    && item["environment"] == occurrence["data"]["environment"]
            };
            assert!(
                occurrences.iter().any(|found| is_like(found)),
                "{:?} is like none of its occurrences",
                occurrences[0].0
            );
        }
    }
}

/// An event of a recording, with what we mend on purpose.
fn as_we_show_it(mut event: Value) -> Value {
    // Nothing was said: then it is production, as Rollbar has it.
    if event["environment"].is_null() {
        event["environment"] = "production".into();
    }
    // Of a deep recursion the ends are enough.
    if event["frame_count"].as_u64() > Some(FRAMES_MAX) {
        event["frame_count"] = FRAMES_MAX.into();
    }
    // What the crate `rollbar` has for a message of any modern error; we show its description.
    if event["message"] == "description() is deprecated; use Display" {
        event["message"] = "PaymentError(\"acme\")".into();
    }
    // rollbar.js says that there is no message, or class, instead of saying nothing.
    if event["message"] == "<no message>" {
        event["message"] = "".into();
    }
    // Sentry says `release`, and levels in other words.
    if let Some(release) = event.get("release").cloned() {
        event["code_version"] = release;
    }
    for (sentry, rollbar) in [("fatal", "critical"), ("log", "info")] {
        if event["level"] == sentry {
            event["level"] = rollbar.into();
        }
    }
    // A message with a stack is an exception without a class for some.
    if event["kind"] == "message" {
        event["chain_length"] = 0.into();
    }
    let title = event["title"].as_str().expect("an event has a title");
    let title = title.trim_start_matches("(unknown): ");
    let title = title.trim_end_matches(": <no message>");
    event["title"] = Title::new(title).as_str().into();
    event
}

/// All of a list that the API gives in pages.
async fn all(project: &Project<'_>, path: &str, list: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for page in 1.. {
        let result = project.get(&format!("{path}?page={page}")).await.result();
        let more = result[list].as_array().expect("a list").clone();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    found
}

/// Which of its cases a client reported: Rollbar's SDKs say it in the custom data, or beside a
/// message, Sentry's in a tag.
fn case_of(data: &Value) -> &Value {
    let places = [
        &data["tags"],
        &data["custom"],
        &data["body"]["message"]["extra"],
    ];
    let cases = places.into_iter().map(|place| &place["case"]);
    cases
        .into_iter()
        .find(|case| !case.is_null())
        .unwrap_or(&Value::Null)
}

/// What the recording and the API both tell of an occurrence, as one line.
fn essence(occurrence: &Value) -> String {
    let data = &occurrence["data"];
    let body = &data["body"];
    let chain: Vec<&Value> = match (&body["trace"], body["trace_chain"].as_array()) {
        (_, Some(chain)) => chain.iter().collect(),
        (Value::Null, None) => Vec::new(),
        (trace, None) => vec![trace],
    };
    let (kind, class, message) = match chain.first() {
        Some(trace) => (
            "error",
            &trace["exception"]["class"],
            &trace["exception"]["message"],
        ),
        None => ("message", &Value::Null, &body["message"]["body"]),
    };
    let frames = chain.first().unwrap_or(&&body["message"])["frames"].as_array();
    let version = match &data["code_version"] {
        Value::Null => &data["client"]["javascript"]["code_version"],
        version => version,
    };
    line(&json!({
        "case": case_of(data),
        "kind": kind,
        "exception_class": class,
        "message": message,
        "level": data["level"],
        "environment": data["environment"],
        "code_version": version,
        "person_id": data["person"]["id"],
        "frame_count": frames.map_or(0, Vec::len),
        "chain_length": chain.len(),
    }))
}

/// The fields that both have, each cut where the recording cuts.
fn line(fields: &Value) -> String {
    let names = [
        "case",
        "kind",
        "exception_class",
        "message",
        "level",
        "environment",
        "code_version",
        "person_id",
        "frame_count",
        "chain_length",
    ];
    let shown = names.map(|name| match &fields[name] {
        Value::String(text) => format!("{name}={:?}", text.chars().take(CUT).collect::<String>()),
        value => format!("{name}={value}"),
    });
    shown.join(" ")
}

/// What one of two sorted lists has and the other has not.
fn differences(wanted: &[String], found: &[String]) -> Vec<String> {
    let missing = without(wanted, found)
        .into_iter()
        .map(|line| format!("missing: {line}"));
    let besides = without(found, wanted)
        .into_iter()
        .map(|line| format!("besides: {line}"));
    missing.chain(besides).collect()
}

/// What is left of a list when each line of another is taken out once.
fn without<'a>(lines: &'a [String], others: &[String]) -> Vec<&'a str> {
    let mut others: Vec<&String> = others.iter().collect();
    let mut left = Vec::new();
    for line in lines {
        match others.iter().position(|other| *other == line) {
            Some(at) => drop(others.swap_remove(at)),
            None => left.push(line.as_str()),
        }
    }
    left
}
