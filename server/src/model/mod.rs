//! Plain data: what an occurrence, an item, a project, an outcome are.
//!
//! No I/O and nothing async. Of sqlx and serde only the derived traits are used.

pub mod account_mail;
pub mod agent;
pub mod attachment;
pub mod body;
pub mod entry;
pub mod evidence;
pub mod facet;
pub mod feedback;
pub mod filters;
pub mod hour;
pub mod id;
pub mod item;
pub mod json;
pub mod network;
pub mod occurrence;
pub mod outcome;
pub mod own;
pub mod people;
pub mod project;
pub mod record;
pub mod retention;
pub mod rule;
pub mod tally;
pub mod text;
