//! Published SDKs against the running program: compatibility is what they do, not what we read.
//!
//! A client is a small program under this folder with `expect.json` beside it. What they need is
//! installed on demand under `target/sdks/`, at the versions that `requirements*.txt` and
//! `package-lock.json` name, by its own package manager.
//!
//! `upgrade` is here for that: it needs a PostgreSQL that Debian does not have.

mod client;
mod clients;
mod debian;
mod demo;
mod from_pages;
mod page;
mod program;
mod relay;
mod rollcage;
mod rollcage_examples;
mod snippets;
mod toolchain;
mod upgrade;
