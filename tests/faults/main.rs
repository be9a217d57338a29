//! Faults, of the server and of all that it rests on, while it is at work: what was answered with
//! 200 is there exactly once, whatever died.
//!
//! `make faults ARGS=--help`. A scenario starts the real server in a folder of its own, posts over
//! keep-alive connections as SDKs of both families do, and breaks something at times that its seed
//! chooses. In the end, once all is digested, rows, totals and counts are held against what was
//! acknowledged; a post whose answer was cut may be there, once at most. It sleeps where the tests
//! in `it` do not: a fault at a random time is what it is about.

mod arguments;
mod body;
mod chance;
mod ledger;
mod load;
mod namespace;
mod nginx;
mod patience;
mod postgres;
mod proxy;
mod scenarios;
mod server;
mod stage;
mod verdict;

use std::{path::Path, process::ExitCode};

use clap::{Parser, ValueEnum};
use rollcage_tests::server::binary;
use uuid::Uuid;

use crate::{
    arguments::{Arguments, Scale, Scenario},
    chance::Chance,
    patience::now,
    verdict::Verdict,
};

/// What a scenario has to go by.
pub struct Run<'a> {
    scale: Scale,
    chance: Chance,
    program: &'a Path,
    is_long: bool,
    /// Whether times are held to what releases promise.
    is_strict: bool,
    verdict: Verdict,
}

fn main() -> anyhow::Result<ExitCode> {
    // Before there are threads; and help needs none of it.
    let arguments = Arguments::parse();
    if let Err(failed) = namespace::enter() {
        return Ok(failed);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(all(&arguments)))
}

/// Plays what was asked for, one after another.
async fn all(arguments: &Arguments) -> ExitCode {
    let program = arguments.server.clone().unwrap_or_else(binary);
    let seed = arguments
        .seed
        .unwrap_or_else(|| Uuid::new_v4().as_u64_pair().1 >> 32);
    let chosen = if arguments.scenarios.is_empty() {
        Scenario::value_variants()
    } else {
        &arguments.scenarios
    };
    let (mut broken, mut left_out) = (Vec::new(), Vec::new());
    for &scenario in chosen {
        let scale = scenario.scale(arguments);
        println!("{}: seed {seed}, {} rounds", scenario.name(), scale.rounds);
        let mut run = Run {
            scale,
            chance: Chance::new(seed),
            program: &program,
            is_long: arguments.long,
            is_strict: arguments.strict,
            verdict: Verdict::default(),
        };
        let begun = now();
        if let Err(error) = scenarios::run(scenario, &mut run).await {
            run.verdict.failed(&error);
        }
        run.verdict.print();
        println!("  {:.1} s\n", begun.elapsed().as_secs_f64());
        if !run.verdict.is_kept() {
            broken.push(scenario.name());
        } else if run.verdict.is_left_out() {
            left_out.push(scenario.name());
        }
    }
    if !left_out.is_empty() {
        println!("left out: {}", left_out.join(", "));
    }
    if broken.is_empty() {
        println!(
            "{} played, all promises kept",
            chosen.len() - left_out.len()
        );
        ExitCode::SUCCESS
    } else {
        println!("broken: {}; seed {seed}", broken.join(", "));
        ExitCode::FAILURE
    }
}
