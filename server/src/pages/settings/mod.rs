//! The settings of a project.

pub mod project;
pub mod tokens;
