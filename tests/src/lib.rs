//! The harness: a private Postgres, the program in this process or as a child, and what people and
//! SDKs do with it.
//!
//! - [`App`] is the program in this process, on a database of its own, with a clock that the test
//!   moves; [`Server`] is the real binary, which a test may kill.
//! - One private Postgres runs per test process ([`postgres`]); all that a test leaves behind lies
//!   in one folder ([`place`]), and a guard process takes both away when the test process ends,
//!   however it ends.
//! - Nothing sleeps. What the program does not tell is looked for by [`wait::until`].

pub mod app;
pub mod browser;
pub mod chromedriver;
pub mod envelope;
pub mod everything;
pub mod fixture;
pub mod grouping;
pub mod http;
pub mod item;
pub mod mail;
pub mod occurrence;
pub mod person;
pub mod place;
pub mod postgres;
pub mod project;
pub mod server;
pub mod wait;

pub use app::App;
pub use browser::Browser;
pub use envelope::Envelope;
pub use http::Answer;
pub use item::Item;
pub use mail::MailServer;
pub use occurrence::{Occurrence, Sent};
pub use person::Person;
pub use postgres::Database;
pub use project::Project;
pub use server::Server;
