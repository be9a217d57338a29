//! What pages say while the server starts: a 503 that asks again by itself.

use askama::Template;

/// Shown with status 503 until the database is there; reloads itself.
#[derive(Clone, Copy, Debug, Default, Template)]
#[template(path = "pages/starting.html")]
pub struct StartingPage;
