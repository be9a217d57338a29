//! The set-up snippets of the start page, as programs: what a person copies is what runs here.
//!
//! The code is read off the page. Around it is only what every application has: the folder
//! `around` opens the page that fails, or bundles scripts.
//!
//! Ruby, PHP, Go, Java and .NET are not among them: their SDKs come from registries that tests do
//! not use. Their recorded posts are among the fixtures.

use std::{fs, process::Command};

use axum::{Router, response::Html, routing::get};
use fantoccini::Locator;
use rollcage_tests::{App, Project, chromedriver, place, wait::until};
use rollcage_web::snippets;
use serde_json::Value;

use crate::{
    program::{self, Program},
    toolchain,
};

/// What the page has to copy.
struct Setup {
    /// The code for each place.
    code: Vec<String>,
    /// The line that raises an error.
    test: String,
}

/// A project, with an SDK to set up in it.
struct Newcomer<'a> {
    app: &'a App,
    project: Project<'a>,
    setup: Setup,
}

impl<'a> Newcomer<'a> {
    async fn with(app: &'a App, sdk: &str) -> Self {
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
    async fn sees(&self, title: &str) {
        let item = until(title, async || self.project.items().await.pop()).await;
        self.app.digested().await;
        let items = self.project.items().await;
        assert_eq!(items.len(), 1, "{items:#?}");
        assert_eq!(item["title"], title);
        assert_eq!(item["environment"], "production");
        assert_eq!(items[0]["total_occurrences"], 1, "{title}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rust() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "rust").await;
    let program = Program::empty();
    let sdk = toolchain::home().join("../../sdk");
    let sdk = sdk.canonicalize().expect("the SDK is in the workspace");
    program.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"shop\"\nedition = \"2024\"\n\n\
             [dependencies]\nrollcage = {{ path = {sdk:?} }}\n\n[workspace]\n"
        ),
    );
    // The versions that the workspace was built with, so nothing is fetched.
    let lock = toolchain::home().join("../../Cargo.lock");
    fs::copy(lock, program.path().join("Cargo.lock")).expect("the workspace has a lock");
    program.write("src/main.rs", &newcomer.setup.with_test_inside());
    let mut cargo = program.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["run", "--quiet", "--offline"])
        .env("CARGO_TARGET_DIR", toolchain::target().join("rust"));
    let said = program::run(cargo).await.said;
    assert!(said.contains("test error from Rust"), "{said}");
    newcomer.sees("panic: test error from Rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "python").await;
    let program = Program::empty();
    program.write("main.py", &newcomer.setup.with_test_behind());
    let said = ends_badly(program.python(&["main.py"]).await).await;
    assert!(
        said.contains("RuntimeError: test error from Python"),
        "{said}"
    );
    newcomer.sees("RuntimeError: test error from Python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flask() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "flask").await;
    let program = Program::empty();
    program.write("app.py", &newcomer.setup.with_test_behind());
    program.write("open.py", include_str!("around/flask.py"));
    ends_well(program.python(&["open.py"]).await).await;
    newcomer.sees("ZeroDivisionError: division by zero").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn django() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "django").await;
    let program = Program::empty();
    let new_site = ["-m", "django", "startproject", "shop", "."];
    ends_well(program.python(&new_site).await).await;
    program.append("shop/settings.py", &newcomer.setup.code[0]);
    program.append("shop/urls.py", &newcomer.setup.test);
    program.write("open.py", include_str!("around/django.py"));
    ends_well(program.python(&["open.py"]).await).await;
    newcomer.sees("ZeroDivisionError: division by zero").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastapi() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "fastapi").await;
    let program = Program::empty();
    program.write("main.py", &newcomer.setup.with_test_behind());
    program.write("open.py", include_str!("around/fastapi.py"));
    ends_well(program.python(&["open.py"]).await).await;
    newcomer.sees("ZeroDivisionError: division by zero").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "node").await;
    let program = Program::empty().with_node_modules().await;
    program.write("main.js", &newcomer.setup.with_test_behind());
    program::run(program.node(&["main.js"])).await;
    newcomer.sees("Error: test error from Node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn express() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "express").await;
    let program = Program::empty().with_node_modules().await;
    let Setup { code, test } = &newcomer.setup;
    let [top, end] = &code[..] else {
        panic!("the code goes to two places");
    };
    let make = "const express = require(\"express\");\nconst app = express();\n";
    let open = include_str!("around/express.js");
    program.write("app.js", &[top, make, test, "\n", end, open].concat());
    ends_well(program.node(&["app.js"])).await;
    newcomer.sees("Error: test error from Express").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browser() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "browser").await;
    let program = Program::empty().with_node_modules().await;
    program.write("main.js", &newcomer.setup.with_test_behind());
    let page = bundle(&program, "main.js").await;
    opened(page, None, &newcomer, "Error: test error from the browser").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn react() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "react").await;
    let program = Program::empty().with_node_modules().await;
    let Setup { code, test } = &newcomer.setup;
    program.write("src/main.jsx", &code[0]);
    let component = format!("export default function App() {{\n  return {test};\n}}\n");
    program.write("src/App.jsx", &component);
    let page = bundle(&program, "src/main.jsx").await;
    opened(
        page,
        Some("button"),
        &newcomer,
        "Error: test error from React",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vue() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "vue").await;
    let program = Program::empty().with_node_modules().await;
    let Setup { code, test } = &newcomer.setup;
    let [plugin, main] = &code[..] else {
        panic!("the code goes to two places");
    };
    program.write("src/rollbar.js", plugin);
    program.write("src/main.js", main);
    program.write("src/App.vue", &format!("<template>{test}</template>\n"));
    let page = bundle(&program, "src/main.js").await;
    opened(
        page,
        Some("button"),
        &newcomer,
        "Error: test error from Vue",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn curl() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "curl").await;
    let program = Program::empty();
    let mut shell = program.command("sh");
    shell.args(["-c", &newcomer.setup.test]);
    let said = ends_well(shell).await;
    assert!(said.contains(r#"{"err":0"#), "{said}");
    newcomer.sees("test error from curl").await;
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
    fn with_test_behind(&self) -> String {
        format!("{}\n{}\n", self.code.concat(), self.test)
    }

    /// The code, with the line below the comment that stands for the program.
    fn with_test_inside(&self) -> String {
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

async fn ends_well(command: Command) -> String {
    let ended = program::run(command).await;
    assert!(ended.success, "{}", ended.said);
    ended.said
}

async fn ends_badly(command: Command) -> String {
    let ended = program::run(command).await;
    assert!(!ended.success, "{}", ended.said);
    ended.said
}

/// The script of a page, made of all that its entry imports.
async fn bundle(program: &Program, entry: &str) -> String {
    program.write("bundle.mjs", include_str!("around/bundle.mjs"));
    ends_well(program.node(&["bundle.mjs", entry])).await;
    fs::read_to_string(program.path().join("page.js")).expect("the bundler wrote it")
}

/// Opens a page with that script in Chromium, on an origin of its own, presses what is to be
/// pressed, and waits for the error.
async fn opened(script: String, press: Option<&str>, newcomer: &Newcomer<'_>, title: &str) {
    const PAGE: &str = "<!doctype html><title>Shop</title><div id=root></div><div id=app></div>\
        <script src=/page.js></script>";
    let router = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route(
            "/page.js",
            get(|| async { ([("content-type", "text/javascript")], script) }),
        );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let profile = place::folder("profile");
    let client = chromedriver::open(profile.path()).await;
    let url = format!("http://{address}/");
    client.goto(&url).await.expect("the page opens");
    if let Some(css) = press {
        let button = client.wait().for_element(Locator::Css(css)).await;
        let button = button.expect("the application shows it");
        button.click().await.expect("it can be pressed");
    }
    newcomer.sees(title).await;
    client.close().await.expect("a browser can be closed");
    server.abort();
}
