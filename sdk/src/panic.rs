//! Panics.

pub(crate) fn install() {}
