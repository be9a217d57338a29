//! One budget for all bodies in work, taken as bytes arrive.
//!
//! A sender that claims much and sends little holds little; one that waits too long for memory is
//! told to come again, and lets go of what it has.

use std::{sync::Arc, time::Duration};

use metrics::gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::rejection::Rejection;
use crate::telemetry;

/// How long a body waits for memory before its sender is told that we are busy.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The budget. Clones share it.
#[derive(Clone)]
pub struct Memory {
    free: Arc<Semaphore>,
    total_bytes: usize,
}

/// What one body has of it, until it is dropped.
pub struct Reservation {
    memory: Memory,
    held: Option<OwnedSemaphorePermit>,
}

impl Memory {
    /// A budget of `total_bytes`.
    pub fn new(total_bytes: usize) -> Self {
        let total_bytes = total_bytes.min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(total_bytes)),
            total_bytes,
        }
    }

    /// Nothing yet.
    pub fn reserve(&self) -> Reservation {
        Reservation {
            memory: self.clone(),
            held: None,
        }
    }
}

impl Reservation {
    /// Takes more, so that it is `bytes` in all; what is held already stays.
    pub async fn grow_to(&mut self, bytes: usize) -> Result<(), Rejection> {
        let held = self
            .held
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let Some(more) = bytes.checked_sub(held).filter(|more| *more > 0) else {
            return Ok(());
        };
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let free = &self.memory.free;
        let acquired = match Arc::clone(free).try_acquire_many_owned(more) {
            Ok(acquired) => acquired,
            Err(_none_now) => {
                let acquire = Arc::clone(free).acquire_many_owned(more);
                let acquired = tokio::time::timeout(TIMEOUT, acquire).await;
                acquired.ok().and_then(Result::ok).ok_or(Rejection::Busy)?
            }
        };
        match &mut self.held {
            Some(held) => held.merge(acquired),
            None => self.held = Some(acquired),
        }
        let in_use = self
            .memory
            .total_bytes
            .saturating_sub(self.memory.free.available_permits());
        gauge!(telemetry::INGEST_RESERVED_BYTES).set(u32::try_from(in_use).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Gives back what is over `bytes`.
    pub fn shrink_to(&mut self, bytes: usize) {
        if let Some(held) = &mut self.held {
            let over = held.num_permits().saturating_sub(bytes);
            drop(held.split(over));
        }
    }
}
