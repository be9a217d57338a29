//! Published SDKs against the running program: compatibility is what they do, not what we read.
//!
//! Each client is a small program under this folder with `expect.json` beside it. What it needs is
//! installed on demand under `target/sdks/`, at the versions that its own list of requirements
//! names, by its own package manager.

mod rollbar_python_flask;
