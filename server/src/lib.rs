//! Rollcage: a self-hosted error tracker in the shape of Rollbar.
//!
//! Modules in the order in which a newcomer reads them; `ARCHITECTURE.md` walks through them with
//! one occurrence.

pub mod model;

pub mod fingerprint;

pub mod protocol;
pub mod scrub;

pub mod filter;

pub mod journal;
pub mod store;

pub mod alerts;
pub mod api;
pub mod digest;
pub mod ingest;
pub mod keeper;
pub mod pages;

pub mod accounts;
pub mod backup;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod health;
pub mod room;
pub mod routes;
pub mod secrets;
pub mod telemetry;
pub mod triage;
pub mod usage;

pub mod app;
pub mod cli;
