//! A request that is being worked on, until the head of its answer is there.

use std::{
    any::Any,
    marker::PhantomData,
    mem,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Response, StatusCode};
use pin_project_lite::pin_project;

use super::{AsError, Body, Errors, Panics, Settings, kept::Kept};
use crate::{Level, Occurrence, Scope, capture, seen};

pin_project! {
    /// The answer to be, within its request's scope.
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ResponseFuture<F, R = Errors> {
        // None once it is done or dropped.
        #[pin]
        future: Option<F>,
        scope: Scope,
        // None where nothing is reported.
        watched: Option<(Arc<Kept>, Arc<Settings>)>,
        // Whether the service panicked before there was a future.
        panicked: bool,
        errors: PhantomData<fn() -> R>,
    }

    impl<F, R> PinnedDrop for ResponseFuture<F, R> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.scope.enter(|| this.future.set(None));
        }
    }
}

impl<F, R> ResponseFuture<F, R> {
    pub(super) fn new(
        future: F,
        scope: Scope,
        watched: Option<(Arc<Kept>, Arc<Settings>)>,
    ) -> Self {
        Self {
            future: Some(future),
            scope,
            watched,
            panicked: false,
            errors: PhantomData,
        }
    }

    /// The answer of a service that panicked.
    pub(super) fn panicked() -> Self {
        Self {
            future: None,
            scope: Scope::new(),
            watched: None,
            panicked: true,
            errors: PhantomData,
        }
    }
}

impl<F, B, E, R> Future for ResponseFuture<F, R>
where
    F: Future<Output = Result<Response<B>, E>>,
    R: AsError<E>,
{
    type Output = Result<Response<Body<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if mem::take(this.panicked) {
            return Poll::Ready(Ok(empty_500()));
        }
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            // As an `async fn` does that is polled again.
            panic!("polled after it was done");
        };
        let Some((kept, settings)) = this.watched.as_ref() else {
            let result = std::task::ready!(this.scope.enter(|| future.poll(cx)));
            return Poll::Ready(result.map(|response| answer(response, this.scope)));
        };

        let polled = panic::catch_unwind(AssertUnwindSafe(|| this.scope.enter(|| future.poll(cx))));
        let result = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => {
                this.scope
                    .enter(|| report::<B, E, R>(&result, kept, settings));
                Some(result)
            }
            Err(payload) => {
                met(payload, this.scope, settings);
                None
            }
        };
        // What the handler held goes now, and within the scope.
        this.scope.enter(|| this.future.set(None));
        if let Some(result) = result {
            return Poll::Ready(result.map(|response| answer(response, this.scope)));
        }
        Poll::Ready(Ok(empty_500()))
    }
}

fn answer<B>(response: Response<B>, scope: &mut Scope) -> Response<Body<B>> {
    response.map(|body| Body::new(body, mem::take(scope)))
}

fn report<B, E, R: AsError<E>>(result: &Result<Response<B>, E>, kept: &Kept, settings: &Settings) {
    match result {
        Ok(response) => {
            let status = response.status();
            if status.is_server_error() && settings.server_errors && !kept.has_failed() {
                let message = format!("{} answered {status}", kept.name());
                let occurrence = Occurrence::message(Level::Error, message);
                capture::capture(occurrence.custom("status", status.as_u16()));
            }
        }
        Err(error) => {
            capture::capture(R::occurrence(error));
        }
    }
}

/// Reports a panic of the inner service, unless it was, and passes it on if it is to be.
pub(super) fn met(payload: Box<dyn Any + Send>, scope: &mut Scope, settings: &Settings) {
    let text = seen::of(&*payload);
    if seen::by_text(text).is_none() {
        // The stack is gone by now.
        let occurrence = Occurrence::panic(text).without_backtrace();
        scope.enter(|| capture::capture(occurrence));
    }
    if settings.panics == Panics::PassOn {
        panic::resume_unwind(payload);
    }
}

fn empty_500<B>() -> Response<Body<B>> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
