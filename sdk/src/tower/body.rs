//! A response's body, made within its request's scope.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::Scope;

pin_project! {
    /// The body of a response that came through the layer.
    ///
    /// What is reported while it is made, by a stream that fails in the middle for one, carries
    /// the request that it answers.
    #[derive(Debug)]
    pub struct Body<B> {
        // None for the answer to a request whose handler panicked, and once it is dropped.
        #[pin]
        body: Option<B>,
        scope: Scope,
    }

    impl<B> PinnedDrop for Body<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.scope.enter(|| this.body.set(None));
        }
    }
}

impl<B> Body<B> {
    pub(super) fn new(body: B, scope: Scope) -> Self {
        Self {
            body: Some(body),
            scope,
        }
    }

    pub(super) fn empty() -> Self {
        Self {
            body: None,
            scope: Scope::new(),
        }
    }
}

impl<B: http_body::Body> http_body::Body for Body<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        match this.body.as_pin_mut() {
            Some(body) => this.scope.enter(|| body.poll_frame(context)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.as_ref();
        body.map_or_else(|| SizeHint::with_exact(0), B::size_hint)
    }
}
