//! Texts that run in whatever context a page puts them, in every field of both protocols and in
//! attachments: in Chromium, with the policy on, nothing of it runs or becomes part of a page.

use rollcage_tests::{
    App, Browser, Envelope, MailServer, Project,
    browser::{Scheme, Window},
    everything, fixture,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Each breaks out of another context: an attribute, a tag, a comment, a text of a script, a URL, a
/// template, a style, an entity.
const POLYGLOTS: [&str; 10] = [
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=broken() )//%0D%0A//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=broken()//>\\x3e",
    "\"><svg/onload=broken()><x a=\"",
    "' autofocus onfocus=broken() x='",
    "</script></style></title></textarea></noscript><script>broken()</script>",
    "<img src=x onerror=broken()><iframe srcdoc=\"<script>parent.broken()</script>\"></iframe>",
    "--><details open ontoggle=broken()><!--",
    "{{constructor.constructor('broken()')()}}${broken()}<%= broken() %>#{broken()}",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQuYnJva2VuKCk8L3NjcmlwdD4=",
    "&lt;script&gt;broken()&lt;/script&gt;&#60;script&#62;broken()&#60;/script&#62;\u{2028}broken()//",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=broken()&gt;\">",
];

/// SDKs of which the longest recording is sent.
const RECORDED: [(&str, &str); 9] = [
    ("rollbar", "pyrollbar-flask-1.5.0"),
    ("rollbar", "rollbar-php-4.2.0"),
    ("rollbar", "rollbar.js-browser-3.1.0"),
    ("rollbar", "rollbar-gem-3.7.0"),
    ("rollbar", "rollbar-go-1.4.5"),
    ("sentry", "sentry-browser-11.12.0"),
    ("sentry", "sentry-vue-11.11.0"),
    ("sentry", "sentry-node-11.12.0"),
    ("sentry", "sentry-ruby-5.3.0"),
];

/// Opens all that is folded, and tells what of the page was not made by us.
const STRANGE: &str = r#"
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
    const strange = [...document.querySelectorAll("*")].filter((element) =>
        ["IMG", "STYLE", "IFRAME", "OBJECT", "EMBED", "MATH", "BASE", "X"].includes(element.nodeName)
        || (element.nodeName === "SCRIPT" && !element.src.startsWith(location.origin + "/assets/"))
        || element.getAttributeNames().some((name) => name.startsWith("on") || name === "srcdoc")
        || ["href", "src", "action", "formaction", "xlink:href"].some((name) => {
            const url = element.getAttribute(name);
            return url && !/^(https?:|mailto:|[/#?])/i.test(url.trim());
        }));
    const found = strange.map((element) => element.outerHTML.slice(0, 200));
    return window.isBroken ? ["something ran", ...found] : found;
"#;

/// The same of a mail, which is no page of ours.
const STRANGE_IN_MAIL: &str = r#"
    const mail = new DOMParser().parseFromString(arguments[0], "text/html");
    return [...mail.querySelectorAll("*")].filter((element) =>
        ["SCRIPT", "IMG", "IFRAME", "OBJECT", "MATH", "SVG", "FORM", "X"].includes(element.nodeName)
        || element.getAttributeNames().some((name) => name.startsWith("on"))
        || (element.href && !/^(https?|mailto):/i.test(element.href)))
        .map((element) => element.outerHTML.slice(0, 200));
"#;

/// Texts in the place of all texts, in turn.
struct Poison {
    next: usize,
}

impl Poison {
    fn text(&mut self) -> String {
        self.next += 1;
        POLYGLOTS[self.next % POLYGLOTS.len()].to_owned()
    }

    /// Replaces every text of a payload, and gives every object one more entry with such a key. Texts
    /// that say what the payload is stay, for it would not be one else.
    fn poison(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(),
            Value::Array(list) => list.iter_mut().for_each(|value| self.poison(value)),
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    let is_what_it_is =
                        matches!(key.as_str(), "type" | "timestamp" | "event_id" | "uuid")
                            && value.is_string();
                    if !is_what_it_is {
                        self.poison(value);
                    }
                }
                map.insert(self.text(), self.text().into());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_sent_runs_wherever_it_stands() {
    let mails = MailServer::start();
    let app = App::builder().mail(&mails).start().await;
    let project = app.project("Shop").await;
    let admin = app.admin().await;
    let mut poison = Poison { next: 0 };
    let full = send_full(&project, &mut poison).await;
    send_recorded(&project, &mut poison).await;
    app.digested().await;

    let browser = Browser::open(&app).await;
    browser.sign_in(&admin).await;
    browser.window(Window::Wide, Scheme::Light).await;
    let mut paths = [
        "/",
        "/p/shop/items",
        "/p/shop/items?status=all",
        "/p/shop/feedback",
        "/p/shop/usage",
        "/p/shop/settings/filters",
        "/admin/system",
    ]
    .map(str::to_owned)
    .to_vec();
    for item in project.items().await {
        let counter = &item["counter"];
        let occurrence = &item["last_occurrence_id"];
        paths.push(format!("/p/shop/items/{counter}"));
        paths.push(format!("/p/shop/items/{counter}/occurrences"));
        paths.push(format!("/p/shop/items/{counter}/occurrences/{occurrence}"));
    }
    assert!(paths.len() > 20, "{paths:?}");
    let mut faults = Vec::new();
    for path in &paths {
        browser.goto(path).await;
        faults.extend(look(&browser, path).await);
    }
    assert!(faults.is_empty(), "{faults:#?}");
    for (name, payload) in &full {
        browser.goto("/p/shop/settings/filters/test").await;
        let paste = "document.querySelector('#payload').value = arguments[0]";
        browser.run(paste, vec![payload.clone().into()]).await;
        browser.press("Test it").await;
        browser.sees("#result").await;
        faults.extend(look(&browser, name).await);
    }
    faults.extend(look_at_files(&app, &browser).await);
    for mail in mails.arrived(1).await {
        let found = browser
            .run(STRANGE_IN_MAIL, vec![mail.html.clone().into()])
            .await;
        if found != json!([]) {
            faults.push(format!("mail {:.60}: {found}", mail.subject));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    browser.close().await;
}

/// What of a page was not made by us, ran, opened a dialog, or made the browser complain.
async fn look(browser: &Browser, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if browser.has_dialog().await {
        faults.push(format!("{path} opens a dialog"));
    }
    let strange = browser.run(STRANGE, Vec::new()).await;
    if strange != json!([]) {
        faults.push(format!("{path}: {strange}"));
    }
    let complaints = browser.complaints().await;
    faults.extend(complaints.iter().map(|one| format!("{path}: {one}")));
    faults
}

/// A file's address is no page, whatever lies in it.
async fn look_at_files(app: &App, browser: &Browser) -> Vec<String> {
    let files: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT occurrence_uuid, id FROM attachments ORDER BY id")
            .fetch_all(app.database.db())
            .await
            .expect("Postgres answers");
    assert!(!files.is_empty(), "files were stored");
    let mut faults = Vec::new();
    for (uuid, id) in files {
        let path = format!("/p/shop/occurrences/{uuid}/attachments/{id}");
        browser.goto("/p/shop/feedback").await;
        // A frame that is given it, as an attacker's page would try.
        let framed = "const frame = document.createElement('iframe');
            frame.src = arguments[0];
            document.body.append(frame);";
        browser.run(framed, vec![path.clone().into()]).await;
        browser
            .run_async("setTimeout(arguments[0], 50)", Vec::new())
            .await;
        let ran = browser.run("return !!window.isBroken", Vec::new()).await;
        if ran != false {
            faults.push(format!("{path} runs"));
        }
        browser.complaints().await;
    }
    faults
}

/// One of each protocol with everything in it, a file and feedback: what was sent, by name.
async fn send_full(project: &Project<'_>, poison: &mut Poison) -> Vec<(String, String)> {
    let mut item = everything::item();
    poison.poison(&mut item["data"]);
    let sent = item.to_string();
    let answer = project.post(sent.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());

    let mut event = everything::event();
    poison.poison(&mut event);
    let mut report = json!({ "name": "n", "email": "e", "comments": "c" });
    poison.poison(&mut report);
    let mut envelope = Envelope::of(Uuid::now_v7()).event(&event).item(
        &json!({ "type": "user_report" }),
        report.to_string().as_bytes(),
    );
    for text in POLYGLOTS {
        let header = json!({
            "type": "attachment", "filename": format!("{text}.svg"), "length": SVG.len(),
            "content_type": "image/svg+xml", "attachment_type": text,
        });
        envelope = envelope.item(&header, SVG.as_bytes());
    }
    let answer = project.post_envelope(&envelope).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    vec![
        ("the item in the test box".to_owned(), sent),
        ("the event in the test box".to_owned(), event.to_string()),
    ]
}

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' onload='parent.isBroken = true'>\
                   <script>parent.isBroken = true</script></svg>";

/// Recordings of real SDKs, poisoned.
async fn send_recorded(project: &Project<'_>, poison: &mut Poison) {
    for (protocol, name) in RECORDED {
        let recorded = fixture::all(protocol)
            .into_iter()
            .filter(|fixture| fixture.name.starts_with(name) && fixture.outcome() == "event")
            .filter_map(|fixture| event_of(&fixture.body).map(|event| (fixture.name, event)))
            .max_by_key(|(_, event)| event.to_string().len());
        let (name, mut payload) = recorded.unwrap_or_else(|| panic!("{name} has recordings"));
        let answer = if protocol == "rollbar" {
            poison.poison(&mut payload["data"]);
            project.post(payload.to_string()).await
        } else {
            poison.poison(&mut payload);
            let envelope = Envelope::of(Uuid::now_v7()).event(&payload);
            project.post_envelope(&envelope).await
        };
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
}

/// The largest object of a body that is not packed: an item, or an envelope's event.
fn event_of(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    text.lines()
        .filter_map(|line| serde_json::from_str::<Map<String, Value>>(line).ok())
        .max_by_key(Map::len)
        .map(Value::Object)
}
