//! Rollbar's SDKs and ours, and none at all.

use std::fs;

use rollcage_tests::App;

use super::Newcomer;
use crate::{
    program::{self, Program, ends_well},
    toolchain,
};

/// Waits until all is sent, in Python.
const WAIT: &str = "\nimport rollbar\n\nrollbar.wait()\n";

/// Calls a function then, in JavaScript.
const SENT: &str = "const sent = (then) => rollbar.wait(then);\n";

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
    let mut cargo = program.command(toolchain::cargo());
    cargo
        .args(["run", "--quiet", "--offline"])
        .env("CARGO_TARGET_DIR", toolchain::target().join("rust"));
    let said = program::run(cargo).await.said;
    assert!(said.contains("test error from Rust"), "{said}");
    newcomer.sees("panic: test error from Rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    super::python("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flask() {
    super::flask("flask", WAIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn django() {
    super::django("django", WAIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastapi() {
    super::fastapi("fastapi", WAIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node() {
    super::node("node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn express() {
    super::express("express", SENT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browser() {
    super::browser("browser").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn react() {
    super::react("react").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vue() {
    super::vue("vue", &["src/rollbar.js", "src/main.js"]).await;
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
