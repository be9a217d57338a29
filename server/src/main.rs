//! The program `rollcage`: one command of the command line.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use rollcage_server::cli::{self, Cli};

/// Each occurrence is some hundred small pieces that come and go together: the system's allocator took
/// a tenth of the server's time, this one a third of that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
