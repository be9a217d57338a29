//! The set-up snippets of the start page, as programs: what a person copies is what runs here.
//!
//! The code is read off the page. Around it is only what every application has: the folder
//! `around` opens the page that fails, or bundles scripts.
//!
//! PHP, Java and .NET are not among them, nor are Rollbar's SDKs for Ruby and Go: they come from
//! registries that tests do not use. Recorded posts of most are among the fixtures.

use std::{fs, process::Command};

use rollcage_tests::{App, Browser, Project, wait::until};
use rollcage_web::snippets;
use serde_json::Value;

use crate::{
    page::{self, Page},
    program::{self, Program, ends_well},
    toolchain,
};

mod rollbar;
mod sentry;

/// What the page has to copy.
pub struct Setup {
    /// The code for each place.
    code: Vec<String>,
    /// The line that raises an error.
    test: String,
}

/// A project, with an SDK to set up in it.
pub struct Newcomer<'a> {
    app: &'a App,
    project: Project<'a>,
    /// What they copy.
    pub setup: Setup,
}

impl<'a> Newcomer<'a> {
    /// Somebody who looks at that SDK's set-up.
    pub async fn with(app: &'a App, sdk: &str) -> Self {
        let project = app.project("Shop").await;
        let page = format!("/p/{}/start?sdk={sdk}", project.slug);
        let html = app.admin().await.page(&page).await;
        let code = (1..).map_while(|number| code_of(&html, &format!("code-{number}")));
        let setup = Setup {
            code: code.collect(),
            test: code_of(&html, "test").expect("every SDK has a test"),
        };
        Self {
            app,
            project,
            setup,
        }
    }

    /// Waits for the error, which is to arrive once and with all that was set.
    pub async fn sees(&self, title: &str) {
        let item = until(title, async || self.project.items().await.pop()).await;
        self.app.digested().await;
        let items = self.project.items().await;
        assert_eq!(items.len(), 1, "{items:#?}");
        assert_eq!(item["title"], title);
        assert_eq!(item["environment"], "production");
        assert_eq!(items[0]["total_occurrences"], 1, "{title}");
    }
}

/// A script that fails at its end, in Python.
async fn python(sdk: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty();
    program.write("main.py", &newcomer.setup.with_test_behind());
    let said = ends_badly(program.python(&["main.py"]).await).await;
    assert!(
        said.contains("RuntimeError: test error from Python"),
        "{said}"
    );
    newcomer.sees("RuntimeError: test error from Python").await;
}

/// A page of Flask that fails; `wait` waits until all is sent.
async fn flask(sdk: &str, wait: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty();
    program.write("app.py", &newcomer.setup.with_test_behind());
    program.write(
        "open.py",
        &[include_str!("../around/flask.py"), wait].concat(),
    );
    ends_well(program.python(&["open.py"]).await).await;
    newcomer.sees("ZeroDivisionError: division by zero").await;
}

/// A page of Django that fails.
async fn django(sdk: &str, wait: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty();
    let new_site = ["-m", "django", "startproject", "shop", "."];
    ends_well(program.python(&new_site).await).await;
    program.append("shop/settings.py", &newcomer.setup.code[0]);
    program.append("shop/urls.py", &newcomer.setup.test);
    program.write(
        "open.py",
        &[include_str!("../around/django.py"), wait].concat(),
    );
    ends_well(program.python(&["open.py"]).await).await;
    newcomer.sees("ZeroDivisionError: division by zero").await;
}

/// A page of `FastAPI` that fails.
async fn fastapi(sdk: &str, wait: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty();
    program.write("main.py", &newcomer.setup.with_test_behind());
    program.write(
        "open.py",
        &[include_str!("../around/fastapi.py"), wait].concat(),
    );
    ends_well(program.python(&["open.py"]).await).await;
    newcomer.sees("ZeroDivisionError: division by zero").await;
}

/// A script that fails at its end, in Node.
async fn node(sdk: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty().with_node_modules().await;
    program.write("main.js", &newcomer.setup.with_test_behind());
    // Rollbar's SDK makes an end without failure of it, Sentry's does not.
    program::run(program.node(&["main.js"])).await;
    newcomer.sees("Error: test error from Node").await;
}

/// A page of Express that fails; `sent` calls a function once all is sent.
async fn express(sdk: &str, sent: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty().with_node_modules().await;
    let Setup { code, test } = &newcomer.setup;
    let [top, end] = &code[..] else {
        panic!("the code goes to two places");
    };
    let make = "const express = require(\"express\");\nconst app = express();\n";
    let open = include_str!("../around/express.js");
    program.write("app.js", &[top, make, test, "\n", end, sent, open].concat());
    ends_well(program.node(&["app.js"])).await;
    newcomer.sees("Error: test error from Express").await;
}

/// A page whose script fails.
async fn browser(sdk: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty().with_node_modules().await;
    program.write("main.js", &newcomer.setup.with_test_behind());
    let page = page::bundle(&program, "main.js").await;
    opened(page, None, &newcomer, "Error: test error from the browser").await;
}

/// An application of React with a button that fails.
async fn react(sdk: &str) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty().with_node_modules().await;
    let Setup { code, test } = &newcomer.setup;
    program.write("src/main.jsx", &code[0]);
    let component = format!("export default function App() {{\n  return {test};\n}}\n");
    program.write("src/App.jsx", &component);
    let page = page::bundle(&program, "src/main.jsx").await;
    let title = "Error: test error from React";
    opened(page, Some("button"), &newcomer, title).await;
}

/// An application of Vue with a button that fails; `files` is where its code goes.
async fn vue(sdk: &str, files: &[&str]) {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, sdk).await;
    let program = Program::empty().with_node_modules().await;
    let Setup { code, test } = &newcomer.setup;
    assert_eq!(code.len(), files.len(), "{code:#?}");
    for (file, code) in files.iter().zip(code) {
        program.write(file, code);
    }
    program.write("src/App.vue", &format!("<template>{test}</template>\n"));
    let page = page::bundle(&program, "src/main.js").await;
    let title = "Error: test error from Vue";
    opened(page, Some("button"), &newcomer, title).await;
}

#[test]
fn what_the_page_names_is_what_runs_here() {
    let read = |list| fs::read_to_string(toolchain::home().join(list)).expect("there is a list");
    let python = read("requirements.txt").to_lowercase();
    let node: Value = serde_json::from_str(&read("package.json")).expect("it is JSON");
    for sdk in snippets::all() {
        let install = sdk.install.unwrap_or_default();
        let version = |package: &str| {
            if install.starts_with("npm") {
                return node["dependencies"][package].as_str();
            }
            let begin = format!("{package}==");
            python.lines().find_map(|line| line.strip_prefix(&begin))
        };
        let packages = ["pip install ", "npm install "]
            .iter()
            .find_map(|command| install.strip_prefix(command));
        let Some(packages) = packages else {
            continue;
        };
        for package in packages.split(' ') {
            assert!(version(package).is_some(), "{}: {package}", sdk.id);
        }
        let (_, tried) = sdk.needs.split_once("tried with ").expect(sdk.id);
        let (tried, _) = tried.split_once(". ").unwrap_or((tried, ""));
        let tried = tried.trim_end_matches('.').replace(" and ", ", ");
        for tried in tried.split(", ") {
            let (package, named) = tried.split_once(' ').expect("a name has a version");
            let exact = version(&package.to_lowercase()).expect(package);
            assert!(
                exact.starts_with(&format!("{named}.")),
                "{}: {tried}",
                sdk.id
            );
        }
    }
}

impl Setup {
    /// The code, with the line at its end.
    pub fn with_test_behind(&self) -> String {
        format!("{}\n{}\n", self.code.concat(), self.test)
    }

    /// The code, with the line below the comment that stands for the program.
    pub fn with_test_inside(&self) -> String {
        const PROGRAM: &str = "// Your program.";
        let code = self.code.concat();
        assert!(code.contains(PROGRAM), "{code}");
        code.replace(PROGRAM, &format!("{PROGRAM}\n{}", self.test))
    }
}

/// The text that the copy button of that name copies.
fn code_of(html: &str, name: &str) -> Option<String> {
    let (_, code) = html.split_once(&format!("<code id=\"{name}\">"))?;
    let (code, _) = code.split_once("</code>")?;
    let entities = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ];
    let text = entities
        .iter()
        .fold(code.to_owned(), |text, (entity, character)| {
            text.replace(entity, character)
        });
    assert!(!text.contains("&#"), "an entity that is not known: {text}");
    Some(text)
}

async fn ends_badly(command: Command) -> String {
    let ended = program::run(command).await;
    assert!(!ended.success, "{}", ended.said);
    ended.said
}

/// Opens a page with that script in Chromium, presses what is to be pressed, and waits for the
/// error.
async fn opened(script: String, press: Option<&str>, newcomer: &Newcomer<'_>, title: &str) {
    let page = Page::with(script).await;
    let browser = Browser::at(page.url()).await;
    browser.goto("/").await;
    if let Some(css) = press {
        browser.click_on(css).await;
    }
    newcomer.sees(title).await;
    browser.close().await;
}
