//! How fast ingest accepts and the digest digests, beside a bare model of both, in one run.
//!
//! `make bench ARGS=--help`. Three processes share the machine: this one, which posts; the release
//! binary or the model (this program again); and the private Postgres of that, with durable settings.

mod arguments;
mod bodies;
mod gzip;
mod load;
mod measure;
mod model;
mod process;
mod projects;
mod report;
mod stages;
mod subject;
mod tables;
mod visible;

#[path = "../../src/protocol/recordings.rs"]
mod recordings;

use anyhow::{bail, ensure};
use clap::Parser;
use mimalloc::MiMalloc;

use self::{
    arguments::{Arguments, Role},
    measure::Prepared,
    report::Measured,
    subject::Kind,
};

/// As the server's, for the model's sake.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match &arguments.role {
        // As the server does.
        Some(Role::Model {
            folder,
            protocol,
            mode,
            errors,
        }) => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(model::serve(folder, *protocol, *mode, *errors as usize)),
        // One thread: it takes turns with what is measured as any other client's would.
        None => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(generate(&arguments)),
    }
}

async fn generate(arguments: &Arguments) -> anyhow::Result<()> {
    tokio::select! {
        all = measure_all(arguments) => {
            let all = all?;
            report::print_table(&all);
            report::save(arguments, &all)?;
            let mut runs = all.iter().flat_map(|one| one.rollcage.iter().chain(&one.model));
            ensure!(runs.all(measure::Figures::are_exact), "rows are not what was acknowledged");
        }
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    }
    if !arguments.no_stages {
        println!("\nWhere the time goes, microseconds of one core per occurrence:\n");
        stages::print(&arguments.protocols)?;
    }
    Ok(())
}

async fn measure_all(arguments: &Arguments) -> anyhow::Result<Vec<Measured>> {
    let run = &arguments.run;
    let folder = arguments
        .folder
        .join(format!("rollcage-bench-{}", std::process::id()));
    println!(
        "{} cores, {} connections, {}, {} s each after {} s, mode {}\n",
        std::thread::available_parallelism()?,
        run.connections,
        run.rate.map_or("closed loop".to_owned(), |rate| format!(
            "open loop, {rate} posts/s"
        )),
        run.seconds,
        run.warm_up,
        run.mode.name(),
    );
    let mut all = Vec::new();
    for &protocol in &arguments.protocols {
        let bodies = Prepared::from(bodies::bodies(protocol, run.mode, run.errors as usize)?);
        let mut measured = Measured {
            protocol,
            rollcage: Vec::new(),
            model: Vec::new(),
        };
        for number in 0..arguments.runs {
            for (kind, runs) in [
                (Kind::Rollcage, &mut measured.rollcage),
                (Kind::Model, &mut measured.model),
            ] {
                if kind == Kind::Model && arguments.no_model {
                    continue;
                }
                let folder = folder.join(format!("{}-{number}", kind.name().replace(' ', "-")));
                let figures = measure::run(kind, protocol, arguments, &bodies, &folder).await?;
                report::print_run(protocol, kind, number, &figures);
                runs.push(figures);
            }
        }
        all.push(measured);
    }
    std::fs::remove_dir(&folder)?;
    Ok(all)
}
