//! Histories of a journal on a disk that fails, is full and loses power, against what was promised:
//! each acknowledged record is digested exactly once and in order, and nothing that was not
//! appended.
//!
//! `ROLLCAGE_JOURNAL_HISTORIES` says how many, `ROLLCAGE_JOURNAL_SEED` which is the first.

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use uuid::Uuid;

use super::{
    chance::Chance,
    simulated::{Failures, Simulated},
    *,
};

/// How many unless asked otherwise: a few seconds in a debug build.
const HISTORIES: u64 = 2000;

/// Small, so that a history has many of them; below the header's page nothing fits.
const SEGMENT_BYTES: u64 = 12 << 10;
const PREALLOCATED_BYTES: u64 = 6 << 10;
const JOURNAL_BYTES: u64 = 20 * SEGMENT_BYTES;

#[test]
fn each_acknowledged_record_is_digested_exactly_once_and_in_order_whatever_a_crash_leaves() {
    let first = number("ROLLCAGE_JOURNAL_SEED", 0);
    let mut sum = Figures::default();
    for seed in first..first + number("ROLLCAGE_JOURNAL_HISTORIES", HISTORIES) {
        let mut history = History::new(seed);
        history.run();
        sum.add(history.figures);
    }
    eprintln!("{sum:?}");
    // A history in which nothing happens shows nothing.
    for happened in [
        sum.acknowledged,
        sum.refused,
        sum.kills,
        sum.power_cuts,
        sum.restarts_cut_short,
        sum.released,
    ] {
        assert!(happened > 0, "{sum:?}");
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    env::var(variable).map_or(usual, |value| value.parse().expect("a number"))
}

#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    acknowledged: u64,
    refused: u64,
    kills: u64,
    power_cuts: u64,
    restarts_cut_short: u64,
    released: u64,
    failed_syncs: u64,
}

impl Figures {
    fn add(&mut self, other: Figures) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.kills += other.kills;
        self.power_cuts += other.power_cuts;
        self.restarts_cut_short += other.restarts_cut_short;
        self.released += other.released;
        self.failed_syncs += other.failed_syncs;
    }
}

struct History {
    seed: u64,
    chance: Chance,
    disk: Simulated,
    settings: Settings,
    journal: Option<(Groups, Reader)>,
    /// What Postgres has.
    cursors: BTreeMap<Uuid, Position>,
    now: SystemTime,
    /// In the order of appending; a record begins with its place here.
    appended: Vec<Appended>,
    /// How many of `appended` lie before the cursor.
    digested: usize,
    disk_is_good: bool,
    figures: Figures,
}

struct Appended {
    payload: Vec<u8>,
    is_acknowledged: bool,
    /// The machine stopped before it was answered.
    is_unanswered: bool,
}

impl History {
    fn new(seed: u64) -> History {
        let mut chance = Chance::new(seed);
        let disk = Simulated::new(seed + 1);
        let disk_is_good = chance.one_in(3);
        if !disk_is_good {
            let mut rate = || {
                if chance.one_in(2) {
                    chance.below(60)
                } else {
                    0
                }
            };
            disk.set_failures(Failures {
                syncs: rate(),
                writes: rate(),
                names: rate(),
            });
            if chance.one_in(3) {
                disk.set_capacity(JOURNAL_BYTES / 4);
            }
        }
        let settings = Settings {
            dir: PathBuf::from("/data/journal"),
            max_bytes: JOURNAL_BYTES,
            segment_bytes: SEGMENT_BYTES,
            preallocated_bytes: PREALLOCATED_BYTES,
            leaves_room: false,
            disk: Arc::new(disk.clone()),
        };
        History {
            seed,
            chance,
            disk,
            settings,
            journal: None,
            cursors: BTreeMap::new(),
            now: SystemTime::UNIX_EPOCH,
            appended: Vec::new(),
            digested: 0,
            disk_is_good,
            figures: Figures::default(),
        }
    }

    fn run(&mut self) {
        for _ in 0..self.chance.below(60) {
            if self.journal.is_none() {
                let cut_short = self.chance.one_in(5);
                self.start(cut_short);
                continue;
            }
            if self.chance.one_in(8) {
                self.disk.stop_after(self.chance.below(25));
            }
            match self.chance.below(10) {
                0..5 => self.commit(),
                5..8 => drop(self.digest()),
                8 => self.release(),
                _ => self.stop(),
            }
            if self.disk.is_stopped() {
                self.crash();
            }
        }
        // The disk is mended, and everything is digested after a last power cut.
        self.crash();
        self.disk.set_failures(Failures::default());
        self.disk.set_capacity(u64::MAX);
        self.start(false);
        self.check(self.journal.is_some(), "it does not start");
        while self.digest() {}
        self.check_missing(self.appended.len());
        self.figures.failed_syncs = self.disk.failed_syncs();
    }

    /// The process begins, unless the disk does not let it; then it is begun again later.
    fn start(&mut self, cut_short: bool) {
        if cut_short {
            self.disk.stop_after(self.chance.below(30));
        }
        if let Ok(groups) = Groups::try_open(self.settings.clone()) {
            let name = groups.folder.journal();
            let reader = Reader::new(groups.folder.clone(), self.cursors.get(&name).copied());
            self.check(
                self.disk_is_good
                    .then_some(reader.skipped())
                    .flatten()
                    .is_none(),
                "the cursor is lost",
            );
            self.cursors.insert(name, reader.position());
            self.journal = Some((groups, reader));
        }
        if self.disk.is_stopped() {
            self.figures.restarts_cut_short += 1;
            self.crash();
        }
    }

    fn commit(&mut self) {
        let first = self.appended.len();
        for _ in 0..=self.chance.below(5) {
            let payload = self.payload();
            self.appended.push(Appended {
                payload,
                is_acknowledged: false,
                is_unanswered: false,
            });
        }
        let payloads: Vec<_> = self.appended[first..]
            .iter()
            .map(|record| record.payload.clone())
            .collect();
        let (groups, _) = self.journal.as_mut().expect("it runs");
        let answers = groups.commit(&payloads);
        let stopped = self.disk.is_stopped();
        for (record, answer) in self.appended[first..].iter_mut().zip(answers) {
            record.is_acknowledged = answer.is_ok();
            record.is_unanswered = answer.is_err() && stopped;
            self.figures.acknowledged += u64::from(answer.is_ok());
            self.figures.refused += u64::from(answer.is_err() && !stopped);
        }
    }

    /// A record that differs from all others; some hold what lies in the journal's files, which is
    /// whole records with a right salt.
    fn payload(&mut self) -> Vec<u8> {
        let mut payload = self.appended.len().to_le_bytes().to_vec();
        if self.chance.one_in(8) {
            payload.extend(self.disk.some_content(&mut self.chance));
        } else {
            let length = if self.chance.one_in(4) { 4000 } else { 200 };
            let length = self.chance.up_to(length);
            payload.extend(super::payload(self.appended.len(), length));
        }
        payload
    }

    /// Reads a batch and, unless Postgres is away, moves the cursor; false where there was nothing.
    fn digest(&mut self) -> bool {
        let max_records = 1 + self.chance.up_to(20);
        let max_bytes = self.chance.up_to(20_000);
        let (groups, reader) = self.journal.as_mut().expect("it runs");
        let name = groups.folder.journal();
        let damage = groups.folder.damage();
        let Ok(batch) = reader.next_batch(max_records, max_bytes) else {
            let stopped = self.disk.is_stopped();
            self.check(stopped, "a batch cannot be read");
            return true;
        };
        if self.chance.one_in(6) {
            reader.seek(batch.start);
            return true;
        }
        self.check(
            !self.disk_is_good || damage == Damage::default(),
            "damage where there is none",
        );
        self.check(
            self.cursors[&name] == batch.start,
            "not read from the cursor",
        );
        self.cursors.insert(name, batch.end);
        for record in &batch.records {
            let place = record
                .first_chunk()
                .map(|place| usize::from_le_bytes(*place));
            let appended = place.and_then(|place| self.appended.get(place));
            self.check(
                appended.is_some_and(|appended| appended.payload == *record),
                "never appended",
            );
            let place = place.expect("it was found");
            self.check(place >= self.digested, "twice, or out of order");
            let refused =
                !self.appended[place].is_acknowledged && !self.appended[place].is_unanswered;
            self.check(
                !(refused && self.disk_is_good),
                "refused and there all the same",
            );
            self.check_missing(place);
            self.digested = place + 1;
        }
        batch.start != batch.end
    }

    /// Whether an acknowledged record before this place was skipped.
    fn check_missing(&self, before: usize) {
        for (place, record) in self.appended[..before]
            .iter()
            .enumerate()
            .skip(self.digested)
        {
            self.check(!record.is_acknowledged, &format!("record {place} is lost"));
        }
    }

    fn release(&mut self) {
        self.now += Duration::from_mins(self.chance.below(90));
        let (groups, reader) = self.journal.as_mut().expect("it runs");
        let cursor = self.cursors[&groups.folder.journal()];
        // What cannot be deleted stays.
        if let Ok(released) = reader.release(cursor, Duration::from_hours(1), self.now) {
            self.figures.released += released as u64;
        }
    }

    /// The process ends as asked.
    fn stop(&mut self) {
        if let Some((mut groups, _)) = self.journal.take() {
            groups.close();
        }
    }

    fn crash(&mut self) {
        self.journal = None;
        if self.chance.one_in(2) {
            self.disk.survive();
            self.figures.kills += 1;
        } else {
            self.disk.lose_power();
            self.figures.power_cuts += 1;
        }
    }

    fn check(&self, holds: bool, what: &str) {
        let seed = self.seed;
        assert!(
            holds,
            "{what}; see it again with ROLLCAGE_JOURNAL_SEED={seed} ROLLCAGE_JOURNAL_HISTORIES=1"
        );
    }
}
