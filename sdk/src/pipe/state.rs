//! What waits where. Its numbers tell how far each side is.

use std::{collections::VecDeque, time::Instant};

use super::{Job, Ready};
use crate::{Options, limit::Limit};

/// Most occurrences that wait ready to be sent in memory. More would only be made ready early, and
/// could not tell of later drops.
const READY_MAX: usize = 4;

pub(super) struct State {
    pub(super) limit: Limit,
    jobs: VecDeque<(u64, Job)>,
    /// How many wait in `limit`.
    held: usize,
    /// Of jobs and held ones.
    bytes: usize,
    items_max: usize,
    bytes_max: usize,
    pub(super) next_number: u64,
    pub(super) preparing: Option<u64>,
    /// What an earlier process left, and what the server failed at: nobody waits for it.
    pub(super) adopted: VecDeque<Ready>,
    pub(super) ready: VecDeque<Ready>,
    /// How many of both are in memory.
    pub(super) in_memory: usize,
    /// The number of what is being sent, if somebody may wait for it.
    pub(super) sending: Option<u64>,
    /// Until when nothing is sent, because the server asked for it or cannot be reached.
    pub(super) pause_until: Option<Instant>,
    pub(super) has_spool: bool,
    pub(super) closed: bool,
    /// The worker has ended, and nothing more becomes ready.
    pub(super) worker_done: bool,
}

impl State {
    pub(super) fn new(options: &Options, has_spool: bool) -> Self {
        Self {
            limit: Limit::new(options.repeats_per_minute),
            jobs: VecDeque::new(),
            held: 0,
            bytes: 0,
            items_max: options.queue_items,
            bytes_max: options.queue_bytes,
            next_number: 0,
            preparing: None,
            adopted: VecDeque::new(),
            ready: VecDeque::new(),
            in_memory: 0,
            sending: None,
            pause_until: None,
            has_spool,
            closed: false,
            worker_done: false,
        }
    }

    /// Whether one more may be captured.
    pub(super) fn takes(&self, job: &Job) -> bool {
        !self.closed
            && self.jobs.len() + self.held < self.items_max
            && self.bytes + job.bytes <= self.bytes_max
    }

    pub(super) fn enqueue(&mut self, job: Job) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.bytes += job.bytes;
        self.jobs.push_back((number, job));
        number
    }

    pub(super) fn hold(&mut self, key: u64, job: Job) {
        self.held += 1;
        self.bytes += job.bytes;
        self.limit.hold(key, job);
    }

    /// Queues what is held and due: all of it where no time is given.
    pub(super) fn release_held(&mut self, now: Option<Instant>) {
        for job in self.limit.take_due(now) {
            self.held -= 1;
            self.bytes -= job.bytes;
            self.enqueue(job);
        }
    }

    /// The next job, if there is room for what becomes of it.
    pub(super) fn take_job(&mut self) -> Option<Job> {
        if !self.has_job_to_do() {
            return None;
        }
        let (number, job) = self.jobs.pop_front()?;
        self.bytes -= job.bytes;
        self.preparing = Some(number);
        Some(job)
    }

    fn has_job_to_do(&self) -> bool {
        !self.jobs.is_empty() && (self.has_spool || self.has_room_in_memory())
    }

    pub(super) fn has_no_jobs(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn has_room_in_memory(&self) -> bool {
        self.in_memory < READY_MAX
    }

    /// Whether the worker makes something ready, or is about to.
    pub(super) fn is_preparing(&self) -> bool {
        self.preparing.is_some() || self.has_job_to_do()
    }

    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.pause_until.is_some_and(|until| until > now)
    }

    /// The lowest number of what the worker has not dealt with.
    pub(super) fn first_not_ready(&self) -> u64 {
        let first = self.jobs.front().map(|(number, _)| *number);
        self.preparing.or(first).unwrap_or(self.next_number)
    }

    /// The lowest number of what the sender has not dealt with.
    pub(super) fn first_not_sent(&self) -> u64 {
        let first = self.ready.front().and_then(|ready| ready.number);
        self.sending
            .or(first)
            .unwrap_or_else(|| self.first_not_ready())
    }
}
