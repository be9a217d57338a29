//! How each failure comes about, and when.

mod elsewhere;
mod trouble;
mod web;
mod workers;

use crate::{
    cast::Cast,
    story::{Environment, Hours, Machine, Scene, Stretch},
};

pub use self::workers::{MAIL_QUEUE, SUPPLIER_SILENT};

/// Everything that happens by itself.
pub fn all() -> impl Iterator<Item = &'static Scene> {
    let parts: [&'static [Scene]; 4] = [
        &web::SCENES,
        &trouble::SCENES,
        &workers::SCENES,
        &elsewhere::SCENES,
    ];
    parts.into_iter().flatten()
}

/// In production, on a machine that serves requests.
const fn web(stretches: &'static [Stretch], play: fn(&mut Cast)) -> Scene {
    scene(Environment::Production, Machine::Web, stretches, play)
}

/// In production, on a machine that runs jobs.
const fn worker(stretches: &'static [Stretch], play: fn(&mut Cast)) -> Scene {
    scene(Environment::Production, Machine::Worker, stretches, play)
}

const fn scene(
    environment: Environment,
    machine: Machine,
    stretches: &'static [Stretch],
    play: fn(&mut Cast),
) -> Scene {
    Scene {
        environment,
        machine,
        stretches,
        play,
    }
}

/// From and to so many days ago, so often a day, when people are awake.
const fn busy(from: f64, to: f64, per_day: f64) -> Stretch {
    stretch(from, to, per_day, Hours::Busy)
}

/// The same, at all hours.
const fn even(from: f64, to: f64, per_day: f64) -> Stretch {
    stretch(from, to, per_day, Hours::Even)
}

/// The same, at night.
const fn night(from: f64, to: f64, per_day: f64) -> Stretch {
    stretch(from, to, per_day, Hours::Night)
}

const fn stretch(from: f64, to: f64, per_day: f64, hours: Hours) -> Stretch {
    Stretch {
        from,
        to,
        per_day,
        hours,
    }
}
