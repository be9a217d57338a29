//! What Rollcage promises, tested over HTTP against a real Postgres.

mod api;
mod belongings;
mod bodies;
mod cli;
mod crash;
mod deleting;
mod digest;
mod example_settings;
mod filters;
mod fixtures;
mod foreign;
mod grouping;
mod hostile_ids;
mod ingest;
mod items;
mod layers;
mod live;
mod mail;
mod paths;
mod people;
mod rights;
mod schema;
mod secrets;
mod sentry;
mod start;
mod tokens;
