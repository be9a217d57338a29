//! What happens when: two weeks, as a list in the order of time.

use crate::{
    cast::Cast,
    dice::Dice,
    now,
    reporter::Project,
    scenes,
    upkeep::{ACTS, Act},
};

/// How far back it reaches: as far as the clock of `serve --demo`.
pub const DAYS: f64 = 14.0;
const DAY_SECONDS: f64 = 24.0 * 3600.0;

/// How much of a day's traffic falls into each hour, UTC; 24 in all.
const BUSY: [f64; 24] = [
    0.4, 0.25, 0.2, 0.15, 0.15, 0.25, 0.45, 0.7, 1.0, 1.2, 1.3, 1.35, 1.4, 1.3, 1.2, 1.2, 1.3, 1.5,
    1.7, 1.9, 1.9, 1.6, 0.95, 0.65,
];
/// The hours, UTC, in which the nightly work runs.
const NIGHT: std::ops::Range<usize> = 1..4;

/// Where something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Where the customers are.
    Production,
    /// Where a version is tried first.
    Staging,
    /// On somebody's desk.
    Development,
}

/// When which version came to production, in days ago.
const VERSIONS: [(f64, &str); 6] = [
    (99.0, "1.8.0"),
    (12.3, "1.9.0"),
    (9.1, "1.9.1"),
    (6.4, "2.0.0"),
    (2.02, "2.0.1"),
    (0.85, "2.1.0"),
];
/// In production a version goes from machine to machine, with so many days between two.
const ROLLOUT_DAYS: f64 = 0.012;

impl Environment {
    /// As it is reported.
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
        }
    }

    /// Which version ran on a machine.
    pub fn version(self, days_ago: f64, machine: u32) -> &'static str {
        let ahead_days = match self {
            Self::Production => -ROLLOUT_DAYS * f64::from(machine),
            Self::Staging => 1.1,
            Self::Development => 2.2,
        };
        let come = VERSIONS.iter().rev();
        come.map(|(since, version)| (since + ahead_days, *version))
            .find(|(since, _)| days_ago <= *since)
            .map_or("1.8.0", |(_, version)| version)
    }
}

/// On what kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// It serves requests.
    Web,
    /// It runs jobs.
    Worker,
    /// Somebody holds it.
    Scanner,
}

/// How it is spread over the hours.
#[derive(Clone, Copy, Debug)]
pub enum Hours {
    /// As people are awake.
    Busy,
    /// Alike.
    Even,
    /// When the nightly work runs.
    Night,
}

/// From when to when something happens, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// In days ago.
    pub from: f64,
    /// In days ago.
    pub to: f64,
    /// On a whole day.
    pub per_day: f64,
    /// In which hours.
    pub hours: Hours,
}

/// A way to fail.
#[derive(Debug)]
pub struct Scene {
    /// Where.
    pub environment: Environment,
    /// On what.
    pub machine: Machine,
    /// When.
    pub stretches: &'static [Stretch],
    /// How it comes about.
    pub play: fn(&mut Cast),
}

impl Scene {
    /// To which project it is reported.
    pub fn project(&self) -> Project {
        match self.machine {
            Machine::Scanner => Project::Warehouse,
            Machine::Web | Machine::Worker => Project::Shop,
        }
    }

    /// How many machines it can happen on.
    pub fn machines(&self) -> u32 {
        match (self.environment, self.machine) {
            (Environment::Production, Machine::Web) => 4,
            (Environment::Production, Machine::Scanner) => 6,
            (Environment::Production, Machine::Worker) | (Environment::Development, _) => 2,
            (Environment::Staging, _) => 1,
        }
    }

    /// What that machine is called.
    pub fn host(&self, machine: u32) -> String {
        let number = machine + 1;
        match (self.environment, self.machine) {
            (Environment::Production, Machine::Web) => format!("web-{number}"),
            (Environment::Production, Machine::Worker) => format!("worker-{number}"),
            (Environment::Production, Machine::Scanner) => format!("scanner-{number:02}"),
            (Environment::Staging, _) => "staging-1".to_owned(),
            (Environment::Development, _) => ["ada-laptop", "ben-desktop"]
                .get(machine as usize)
                .map_or_else(|| format!("desk-{number}"), |name| (*name).to_owned()),
        }
    }

    /// Whether it still happens.
    pub fn goes_on(&self) -> bool {
        self.stretches.iter().any(|stretch| stretch.to == 0.0)
    }
}

/// Something that happens.
#[derive(Debug)]
pub struct Happening {
    /// Seconds since 1970.
    pub at: i64,
    /// The same, in days ago.
    pub days_ago: f64,
    /// What decides how it goes.
    pub seed: u64,
    /// What.
    pub scene: &'static Scene,
}

impl Happening {
    /// Something that happens now.
    pub fn now(scene: &'static Scene, seed: u64) -> Self {
        let at = now();
        Self {
            at,
            days_ago: 0.0,
            seed: seed ^ at.unsigned_abs(),
            scene,
        }
    }
}

/// A part of the story.
#[derive(Debug)]
pub enum Part {
    /// Something happens.
    Happening(Happening),
    /// Somebody does something about it.
    Act(&'static Act),
}

impl Part {
    /// When.
    pub fn days_ago(&self) -> f64 {
        match self {
            Self::Happening(happening) => happening.days_ago,
            Self::Act(act) => act.days_ago,
        }
    }
}

/// All of it, in the order of time.
#[derive(Debug)]
pub struct Story {
    /// The oldest first.
    pub parts: Vec<Part>,
}

impl Story {
    /// The two weeks before `now`.
    pub fn write(now: i64, scale: f64, seed: u64) -> Self {
        let mut parts: Vec<Part> = ACTS.iter().map(Part::Act).collect();
        for (scene, nth) in scenes::all().zip(1..) {
            let mut dice = Dice::new(seed, nth);
            for stretch in scene.stretches {
                let times = stretch.times(now, scale, &mut dice);
                parts.extend(times.into_iter().map(|at| {
                    Part::Happening(Happening {
                        at,
                        days_ago: days_between(at, now),
                        seed: seed ^ at.unsigned_abs().rotate_left(20) ^ nth,
                        scene,
                    })
                }));
            }
        }
        parts.sort_by(|one, other| other.days_ago().total_cmp(&one.days_ago()));
        Self { parts }
    }
}

impl Stretch {
    /// When it happens: once when it begins, and then as often as it should, with chance.
    fn times(&self, now: i64, scale: f64, dice: &mut Dice) -> Vec<i64> {
        let mut times = vec![seconds_before(now, self.from)];
        let step_days = (1.0_f64 / 24.0).min(self.from - self.to);
        let mut from = self.from;
        while from > self.to {
            let length = step_days.min(from - self.to);
            let expected = self.per_day * scale * length * self.hours.share(now, from);
            let mut left = expected + dice.part();
            while left >= 1.0 {
                left -= 1.0;
                times.push(seconds_before(now, from - dice.part() * length));
            }
            from -= step_days;
        }
        times
    }
}

impl Hours {
    /// How much happens in the hour that was so many days ago, where 1 is the mean.
    fn share(self, now: i64, days_ago: f64) -> f64 {
        let second = seconds_before(now, days_ago).rem_euclid(24 * 3600);
        let hour = usize::try_from(second / 3600).unwrap_or_default();
        match self {
            Self::Busy => BUSY[hour],
            Self::Even => 1.0,
            Self::Night if NIGHT.contains(&hour) => 8.0,
            Self::Night => 0.0,
        }
    }
}

fn seconds_before(now: i64, days_ago: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "it is at most two weeks")]
    let seconds = (days_ago * DAY_SECONDS) as i64;
    now - seconds
}

fn days_between(at: i64, now: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is at most two weeks")]
    let seconds = (now - at) as f64;
    seconds / DAY_SECONDS
}
