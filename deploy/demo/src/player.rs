//! Plays the story, in the order of time.

use crate::{
    api::Api,
    cast::Cast,
    dice::Dice,
    progress::Progress,
    reporter::{Reporter, Stamp},
    scenes,
    story::{Happening, Part, Story},
    upkeep,
};

/// Plays all of it: how many occurrences that were.
pub fn play(story: &Story, reporter: &mut Reporter, api: &Api) -> anyhow::Result<usize> {
    let mut progress = Progress::new(story.parts.len());
    let mut told = 0;
    for part in &story.parts {
        match part {
            Part::Happening(happening) => {
                happen(happening, reporter)?;
                told += 1;
            }
            Part::Act(act) => {
                reporter.wait()?;
                upkeep::carry_out(act, api)?;
            }
        }
        progress.step(part.days_ago());
    }
    let last = Happening::now(&scenes::MAIL_QUEUE, 0);
    happen(&last, reporter)?;
    reporter.wait()?;
    Ok(told + 1)
}

/// Plays one scene.
pub fn happen(happening: &Happening, reporter: &mut Reporter) -> anyhow::Result<()> {
    let scene = happening.scene;
    let mut dice = Dice::new(happening.seed, 2);
    let machine = dice.below(scene.machines());
    let version = scene.environment.version(happening.days_ago, machine);
    let stamp = Stamp {
        at: happening.at,
        environment: scene.environment.name(),
        host: scene.host(machine),
        version,
    };
    let mut cast = Cast { dice, version };
    reporter.report(scene, &stamp, || (scene.play)(&mut cast))
}
