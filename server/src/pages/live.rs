//! Sign of life: what happens to a list of items while somebody looks at it, as server-sent events.
//!
//! A stream carries counts, never HTML. It ends when the session, the membership or the program
//! does; without it a page is simply as old as its load.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Query, State},
    http::{StatusCode, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use chrono::{DateTime, Utc};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    Pages,
    items::{ListQuery, filter_of, view_of},
    render::PageError,
    viewer::InProject,
};
use crate::{
    model::id::{ProjectId, UserId},
    store::{
        item_sums,
        search::{self, Filter},
        silence,
    },
};

/// Streams on one node, and of one person: each holds a connection.
const STREAMS_MAX: usize = 500;
const STREAMS_OF_PERSON_MAX: usize = 10;
/// Streams that ask Postgres at the same time, so that pages always find a connection.
const LOOKS_MAX: usize = 2;
/// A stream looks at most this often, however busy its project is.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A stream looks at least this often, should a notice get lost or its session end.
const LOOK_AT_LEAST: Duration = Duration::from_secs(15);
/// Items of a page that a stream tells about: as many as a page has.
const SHOWN_MAX: usize = 50;
/// Batches that a slow stream may lag behind; one that lags more looks at once.
const NOTICES: usize = 64;

/// Where streams hear of what was digested.
#[derive(Clone)]
pub struct Live {
    digested: broadcast::Sender<Arc<[i64]>>,
    seats: Arc<Semaphore>,
    people: Arc<Mutex<HashMap<UserId, usize>>>,
    looks: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Live {
    /// Streams end with `stopping`.
    pub fn new(stopping: CancellationToken) -> Self {
        Self {
            digested: broadcast::Sender::new(NOTICES),
            seats: Arc::new(Semaphore::new(STREAMS_MAX)),
            people: Arc::default(),
            looks: Arc::new(Semaphore::new(LOOKS_MAX)),
            stopping,
        }
    }

    /// Tells of a batch: the projects it was about; none stands for any.
    pub fn tell(&self, projects: &[i64]) {
        // Nobody may be listening, which is no error.
        let _ = self.digested.send(projects.into());
    }

    /// A seat for somebody's stream; `None` where there are too many.
    fn seat(&self, person: UserId) -> Option<Seat> {
        let taken = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = people.entry(person).or_default();
        if *theirs >= STREAMS_OF_PERSON_MAX {
            return None;
        }
        *theirs += 1;
        Some(Seat {
            person,
            people: Arc::clone(&self.people),
            _taken: taken,
        })
    }
}

/// A seat that is given back when its stream ends.
struct Seat {
    person: UserId,
    people: Arc<Mutex<HashMap<UserId, usize>>>,
    _taken: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(theirs) = people.get_mut(&self.person) {
            *theirs -= 1;
            if *theirs == 0 {
                people.remove(&self.person);
            }
        }
    }
}

/// What a page has, and what it wants to hear of.
#[derive(Deserialize)]
pub struct LiveQuery {
    /// The project's newest item when the page was made.
    #[serde(default)]
    since: i64,
    /// The counters on the page, by commas.
    #[serde(default)]
    shown: String,
}

/// What a stream tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct News {
    /// Items that the page's filter would find and that are newer than it.
    new: i64,
    /// The page's items, as they are now.
    items: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Row {
    counter: i64,
    total: i64,
    last_seen: DateTime<Utc>,
}

/// A stream at work.
struct Stage {
    pages: Pages,
    parts: Parts,
    project: ProjectId,
    filter: Filter,
    since: i64,
    shown: Vec<i64>,
    heard: broadcast::Receiver<Arc<[i64]>>,
    told: Option<News>,
    looked_at: Instant,
    _seat: Seat,
}

/// `GET /p/{slug}/live`
pub async fn stream(
    State(pages): State<Pages>,
    access: InProject,
    Query(list): Query<ListQuery>,
    Query(live): Query<LiveQuery>,
    parts: Parts,
) -> Response {
    let Some(seat) = pages.live.seat(access.viewer.id) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let shown = live.shown.split(',').filter_map(|text| text.parse().ok());
    let stage = Stage {
        heard: pages.live.digested.subscribe(),
        project: access.project.id,
        filter: filter_of(&view_of(&list)),
        since: live.since,
        shown: shown.take(SHOWN_MAX).collect(),
        told: None,
        looked_at: Instant::now(),
        _seat: seat,
        parts,
        pages,
    };
    let events = Sse::new(events(stage)).keep_alive(KeepAlive::default());
    // Proxies that know it, nginx above all, then pass on each event as it comes.
    ([("x-accel-buffering", "no")], events).into_response()
}

fn events(stage: Stage) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(stage, async |mut stage| {
        let stopping = stage.pages.live.stopping.clone();
        tokio::select! {
            () = stopping.cancelled() => None,
            event = stage.next() => event.map(|event| (Ok(event), stage)),
        }
    })
}

impl Stage {
    /// The next news; `None` once the viewer may not look any more, or Postgres does not answer: the
    /// browser asks again after a while.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.told.is_some() {
                self.wait().await;
            }
            let looks = Arc::clone(&self.pages.live.looks);
            let turn = looks.acquire_owned().await.ok()?;
            let looked = tokio::time::timeout(silence::PATIENCE, self.look()).await;
            let news = looked.ok()??;
            drop(turn);
            if self.told.as_ref() != Some(&news) {
                self.told = Some(news.clone());
                return Event::default().json_data(news).ok();
            }
        }
    }

    /// Waits for a batch of the project, but not for ever; and for a moment after the last look.
    async fn wait(&mut self) {
        let until = self.looked_at + LOOK_AT_LEAST;
        let project = self.project.0;
        let heard = async {
            loop {
                match self.heard.recv().await {
                    Ok(projects) if !projects.is_empty() && !projects.contains(&project) => {}
                    Ok(_) | Err(_) => return,
                }
            }
        };
        // Either way it is time to look.
        let _ = tokio::time::timeout_at(until, heard).await;
        tokio::time::sleep_until(self.looked_at + LOOK_EVERY).await;
        self.heard = self.heard.resubscribe();
    }

    /// Asks the extractor again, as the next request would.
    async fn may_still_look(&mut self) -> bool {
        use axum::extract::FromRequestParts;
        let access: Result<InProject, PageError> =
            InProject::from_request_parts(&mut self.parts, &self.pages).await;
        access.is_ok_and(|access| access.project.id == self.project)
    }

    /// `None` where the viewer may not, or Postgres does not answer.
    async fn look(&mut self) -> Option<News> {
        if !self.may_still_look().await {
            return None;
        }
        self.looked_at = Instant::now();
        let db = &self.pages.db;
        let new = search::count_newer(db, self.project, &self.filter, self.since);
        let new = new.await.ok()?;
        let items = item_sums::totals(db, self.project, &self.shown);
        let items = items.await.ok()?;
        Some(News {
            new,
            items: items
                .into_iter()
                .map(|(counter, total, last_seen)| Row {
                    counter: counter.0,
                    total,
                    last_seen,
                })
                .collect(),
        })
    }
}
