//! Rust, with our own crate.

use super::{File, Reporter, Sdk, Test};

pub const RUST: Sdk = Sdk {
    id: "rust",
    name: "Rust",
    reporter: Reporter::Server,
    needs: "Needs Rust 1.89 or newer; with or without tokio.",
    install: Some("cargo add rollcage"),
    files: &[File {
        name: "src/main.rs",
        place: "First in main: the guard sends what is left when main ends. Panics are reported by themselves.",
        code: r#"fn main() {
    let _guard = rollcage::init(
        rollcage::Options::new("TOKEN")
            .endpoint("ENDPOINT")
            .environment("production"),
    );

    // Your program.
}
"#,
    }],
    test: Test {
        how: "Below the comment; then run the program.",
        code: r#"panic!("test error from Rust");"#,
    },
};
