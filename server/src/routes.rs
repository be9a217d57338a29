//! A router that knows its routes, so that a test can ask for each of them who may do what.

use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{self, MethodRouter},
};

/// A path, as the router spells it, and a method that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
}

/// A router that is being built; the default has no route.
#[must_use = "`into_router` makes it answer"]
pub struct Routes<S> {
    router: Router<S>,
    list: Vec<Route>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self {
            router: Router::new(),
            list: Vec::new(),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Answers GET, and HEAD with it.
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Method::GET, path, routing::get(handler))
    }

    /// Answers POST.
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Method::POST, path, routing::post(handler))
    }

    /// Answers PATCH.
    pub fn patch<H: Handler<T, S>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Method::PATCH, path, routing::patch(handler))
    }

    /// Answers OPTIONS.
    pub fn options<H: Handler<T, S>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Method::OPTIONS, path, routing::options(handler))
    }

    /// Adds the routes of a part.
    pub fn and(self, part: impl FnOnce(Self) -> Self) -> Self {
        part(self)
    }

    fn route(mut self, method: Method, path: &'static str, handler: MethodRouter<S>) -> Self {
        self.router = self.router.route(path, handler);
        self.list.push(Route { method, path });
        self
    }

    /// The routes, in the order in which they were added.
    pub fn list(&self) -> &[Route] {
        &self.list
    }

    /// The router.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}
