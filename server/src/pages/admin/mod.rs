//! The instance itself, for its admins.

pub mod system;
