//! SDKs that Debian packages, or whose programs need its libraries: `make sdks`.
//!
//! `make test` leaves them out, so that it asks for nothing that other systems call differently.

use rollcage_tests::App;

use crate::{
    client::Client,
    program::{self, Program, ends_well},
    snippets::Newcomer,
    toolchain,
};

mod clients {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sentry_for_ruby_reports() {
        reports("sentry-ruby").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sentry_for_go_reports() {
        reports("sentry-go").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rollbar_for_rust_reports() {
        reports("rollbar-rust").await;
    }

    async fn reports(client: &'static str) {
        let app = App::start().await;
        let project = app.project("Shop").await;
        Client(client)
            .reports_what_it_is_known_to(&app, &project)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_ruby() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "sentry-ruby").await;
    let program = Program::empty();
    program.write("main.rb", &newcomer.setup.with_test_behind());
    let mut ruby = program.command("ruby");
    ruby.arg("main.rb");
    ends_well(ruby).await;
    newcomer.sees("RuntimeError: test error from Ruby").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_go() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "sentry-go").await;
    let program = Program::empty();
    program.write("main.go", &newcomer.setup.with_test_inside());
    let mut go = program.command("go");
    go.args(["run", "main.go"]).envs(toolchain::GO);
    ends_well(go).await;
    newcomer.sees("test error from Go").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_rust() {
    let app = App::start().await;
    let newcomer = Newcomer::with(&app, "sentry-rust").await;
    let program = Program::empty();
    program.write(
        "Cargo.toml",
        "[package]\nname = \"shop\"\nedition = \"2024\"\n\n\
         [dependencies]\nsentry = \"=0.49.5\"\n\n[workspace]\n",
    );
    program.write("src/main.rs", &newcomer.setup.with_test_inside());
    let mut cargo = program.command(toolchain::cargo());
    cargo
        .args(["run", "--quiet"])
        .env("CARGO_TARGET_DIR", toolchain::target().join("sentry-rust"));
    let said = program::run(cargo).await.said;
    assert!(said.contains("test error from Rust"), "{said}");
    newcomer.sees("panic: test error from Rust").await;
}
