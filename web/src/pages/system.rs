//! How the instance does, for admins.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    format,
    page_frame::PageFrame,
    pages::settings::{FailedMail, MailState},
};

/// `/admin/system`: journal, digest, outcomes, dead letters, mail, versions.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/system.html")]
pub struct SystemPage {
    /// What the layout shows.
    pub frame: PageFrame,
    /// The journal.
    pub journal: JournalState,
    /// The digest.
    pub digest: DigestState,
    /// What comes and is digested just now; `None` in the first seconds.
    pub rates: Option<Rates>,
    /// The disk of the data folder; `None` where it cannot be measured.
    pub disk: Option<DiskState>,
    /// The nodes that digest into this database, that which did last first.
    pub nodes: Vec<Node>,
    /// What bodies are compressed with, by project.
    pub dictionaries: Vec<DictionaryRow>,
    /// What became of the occurrences of the last 24 hours; accepted ones too.
    pub outcomes: Vec<OutcomeCount>,
    /// How many dead letters there are.
    pub dead_letters_total: i64,
    /// The newest dead letters, newest first.
    pub dead_letters: Vec<DeadLetter>,
    /// Days for which occurrences are kept.
    pub retention_days: i32,
    /// When the oldest partition of occurrences will be dropped; `None` where there is none.
    pub next_drop: Option<NaiveDate>,
    /// The tables that are partitioned by time.
    pub partitions: Vec<Partitions>,
    /// The mails.
    pub mail: MailQueue,
    /// Rollcage's version.
    pub version: String,
    /// The Postgres server's version.
    pub postgres_version: String,
    /// When the server was started.
    pub started_at: DateTime<Utc>,
}

/// Records a second, over the last minute.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Written to this node's journal.
    pub accepted: f64,
    /// Digested by it.
    pub digested: f64,
}

/// The disk of the data folder.
#[derive(Clone, Copy, Debug)]
pub struct DiskState {
    /// Bytes that are free.
    pub free_bytes: i64,
    /// Bytes that it has.
    pub size_bytes: i64,
    /// What becomes of it.
    pub outlook: DiskOutlook,
}

/// What becomes of a disk if it goes on as in the last week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskOutlook {
    /// It is full by then.
    Full {
        /// In how many days.
        days: i64,
        /// Bytes that a day takes.
        daily_bytes: i64,
    },
    /// It never is: before that as much is dropped as comes.
    Lasts {
        /// Bytes that a day takes.
        daily_bytes: i64,
    },
    /// There is no whole day yet to go by.
    TooYoung,
    /// The database lies on another disk.
    Elsewhere,
}

/// A node that digests into the database.
#[derive(Clone, Debug)]
pub struct Node {
    /// The name of its journal.
    pub journal: String,
    /// Whether it is the one that shows the page.
    pub is_this: bool,
    /// Records that it ever digested.
    pub records: i64,
    /// When it last did.
    pub digested_at: DateTime<Utc>,
}

/// What the occurrences of one SDK of a project are compressed with.
#[derive(Clone, Debug)]
pub struct DictionaryRow {
    /// The project's name.
    pub project: String,
    /// The SDK.
    pub sdk: String,
    /// Bytes of JSON for one stored.
    pub ratio: f32,
    /// The same without the dictionary.
    pub plain_ratio: f32,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
}

/// How the journal does.
#[derive(Clone, Copy, Debug)]
pub struct JournalState {
    /// Records written and not yet digested.
    pub lag_records: i64,
    /// Age of the oldest record not yet digested.
    pub lag_seconds: i64,
    /// Bytes on disk.
    pub size_bytes: i64,
    /// Bytes at which ingest answers 503.
    pub max_bytes: i64,
    /// Damaged places found in it since the start.
    pub gaps: i64,
}

/// How the digest does.
#[derive(Clone, Debug)]
pub enum DigestState {
    /// It works.
    Running {
        /// When it last committed a batch; `None` since the start.
        last_batch_at: Option<DateTime<Utc>>,
    },
    /// Its last attempt failed and it tries again.
    Retrying {
        /// When the first of these attempts failed.
        since: DateTime<Utc>,
        /// What went wrong.
        error: String,
    },
}

/// How many occurrences ended in one outcome.
#[derive(Clone, Debug)]
pub struct OutcomeCount {
    /// The outcome's name: `accepted`, `rate_limited`, …
    pub outcome: String,
    /// Whether it means that the occurrence was kept.
    pub is_accepted: bool,
    /// How many.
    pub occurrences: i64,
}

/// A record that the digest could not apply.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Its id.
    pub id: i64,
    /// When it was set aside.
    pub at: DateTime<Utc>,
    /// The project's name, where known.
    pub project: Option<String>,
    /// Why.
    pub reason: String,
    /// Bytes of the record.
    pub size_bytes: i64,
}

/// The partitions of a table.
#[derive(Clone, Debug)]
pub struct Partitions {
    /// The table's name.
    pub table: String,
    /// How many there are, with those that are made ahead of time.
    pub count: i64,
    /// The first day of the oldest, UTC.
    pub since: Option<NaiveDate>,
    /// Rows in all of them, as Postgres estimates them.
    pub rows: i64,
    /// Bytes of all of them, with their indexes.
    pub size_bytes: i64,
}

/// How the mails do.
#[derive(Clone, Debug)]
pub struct MailQueue {
    /// Where mails go.
    pub state: MailState,
    /// Mails that are still to be sent.
    pub waiting: i64,
    /// Mails that were given up.
    pub failed_total: i64,
    /// The newest of those, newest first.
    pub failed: Vec<FailedMail>,
}

impl SystemPage {
    /// For how long occurrences are kept: `90 days`.
    fn kept_for(&self) -> String {
        format::counted(self.retention_days.into(), "day", "days")
    }

    /// The length of a table's bar, in percent of the largest table.
    fn size_share(&self, table: &Partitions) -> i64 {
        let sizes = self.partitions.iter().map(|table| table.size_bytes);
        table.size_bytes.saturating_mul(100) / sizes.max().unwrap_or(0).max(1)
    }

    /// The length of a dictionary's bar, in percent of the best ratio.
    fn ratio_share(&self, one: &DictionaryRow) -> f32 {
        let ratios = self.dictionaries.iter().map(|one| one.ratio);
        let best = ratios.fold(1.0, f32::max);
        (one.ratio / best * 100.0).clamp(1.0, 100.0)
    }

    /// Whether there are dead letters beyond those that are shown.
    fn more_dead_letters(&self) -> bool {
        usize::try_from(self.dead_letters_total).is_ok_and(|total| total > self.dead_letters.len())
    }

    fn uptime(&self) -> String {
        format::long_duration(
            self.frame
                .now
                .signed_duration_since(self.started_at)
                .num_seconds(),
        )
    }

    /// The outcomes that there were.
    fn seen_outcomes(&self) -> Vec<&OutcomeCount> {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.occurrences > 0)
            .collect()
    }

    /// The length of an outcome's bar, in percent of the longest; 1 at least, so that it is seen.
    fn share(&self, outcome: &OutcomeCount) -> i64 {
        let most = self
            .outcomes
            .iter()
            .map(|outcome| outcome.occurrences)
            .max()
            .unwrap_or(0);
        // The smallest share is still to be seen.
        (outcome.occurrences.saturating_mul(100) / most.max(1)).max(1)
    }
}

impl Rates {
    fn accepted(self) -> String {
        per_second(self.accepted)
    }

    fn digested(self) -> String {
        per_second(self.digested)
    }
}

/// With a digit behind the point where that says something.
fn per_second(rate: f64) -> String {
    if rate < 10.0 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.0}")
    }
}

impl DiskState {
    fn used_bytes(self) -> i64 {
        self.size_bytes.saturating_sub(self.free_bytes)
    }

    fn used(self) -> String {
        format::bytes(self.used_bytes())
    }

    fn size(self) -> String {
        format::bytes(self.size_bytes)
    }

    /// The color of its outlook: somebody should act within two weeks.
    fn dot(self) -> &'static str {
        match self.outlook {
            DiskOutlook::Full { days, .. } if days < 14 => "dot-bad",
            DiskOutlook::Full { .. } => "dot-warn",
            _ => "dot-good",
        }
    }

    fn outlook_text(self) -> String {
        match self.outlook {
            DiskOutlook::Full { days, daily_bytes } => format!(
                "At this week’s rate, {} a day, the disk is full in {}.",
                format::bytes(daily_bytes),
                format::counted(days, "day", "days")
            ),
            DiskOutlook::Lasts { daily_bytes } => format!(
                "At this week’s rate, {} a day, the disk lasts: before it is full, as much is dropped as comes.",
                format::bytes(daily_bytes)
            ),
            DiskOutlook::TooYoung => "What a day takes is known tomorrow.".to_owned(),
            DiskOutlook::Elsewhere => {
                "The journal lies here. Postgres may have another disk, to be watched there."
                    .to_owned()
            }
        }
    }

    /// How full it is, in percent.
    fn percent(self) -> i64 {
        self.used_bytes().saturating_mul(100) / self.size_bytes.max(1)
    }

    /// From where on the bar is a warning: a disk that is this full slows down, and fills in a day.
    fn high_bytes(self) -> i64 {
        self.size_bytes / 10 * 9
    }
}

impl DictionaryRow {
    fn ratio(&self) -> String {
        format!("{:.1}", self.ratio)
    }

    fn plain_ratio(&self) -> String {
        format!("{:.1}", self.plain_ratio)
    }
}

impl JournalState {
    /// Whether the digest is so far behind that a person would notice.
    const fn is_behind(self) -> bool {
        self.lag_seconds >= 30
    }

    /// How full it is, in percent.
    fn percent(self) -> i64 {
        self.size_bytes.saturating_mul(100) / self.max_bytes.max(1)
    }
}
