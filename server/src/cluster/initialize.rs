//! Making the cluster, once.

use std::{
    fs::{self, DirBuilder, File},
    io::Write,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use tracing::{info, warn};
use uuid::Uuid;

use super::{account::Account, binaries::Binaries, error::ClusterError, log};

/// The name of the cluster's superuser and of our database.
pub const NAME: &str = "rollcage";

/// What the names of unfinished clusters begin with.
pub const DRAFT_PREFIX: &str = "postgres.new.";

/// What an operator may change afterwards, in `data_dir/postgres/postgresql.conf`. Durability is
/// Postgres' default.
const CONFIGURATION: &str = "
# Rollcage. Where the cluster listens is set on the command line and not here.
max_connections = 50            # sixteen of each server, and room for psql and dumps
jit = off                       # short queries; and a hardened unit forbids writable code
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 1s
";

/// Makes the cluster in `cluster_dir` with the database [`NAME`], unless it is there. **Blocks**
/// for some seconds.
///
/// It gets its name when it is complete and on disk, so one that was interrupted is never used. A
/// draft has a name of its own each time: an `initdb` whose server was killed may still write.
/// [`remove_drafts`] takes them away.
pub fn initialize(
    account: Account,
    binaries: &Binaries,
    data_dir: &Path,
    cluster_dir: &Path,
) -> Result<(), ClusterError> {
    if cluster_dir.join("PG_VERSION").is_file() {
        return Ok(());
    }
    info!(
        "making the private PostgreSQL {} cluster in {}",
        binaries.major,
        cluster_dir.display()
    );
    let draft = data_dir.join(format!("{DRAFT_PREFIX}{}", Uuid::new_v4().simple()));
    let made = make(account, binaries, &draft).and_then(|()| {
        fs::rename(&draft, cluster_dir)
            .and_then(|()| File::open(data_dir)?.sync_all())
            .map_err(ClusterError::at(cluster_dir))
    });
    if made.is_err() {
        // The next start removes what is left; what went wrong is what matters now.
        let _ = fs::remove_dir_all(&draft);
    }
    made
}

/// Removes what was begun and not finished. **Blocks**.
pub fn remove_drafts(data_dir: &Path) -> Result<(), ClusterError> {
    for entry in fs::read_dir(data_dir).map_err(ClusterError::at(data_dir))? {
        let entry = entry.map_err(ClusterError::at(data_dir))?;
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(DRAFT_PREFIX.as_bytes())
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            // An `initdb` that outlived its server is cleaning up too. It is only space.
            warn!(
                "{} is left for the next start: {error}",
                entry.path().display()
            );
        }
    }
    Ok(())
}

fn make(account: Account, binaries: &Binaries, draft: &Path) -> Result<(), ClusterError> {
    run_initdb(account, binaries, draft)?;

    let configuration = draft.join("postgresql.conf");
    File::options()
        .append(true)
        .open(&configuration)
        .and_then(|mut file| {
            file.write_all(CONFIGURATION.as_bytes())?;
            file.sync_all()
        })
        .map_err(ClusterError::at(&configuration))?;

    create_database(account, binaries, draft)
}

/// Runs `initdb` with the first locale that this system has: by code point, and knowing letters
/// beyond ASCII if possible, so that indexes do not change with the system's library.
fn run_initdb(account: Account, binaries: &Binaries, draft: &Path) -> Result<(), ClusterError> {
    let builtin: &[&str] = &[
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
    ];
    let locales: &[&[&str]] = match binaries.major {
        17.. => &[builtin],
        _ => &[&["--locale=C.UTF-8"], &["--locale=C"]],
    };
    let mut failed = None;
    for locale in locales {
        let folder = DirBuilder::new().mode(0o700).create(draft);
        folder.map_err(ClusterError::at(draft))?;
        account.own(draft)?;
        let program = binaries.program("initdb");
        let output = account
            .command(&program)
            .arg("--pgdata")
            .arg(draft)
            .arg(format!("--username={NAME}"))
            .args([
                "--auth-local=trust",
                "--auth-host=reject",
                "--encoding=UTF8",
            ])
            .args(["--data-checksums", "--no-instructions"])
            .args(*locale)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .map_err(ClusterError::at(&program))?;
        if output.status.success() {
            return Ok(());
        }
        fs::remove_dir_all(draft).map_err(ClusterError::at(draft))?;
        failed = Some(ClusterError::Failed {
            program: "initdb",
            output: said(&output),
        });
    }
    failed.map_or(Ok(()), Err)
}

/// Creates our database with the cluster's single-user mode: it needs no client program, and the
/// cluster is complete before anybody can connect.
fn create_database(
    account: Account,
    binaries: &Binaries,
    draft: &Path,
) -> Result<(), ClusterError> {
    let program: PathBuf = binaries.program("postgres");
    let failed = ClusterError::at(&program);
    let run = || {
        let mut child = account
            .command(&program)
            .args(["--single", "-j", "-D"])
            .arg(draft)
            .arg("template1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // One that ends before it has read this says why.
            let _ = write!(input, "CREATE DATABASE {NAME};\n\n");
        }
        child.wait_with_output()
    };
    let output: Output = run().map_err(failed)?;
    // A failed statement does not fail the program.
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && !errors.contains("ERROR:") && !errors.contains("FATAL:") {
        return Ok(());
    }
    Err(ClusterError::Failed {
        program: "postgres --single",
        output: said(&output),
    })
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], b"\n", &output.stderr].concat();
    log::last_lines(&String::from_utf8_lossy(&text))
}
