//! From the journal to Postgres, in batches, each occurrence once.

mod apply;
mod companions;
mod counting;
mod prepare;
mod telling;
mod worker;

pub use worker::Worker;
