//! What Rollcage promises, tested over HTTP against a real Postgres.

mod api;
mod bodies;
mod cli;
mod crash;
mod digest;
mod example_settings;
mod fixtures;
mod foreign;
mod ingest;
mod items;
mod layers;
mod mail;
mod schema;
mod secrets;
