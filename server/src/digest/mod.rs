//! From the journal to Postgres, in batches, each occurrence once.

mod apply;
mod prepare;
mod worker;

pub use worker::Worker;
