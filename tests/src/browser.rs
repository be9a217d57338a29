//! What a person does with a browser, and what they see in it.
//!
//! All that looks waits until there is what it looks for; all that acts waits for its target.

use std::{fs, path::Path, time::Duration};

use fantoccini::{
    Client, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    error::{CmdError, ErrorStatus},
    key::Key,
    wd::WebDriverCompatibleCommand,
};
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::{
    App, Person, chromedriver,
    place::{self, Folder},
    wait::{PATIENCE, until},
};

/// Between two looks of the browser's own waits.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A browser of its own: no cookies, nothing cached.
pub struct Browser {
    client: Client,
    url: String,
    _profile: Folder,
}

/// The window that a page is looked at in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// 1280 × 800, with a mouse.
    Wide,
    /// 360 × 740, a small telephone.
    Narrow,
}

/// Which colours the person asked their system for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Window {
    /// In pixels.
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Wide => (1280, 800),
            Self::Narrow => (360, 740),
        }
    }
}

impl Scheme {
    /// As CSS says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Opens one whose address bar begins at that app.
    pub async fn open(app: &App) -> Self {
        Self::at(app.url()).await
    }

    /// Opens one whose address bar begins there: an address without a final slash.
    pub async fn at(url: String) -> Self {
        let profile = place::folder("profile");
        let browser = Self {
            client: chromedriver::open(profile.path()).await,
            url,
            _profile: profile,
        };
        browser.window(Window::Wide, Scheme::Light).await;
        browser
    }

    /// Closes it.
    pub async fn close(self) {
        self.client.close().await.expect("a browser can be closed");
    }

    /// Does not run scripts any more, as if the person had forbidden them.
    pub async fn forbid_scripts(&self) {
        let off = json!({ "value": true });
        self.devtools("Emulation.setScriptExecutionDisabled", &off)
            .await;
    }

    /// Resizes the window, and asks for these colours.
    pub async fn window(&self, window: Window, scheme: Scheme) {
        let (width, height) = window.size();
        let metrics = json!({
            "width": width,
            "height": height,
            "deviceScaleFactor": 1,
            "mobile": window == Window::Narrow,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics)
            .await;
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme.name() },
            // What moves is never the same twice.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", &media).await;
    }

    /// Has the session of somebody who is signed in.
    pub async fn sign_in(&self, person: &Person<'_>) {
        let (name, value) = person
            .cookie()
            .split_once('=')
            .expect("a cookie has a value");
        let cookie = json!({ "name": name, "value": value, "url": self.url, "httpOnly": true });
        self.devtools("Network.setCookie", &cookie).await;
    }

    /// Types a path into the address bar.
    pub async fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.url);
        self.client
            .goto(&url)
            .await
            .unwrap_or_else(|error| panic!("{url} opens: {error}"));
    }

    /// The path in the address bar, with its query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("a page is open");
        url.as_str().replacen(&self.url, "", 1)
    }

    /// Waits until the address bar says so.
    pub async fn is_at(&self, path: &str) {
        until(&format!("the page {path}"), async || {
            (self.path().await == path).then_some(())
        })
        .await;
    }

    /// Waits for an element.
    pub async fn sees(&self, css: &str) -> Element {
        self.wait_for(Locator::Css(css)).await
    }

    /// Waits until an element that `css` names contains a text, and is shown.
    pub async fn reads(&self, css: &str, text: &str) {
        until(&format!("{css} with {text:?}"), async || {
            let texts = self.texts(css).await;
            texts.iter().any(|found| found.contains(text)).then_some(())
        })
        .await;
    }

    /// The texts of all elements that `css` names, as far as they are shown.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        let elements = self.client.find_all(Locator::Css(css)).await;
        for element in elements.expect("a page is open") {
            // One that a navigation took away is not seen.
            texts.extend(element.text().await.ok().filter(|text| !text.is_empty()));
        }
        texts
    }

    /// How many elements `css` names, shown or not.
    pub async fn count(&self, css: &str) -> usize {
        let elements = self.client.find_all(Locator::Css(css)).await;
        elements.expect("a page is open").len()
    }

    /// Clicks the button, link or fold of that text.
    pub async fn press(&self, text: &str) {
        let text = literal(text);
        let pressable = "self::button or self::a or self::summary or self::label";
        let xpath = format!("//*[{pressable}][normalize-space()={text}]");
        self.click(Locator::XPath(&xpath)).await;
    }

    /// Clicks the element that `css` names.
    pub async fn click_on(&self, css: &str) {
        self.click(Locator::Css(css)).await;
    }

    /// Types into the field that is labelled so, in the place of what was there.
    pub async fn fill(&self, label: &str, text: &str) {
        let label = literal(label);
        let xpath = format!("//*[@id=//label[normalize-space()={label}]/@for]");
        let locator = Locator::XPath(&xpath);
        until(&format!("{locator:?} is still there"), async || {
            let field = self.wait_for(locator).await;
            unless_stale(&locator, field.clear().await)?;
            unless_stale(&locator, field.send_keys(text).await)
        })
        .await;
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub async fn types(&self, keys: &str) {
        let actions = keys
            .chars()
            .fold(KeyActions::new("keyboard".into()), |actions, value| {
                actions
                    .then(KeyAction::Down { value })
                    .then(KeyAction::Up { value })
            });
        self.client
            .perform_actions(actions)
            .await
            .expect("a page is open");
    }

    /// Presses a key that has no character.
    pub async fn hits(&self, key: Key) {
        self.types(&char::from(key).to_string()).await;
    }

    /// The text of what has the focus.
    pub async fn focused(&self) -> String {
        let script = "return document.activeElement.textContent.trim()";
        let text = self.run(script, Vec::new()).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script as if it were the page's; the policy for scripts does not hold for it.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(script, arguments)
            .await
            .unwrap_or_else(|error| panic!("{script:.100}: {error}"))
    }

    /// Runs a script that calls its last argument with what it found.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute_async(script, arguments)
            .await
            .unwrap_or_else(|error| panic!("{script:.100}: {error}"))
    }

    /// How many pixels the page is wider than its window.
    pub async fn overflow(&self) -> i64 {
        let script = "const page = document.documentElement;
            return Math.max(page.scrollWidth, document.body.scrollWidth) - page.clientWidth";
        self.run(script, Vec::new())
            .await
            .as_i64()
            .expect("widths are numbers")
    }

    /// Whether a dialog is open.
    pub async fn has_dialog(&self) -> bool {
        self.client.get_alert_text().await.is_ok()
    }

    /// What the console said since it was asked last: warnings and errors.
    pub async fn complaints(&self) -> Vec<String> {
        let log = Vendor {
            path: "se/log",
            body: json!({ "type": "browser" }),
        };
        let entries = self
            .client
            .issue_cmd(log)
            .await
            .expect("the console is kept");
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .filter(|entry| {
                ["SEVERE", "WARNING"]
                    .iter()
                    .any(|level| entry["level"] == **level)
            })
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Takes a picture of the window, as a PNG.
    pub async fn photograph(&self, file: &Path) {
        let png = self.client.screenshot().await.expect("a page is open");
        fs::write(file, png).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Makes the window as high as the page is, so that a picture shows all of it.
    pub async fn unroll(&self, window: Window) {
        let (width, least) = window.size();
        let script = "return document.documentElement.scrollHeight";
        let height = self
            .run(script, Vec::new())
            .await
            .as_u64()
            .unwrap_or_default();
        let metrics = json!({
            "width": width,
            "height": height.max(least.into()),
            "deviceScaleFactor": 1,
            "mobile": window == Window::Narrow,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics)
            .await;
    }

    async fn devtools(&self, command: &str, parameters: &Value) {
        let command = Vendor {
            path: "goog/cdp/execute",
            body: json!({ "cmd": command, "params": parameters }),
        };
        let done = self.client.issue_cmd(command).await;
        done.expect("chromium knows the command");
    }

    async fn wait_for(&self, locator: Locator<'_>) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(LOOK_EVERY);
        match wait.for_element(locator).await {
            Ok(element) => element,
            Err(CmdError::WaitTimeout) => {
                let source = self.client.source().await.unwrap_or_default();
                panic!("{locator:?} is not on {}:\n{source}", self.path().await);
            }
            Err(error) => panic!("{locator:?}: {error}"),
        }
    }

    async fn click(&self, locator: Locator<'_>) {
        until(&format!("{locator:?} is still there"), async || {
            let element = self.wait_for(locator).await;
            unless_stale(&locator, element.click().await)
        })
        .await;
    }
}

/// What was done; nothing where the page changed just before, so that it is to be done again.
fn unless_stale<T>(locator: &Locator<'_>, done: Result<T, CmdError>) -> Option<T> {
    match done {
        Ok(done) => Some(done),
        Err(CmdError::Standard(error)) if error.error == ErrorStatus::StaleElementReference => None,
        Err(error) => panic!("{locator:?} can be used: {error}"),
    }
}

/// A command of chromedriver that is not in the standard.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base_url: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base_url.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// A text as `XPath` writes it, which knows no escapes.
fn literal(text: &str) -> String {
    assert!(!text.contains('"'), "{text} has no quotes");
    format!("\"{text}\"")
}
