//! Fills a Rollcage with the last two weeks of a small shop, which is in the library beside this.
//!
//! [`story`] says what happens when, [`scenes`] how each of it comes about, [`upkeep`] what people do
//! about it; [`player`] plays all that in the order of time, through the SDK. The server was started
//! with `serve --demo`: its clock follows the times that the occurrences claim.
//!
//! All is decided by a seed: the same seed gives the same two weeks, up to now.

mod api;
mod cast;
mod dice;
mod live;
mod player;
mod progress;
mod reporter;
mod scenes;
mod story;
mod upkeep;

use std::{
    panic,
    process::ExitCode,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use clap::Parser;
use serde_json::Value;

use crate::{reporter::Reporter, story::Story};

/// Fill a Rollcage that runs with `serve --demo`: `make demo` does all of it.
#[derive(Debug, Parser)]
#[command(name = "rollcage-demo")]
struct Arguments {
    /// Where the server is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The shop's project, as `rollcage project add --json` tells it
    #[arg(
        long,
        value_name = "JSON",
        env = "ROLLCAGE_DEMO_SHOP",
        hide_env_values = true
    )]
    shop: String,
    /// The warehouse's project, likewise
    #[arg(
        long,
        value_name = "JSON",
        env = "ROLLCAGE_DEMO_WAREHOUSE",
        hide_env_values = true
    )]
    warehouse: String,
    /// How much happens, beside what happens otherwise
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    scale: f64,
    /// Which of all possible two weeks it is
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Go on with what happens now, until Ctrl-C
    #[arg(long)]
    live: bool,
    /// Leave out the two weeks: they are there
    #[arg(long, requires = "live")]
    no_fill: bool,
}

/// The tokens of a project that this needs.
#[derive(Debug)]
struct Tokens {
    post: String,
    read: String,
    write: String,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rollcage-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(
        (0.0..=100.0).contains(&arguments.scale),
        "--scale must be from 0 to 100, got {}",
        arguments.scale
    );
    let shop = tokens(&arguments.shop).context("--shop")?;
    let warehouse = tokens(&arguments.warehouse).context("--warehouse")?;
    // The backtraces of std name sources as seen from here. Without the sources it is all the same.
    let _ = std::env::set_current_dir(env!("CARGO_MANIFEST_DIR"));
    keep_quiet_about_the_shop();

    let mut reporter = Reporter::new(&arguments.url, &shop.post, &warehouse.post);
    let api = api::Api::new(&arguments.url, &shop);
    if !arguments.no_fill {
        let story = Story::write(now(), arguments.scale, arguments.seed);
        let told = player::play(&story, &mut reporter, &api)?;
        println!("{told} occurrences are reported");
    }
    if arguments.live {
        live::go_on(&mut reporter, arguments.seed)?;
    }
    Ok(())
}

/// The shop panics on purpose. What this program itself panics about is still shown.
fn keep_quiet_about_the_shop() {
    let show = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let thread = thread::current();
        if !thread
            .name()
            .is_some_and(|name| name.starts_with(shop::web::THREADS))
        {
            show(info);
        }
    }));
}

fn tokens(project: &str) -> anyhow::Result<Tokens> {
    let project: Value = serde_json::from_str(project)
        .context("what `rollcage project add --json` prints is expected")?;
    let token = |scope: &str| {
        let token = project["tokens"][scope].as_str().map(str::to_owned);
        token.with_context(|| format!("the project has no token {scope}"))
    };
    Ok(Tokens {
        post: token("post_server_item")?,
        read: token("read")?,
        write: token("write")?,
    })
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this is where it is asked")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .expect("the clock is set to a time since 1970")
}
