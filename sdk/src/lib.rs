//! The Rust SDK of Rollcage, in Rollbar's item format.
//!
//! A skeleton as yet: nothing is reported. The crate has its place and its name, so that what
//! comes does not move.
