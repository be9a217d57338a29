//! The layer's service: gives each request its scope.

use std::{
    fmt,
    marker::PhantomData,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    task::{Context, Poll},
};

use super::{AsError, Body, Errors, ResponseFuture, Settings, future, kept::Kept};
use crate::{Scope, capture, client};

/// What the layer makes of a service: see the [module](super).
pub struct Service<S, R = Errors> {
    inner: S,
    settings: Arc<Settings>,
    errors: PhantomData<fn() -> R>,
}

impl<S, R> Service<S, R> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self {
            inner,
            settings,
            errors: PhantomData,
        }
    }
}

impl<S, R, Q, B> tower_service::Service<http::Request<Q>> for Service<S, R>
where
    S: tower_service::Service<http::Request<Q>, Response = http::Response<B>>,
    R: AsError<S::Error>,
{
    type Response = http::Response<Body<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let ready = self.inner.poll_ready(cx);
        if let Poll::Ready(Err(error)) = &ready {
            // No request has been seen as yet.
            capture::capture(R::occurrence(error));
        }
        ready
    }

    fn call(&mut self, request: http::Request<Q>) -> Self::Future {
        let mut scope = Scope::current();
        if !client::is_on() {
            return ResponseFuture::new(self.inner.call(request), scope, None);
        }
        let kept = Arc::new(Kept::of(&request, &self.settings, scope.served().cloned()));
        scope.set_served(Arc::clone(&kept) as _);
        let called = panic::catch_unwind(AssertUnwindSafe(|| {
            scope.enter(|| self.inner.call(request))
        }));
        match called {
            Ok(future) => {
                let watched = (kept, Arc::clone(&self.settings));
                ResponseFuture::new(future, scope, Some(watched))
            }
            Err(payload) => {
                future::met(payload, &mut scope, &self.settings);
                ResponseFuture::panicked()
            }
        }
    }
}

impl<S: Clone, R> Clone for Service<S, R> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), Arc::clone(&self.settings))
    }
}

impl<S: fmt::Debug, R> fmt::Debug for Service<S, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Service")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
