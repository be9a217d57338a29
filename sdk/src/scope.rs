//! What is known about everything that is captured within a stretch of work.
//!
//! There is always a current scope. Of a thread it is the thread's own, within [`with_scope`] a
//! fork of the one outside, and in a future that was given one by [`ScopeExt::in_scope`] that one,
//! on whatever thread the future is polled. Beneath all of them lies the process's.

use std::{
    cell::RefCell,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
};

use serde_json::{Map, Value};

use crate::{
    Level, Person, Request,
    breadcrumb::{Breadcrumb, Ring},
    client::{self, Client},
    served, text,
};

/// What is known: person, custom data, context, request, breadcrumbs and so on.
///
/// A clone is a fork: it has what the original has, and what happens to one of them afterwards
/// does not happen to the other. Forking copies nothing.
#[derive(Clone, Default)]
pub struct Scope {
    // None for one of which nothing is known, so that making one costs nothing.
    data: Option<Arc<Data>>,
    breadcrumbs: Option<Arc<Ring>>,
    client: Option<Arc<Client>>,
    served: Option<served::Shared>,
}

#[derive(Clone, Default)]
pub(crate) struct Data {
    pub(crate) person: Option<Person>,
    pub(crate) custom: Map<String, Value>,
    pub(crate) context: Option<String>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) framework: Option<String>,
    pub(crate) level: Option<Level>,
    pub(crate) request: Option<Request>,
    /// What they take, about.
    bytes: usize,
}

impl Scope {
    /// One of which nothing is known.
    pub const fn new() -> Self {
        Self {
            data: None,
            breadcrumbs: None,
            client: None,
            served: None,
        }
    }

    /// A fork of the current one: what a task that is spawned is to know.
    pub fn current() -> Self {
        CURRENT
            .try_with(|current| current.try_borrow().map(|scope| scope.clone()))
            // The thread is ending, or is just changing it.
            .map_or_else(|_| Self::new(), Result::unwrap_or_default)
    }

    /// For whom the program works.
    pub fn set_person(&mut self, person: Person) {
        self.change(|data| data.person = Some(person));
    }

    /// A value of the application's own, shown and searchable.
    pub fn set_custom(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        self.change(|data| {
            data.custom.insert(key, value);
        });
    }

    /// Takes such a value away.
    pub fn remove_custom(&mut self, key: &str) {
        self.change(|data| {
            data.custom.remove(key);
        });
    }

    /// Where in the application: a route, a job.
    pub fn set_context(&mut self, context: impl Into<String>) {
        self.change(|data| data.context = Some(context.into()));
    }

    /// What it is grouped by, in place of what the server would choose.
    pub fn set_fingerprint(&mut self, fingerprint: impl Into<String>) {
        self.change(|data| data.fingerprint = Some(fingerprint.into()));
    }

    /// The title, in place of the error's text.
    pub fn set_title(&mut self, title: impl Into<String>) {
        self.change(|data| data.title = Some(title.into()));
    }

    /// What the application is built on: `axum`.
    pub fn set_framework(&mut self, framework: impl Into<String>) {
        self.change(|data| data.framework = Some(framework.into()));
    }

    /// How bad everything is, in place of what the capture says.
    pub fn set_level(&mut self, level: Level) {
        self.change(|data| data.level = Some(level));
    }

    /// The HTTP request that is worked on.
    pub fn set_request(&mut self, request: Request) {
        self.change(|data| data.request = Some(request));
    }

    /// Adds what happened; the oldest go when there are too many.
    pub fn add_breadcrumb(&mut self, breadcrumb: Breadcrumb) {
        let most = match &self.client {
            Some(client) => client.options.breadcrumbs,
            None => client::global().map_or(0, |client| client.options.breadcrumbs),
        };
        if most > 0 {
            let ring = self.breadcrumbs.get_or_insert_default();
            Arc::make_mut(ring).push(breadcrumb, most);
        }
    }

    /// Forgets what was set, but not the breadcrumbs, nor the request that a layer serves.
    pub fn clear(&mut self) {
        self.data = None;
    }

    /// Forgets the breadcrumbs.
    pub fn clear_breadcrumbs(&mut self) {
        self.breadcrumbs = None;
    }

    /// Runs `work` in this scope, and gives it back with what `work` added.
    pub fn run<R>(mut self, work: impl FnOnce() -> R) -> (Self, R) {
        let result = self.enter(work);
        (self, result)
    }

    /// Runs `work` in this scope, which has afterwards what `work` added.
    pub(crate) fn enter<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(self);
        work()
    }

    /// The request that an integration serves. What the application itself sets counts more.
    #[cfg(feature = "tower")]
    pub(crate) fn set_served(&mut self, served: served::Shared) {
        self.served = Some(served);
    }

    pub(crate) fn served(&self) -> Option<&served::Shared> {
        self.served.as_ref()
    }

    pub(crate) fn with_client(mut self, client: Arc<Client>) -> Self {
        self.client = Some(client);
        self
    }

    pub(crate) fn client(&self) -> Option<&Arc<Client>> {
        self.client.as_ref()
    }

    pub(crate) fn data(&self) -> Option<&Data> {
        self.data.as_deref()
    }

    pub(crate) fn breadcrumbs(&self) -> impl Iterator<Item = &Breadcrumb> {
        self.breadcrumbs.iter().flat_map(|ring| ring.iter())
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.data.as_ref().map_or(0, |data| data.bytes)
            + self.breadcrumbs.as_ref().map_or(0, |ring| ring.bytes())
            + self.served.as_ref().map_or(0, |served| served.bytes())
    }

    fn change(&mut self, change: impl FnOnce(&mut Data)) {
        let data = Arc::make_mut(self.data.get_or_insert_default());
        change(data);
        data.bytes = data.measure();
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not what it holds: that is about people.
        formatter.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl Data {
    fn measure(&self) -> usize {
        let texts = [
            &self.context,
            &self.fingerprint,
            &self.title,
            &self.framework,
        ];
        let custom = self.custom.iter();
        texts
            .iter()
            .map(|text| text.as_ref().map_or(0, String::len))
            .sum::<usize>()
            + self.person.as_ref().map_or(0, Person::bytes)
            + self.request.as_ref().map_or(0, Request::bytes)
            + custom
                .map(|(key, value)| key.len() + text::json_bytes(value))
                .sum::<usize>()
    }
}

thread_local! {
    static CURRENT: RefCell<Scope> = const { RefCell::new(Scope::new()) };
}

static PROCESS: RwLock<Scope> = RwLock::new(Scope::new());

/// Changes the current scope. Without a client it does nothing, and `change` is not called.
pub fn configure_scope(change: impl FnOnce(&mut Scope)) {
    if !client::is_on() {
        return;
    }
    // `change` is not ours and may capture something: it works on a fork.
    let mut scope = Scope::current();
    change(&mut scope);
    replace(scope);
}

/// Changes what lies beneath every scope of the process. What a scope has of its own counts more.
pub fn configure_process_scope(change: impl FnOnce(&mut Scope)) {
    if !client::is_on() {
        return;
    }
    let mut scope = process();
    change(&mut scope);
    *PROCESS.write().unwrap_or_else(PoisonError::into_inner) = scope;
}

/// Runs `work` in a fork of the current scope, changed by `change`.
pub fn with_scope<R>(change: impl FnOnce(&mut Scope), work: impl FnOnce() -> R) -> R {
    if !client::is_on() {
        return work();
    }
    let mut scope = Scope::current();
    change(&mut scope);
    scope.run(work).1
}

/// Adds what happened to the current scope.
pub fn add_breadcrumb(breadcrumb: Breadcrumb) {
    if !client::is_on() {
        return;
    }
    // In place: a fork would make the ring shared, and then copy it. Nothing of others runs here.
    // A thread that is ending has no scope any more.
    let _ = CURRENT.try_with(|current| {
        if let Ok(mut scope) = current.try_borrow_mut() {
            scope.add_breadcrumb(breadcrumb);
        }
    });
}

/// The process's scope.
pub(crate) fn process() -> Scope {
    PROCESS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

fn replace(scope: Scope) {
    // A thread that is ending has no scope any more. What was current is dropped outside of the
    // borrow, for it may be the last that holds a client.
    let _old = CURRENT.try_with(|current| {
        current
            .try_borrow_mut()
            .map(|mut current| std::mem::replace(&mut *current, scope))
    });
}

/// While it lives, a scope is the current one; then it is what it was, with what was added.
struct Entered<'s> {
    scope: &'s mut Scope,
}

impl<'s> Entered<'s> {
    fn new(scope: &'s mut Scope) -> Self {
        swap(scope);
        Self { scope }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.scope);
    }
}

fn swap(scope: &mut Scope) {
    // A thread that is ending has no scope any more.
    let _ = CURRENT.try_with(|current| {
        if let Ok(mut current) = current.try_borrow_mut() {
            std::mem::swap(&mut *current, scope);
        }
    });
}

/// Futures that have a scope of their own, under any runtime.
pub trait ScopeExt: Future + Sized {
    /// Makes `scope` the current one whenever this future is polled, and when it is dropped.
    fn in_scope(self, scope: Scope) -> InScope<Self> {
        InScope {
            future: Some(self),
            scope,
        }
    }

    /// Takes a fork of the scope that is the current one now along: for a task that is spawned.
    fn in_current_scope(self) -> InScope<Self> {
        self.in_scope(Scope::current())
    }
}

impl<F: Future> ScopeExt for F {}

pin_project_lite::pin_project! {
    /// A future with a scope of its own.
    #[must_use = "a future does nothing unless it is polled"]
    pub struct InScope<F> {
        // None once it is dropped.
        #[pin]
        future: Option<F>,
        scope: Scope,
    }

    impl<F> PinnedDrop for InScope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = Entered::new(this.scope);
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(this.scope);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(context),
            None => unreachable!("it is taken only when this is dropped"),
        }
    }
}
