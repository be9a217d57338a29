//! A namespace of mounts of our own, so that nothing stays mounted however we end, and as many
//! files as the system lets us open.

use std::{
    env,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

/// Says that we are in it, or that it cannot be: no settings of the server's, though named like one,
/// so that servers do not inherit it.
const INSIDE: &str = "ROLLCAGE_FAULTS_NAMESPACE";

/// Goes there, with the same arguments. The connections of a scenario are files too.
const ENTER: &str = r#"
ulimit -n "$(ulimit -Hn)"
if unshare --mount true 2>/dev/null; then
    ROLLCAGE_FAULTS_NAMESPACE=own exec unshare --mount "$0" "$@"
fi
ROLLCAGE_FAULTS_NAMESPACE=none exec "$0" "$@"
"#;

/// Begins this program again inside; `Ok` where it is inside.
pub fn enter() -> Result<(), ExitCode> {
    if env::var_os(INSIDE).is_some() {
        return Ok(());
    }
    let program = env::current_exe().map_err(|error| fail(&error))?;
    let error = Command::new("sh")
        .arg("-c")
        .arg(ENTER)
        .arg(program)
        .args(env::args_os().skip(1))
        .exec();
    Err(fail(&error))
}

/// Whether we may mount.
pub fn is_our_own() -> bool {
    env::var_os(INSIDE).is_some_and(|inside| inside == "own")
}

fn fail(error: &std::io::Error) -> ExitCode {
    eprintln!("faults: {error}");
    ExitCode::FAILURE
}
