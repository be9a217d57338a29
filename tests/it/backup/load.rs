//! Senders that report as fast as they are answered, until they are told to end.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::Method;
use rollcage_tests::{project::Way, wait::until};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Senders at the same time: enough for group commits.
const SENDERS: usize = 8;

/// The load.
pub struct Load {
    lists: Arc<Lists>,
    senders: JoinSet<()>,
}

#[derive(Default)]
struct Lists {
    acknowledged: Mutex<HashSet<Uuid>>,
    sent: Mutex<HashSet<Uuid>>,
    is_over: AtomicBool,
}

impl Load {
    /// Begins it.
    pub fn begin(way: &Way, token: &str) -> Self {
        let lists = Arc::<Lists>::default();
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let (way, token, lists) = (way.clone(), token.to_owned(), Arc::clone(&lists));
            senders.spawn(async move { lists.send(&way, &token, sender).await });
        }
        Self { lists, senders }
    }

    /// Waits until that many more are acknowledged.
    pub async fn acknowledged(&self, count: usize) {
        let wanted = self.so_far().len() + count;
        until("occurrences are acknowledged", async || {
            (self.so_far().len() >= wanted).then_some(())
        })
        .await;
    }

    /// What is acknowledged by now.
    pub fn so_far(&self) -> HashSet<Uuid> {
        lock(&self.lists.acknowledged).clone()
    }

    /// What was sent at all by now, answered or not.
    pub fn sent(&self) -> HashSet<Uuid> {
        lock(&self.lists.sent).clone()
    }

    /// Ends it: what was acknowledged.
    pub async fn end(self) -> HashSet<Uuid> {
        self.lists.is_over.store(true, Ordering::Relaxed);
        self.senders.join_all().await;
        let mut acknowledged = lock(&self.lists.acknowledged);
        std::mem::take(&mut *acknowledged)
    }
}

impl Lists {
    async fn send(&self, way: &Way, token: &str, sender: usize) {
        let headers = [("x-rollbar-access-token", token)];
        let class = ["KeyError", "ValueError", "TypeError", "IndexError"][sender % 4];
        while !self.is_over.load(Ordering::Relaxed) {
            let uuid = Uuid::new_v4();
            let payload = json!({ "data": {
                "uuid": uuid,
                "environment": "production",
                "person": { "id": sender.to_string() },
                "body": { "trace": {
                    "frames": [{ "filename": "shop/cart.py", "lineno": 27, "method": "total" }],
                    "exception": { "class": class, "message": "under load" },
                } },
            } });
            lock(&self.sent).insert(uuid);
            let answer = way
                .send(Method::POST, "/api/1/item/", &headers, payload.to_string())
                .await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            lock(&self.acknowledged).insert(uuid);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
