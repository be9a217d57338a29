//! A request as a browser makes it.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri};
use http_body::Frame;

/// What a server reads: everything refers to one buffer.
const HEAD: &str = "/orders/17?sort=newestshop.example.testMozilla/5.0 (X11; Linux x86_64) \
                    Demo/1.0text/html,application/xhtml+xml,application/xml;q=0.9gzip, deflate, \
                    bren-GB,en;q=0.5https://shop.example.test/startcart=17; session=0123456789";

/// A request, made of one buffer as hyper makes it.
pub fn request() -> Request<()> {
    let head = Bytes::from(HEAD.to_owned());
    let mut at = 0;
    let mut next = |text: &str| {
        at += text.len();
        head.slice(at - text.len()..at)
    };
    let uri = Uri::from_maybe_shared(next("/orders/17?sort=newest")).expect("a path");
    let mut request = Request::new(());
    *request.uri_mut() = uri;
    for (name, value) in [
        (http::header::HOST, "shop.example.test"),
        (
            http::header::USER_AGENT,
            "Mozilla/5.0 (X11; Linux x86_64) Demo/1.0",
        ),
        (
            http::header::ACCEPT,
            "text/html,application/xhtml+xml,application/xml;q=0.9",
        ),
        (http::header::ACCEPT_ENCODING, "gzip, deflate, br"),
        (http::header::ACCEPT_LANGUAGE, "en-GB,en;q=0.5"),
        (http::header::REFERER, "https://shop.example.test/start"),
        (http::header::COOKIE, "cart=17; session=0123456789"),
    ] {
        let value = HeaderValue::from_maybe_shared(next(value)).expect("a header");
        request.headers_mut().insert(name, value);
    }
    request
}

/// Serves `request` to the end of its answer.
pub fn serve<S, B>(service: &mut S, request: Request<()>)
where
    S: tower_service::Service<Request<()>, Response = Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body,
{
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    let future = pin!(service.call(request));
    let Poll::Ready(response) = future.poll(&mut context) else {
        panic!("it answers at once");
    };
    let mut body = pin!(response.expect("it does not fail").into_body());
    while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut context) {
        std::hint::black_box(frame.is_ok());
    }
}

/// A body of one piece.
pub struct Answer(pub Option<Bytes>);

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}
