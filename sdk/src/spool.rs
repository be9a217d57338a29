//! What is not sent yet, in files.

/// A file of the spool.
pub(crate) struct Entry;
