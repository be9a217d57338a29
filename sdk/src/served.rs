//! A request that an integration is serving, as a scope knows it.

use std::sync::Arc;

use crate::{Level, Request};

/// What an integration tells of a request, when something is reported and not before.
pub(crate) trait Served: Send + Sync {
    /// The request, in texts.
    fn request(&self) -> Request;

    /// Its route.
    fn context(&self) -> Option<&str>;

    /// What the application is built on.
    fn framework(&self) -> Option<&'static str>;

    /// Takes note that something was captured within its scope or a fork of that.
    fn captured(&self, level: Level);

    /// About how much memory it takes.
    fn bytes(&self) -> usize;
}

/// Shared by all forks of the request's scope.
pub(crate) type Shared = Arc<dyn Served>;
