//! What happens now: something every few seconds, now and then something new.

use std::{thread, time::Duration};

use crate::{
    cast::SUPPLIERS,
    dice::Dice,
    now, player,
    reporter::{Reporter, Stamp},
    scenes::{self, SUPPLIER_SILENT},
    story::{Happening, Scene},
};

/// One in so many is something new.
const NEW: u32 = 12;

/// Goes on until it is ended.
pub fn go_on(reporter: &mut Reporter, seed: u64) -> anyhow::Result<()> {
    println!("Something happens every few seconds now.");
    let begun_at = now();
    let mut dice = Dice::new(seed, begun_at.unsigned_abs());
    let current: Vec<&Scene> = scenes::all().filter(|scene| scene.goes_on()).collect();
    for nth in 0.. {
        thread::sleep(Duration::from_millis(dice.between(1_500, 6_000).into()));
        if dice.below(NEW) == 0 {
            something_new(reporter, nth)?;
        } else {
            let happening = Happening::now(dice.one_of(&current), seed);
            player::happen(&happening, reporter)?;
        }
        reporter.wait()?;
    }
    Ok(())
}

/// An item that there was not before: each delivery is one of its own.
fn something_new(reporter: &mut Reporter, nth: u64) -> anyhow::Result<()> {
    let at = now();
    let scene = &SUPPLIER_SILENT;
    let stamp = Stamp {
        at,
        environment: scene.environment.name(),
        host: scene.host(0),
        version: scene.environment.version(0.0, 0),
    };
    let number = at.unsigned_abs() % 1_000_000;
    let which = usize::try_from(nth).unwrap_or_default() % SUPPLIERS.len();
    reporter.report(scene, &stamp, move || {
        shop::jobs::run("import-prices", 1, move || {
            shop::import::missing(SUPPLIERS[which], number);
        });
    })
}
