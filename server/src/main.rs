//! The program `rollcage`: one command of the command line.

use std::process::ExitCode;

use clap::Parser;
use rollcage_server::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => {
            eprintln!("rollcage: cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
