//! A response's body, made within its request's scope.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::scope::Scope;

pin_project! {
    /// The body of a response that came through the layer.
    ///
    /// What it reports while it is made, a stream that fails in the middle for one, is reported
    /// with the request it answers.
    #[project = Projected]
    pub enum Body<B> {
        /// What the inner service answered.
        Inner {
            /// Its body.
            #[pin]
            body: B,
            /// The request's scope.
            scope: Scope,
        },
        /// Nothing: the answer to a request whose handler panicked.
        Empty,
    }
}

impl<B: http_body::Body> http_body::Body for Body<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match self.project() {
            Projected::Inner { body, scope } => scope.enter(|| body.poll_frame(cx)),
            Projected::Empty => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Inner { body, .. } => body.is_end_stream(),
            Self::Empty => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Inner { body, .. } => body.size_hint(),
            Self::Empty => SizeHint::with_exact(0),
        }
    }
}
