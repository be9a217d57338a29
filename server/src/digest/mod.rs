//! From the journal to Postgres, in batches, each occurrence once.

mod ahead;
mod apply;
mod companions;
mod counting;
mod environments;
mod facets;
mod find;
mod grouping;
mod groups;
mod limit;
mod overflow;
mod prepare;
mod rates;
mod telling;
mod worker;

pub use facets::{add as add_facets, add_until as add_facets_until};
pub use worker::Worker;
