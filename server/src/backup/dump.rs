//! `pg_dump` and `pg_restore`.

use std::{
    path::Path,
    process::{Output, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time,
};

use super::{connection::Connection, folder, progress::Progress};
use crate::cluster::{Clients, last_lines};

/// gzip's fastest: the bodies, most of a database, are compressed already.
const COMPRESSION: &str = "--compress=1";
/// Tables and indexes that are restored at a time: more gain little on one disk, and each takes
/// memory of its own for sorting.
const JOBS_MAX: usize = 4;
/// Between two looks at how far a dump is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Which part of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything but the list of applied migrations.
    Instance,
    /// That list, without which no server starts on the database: it begins to make the schema, and
    /// finds that something is in the way.
    Migrations,
}

/// Dumps the database into a new file, as the transaction that exported `snapshot` sees it.
pub async fn dump(
    connection: &Connection,
    clients: &Clients,
    snapshot: &str,
    file: &Path,
    progress: &Progress,
) -> anyhow::Result<()> {
    // Made by us, so that nobody else may read it.
    folder::create(file).with_context(|| format!("making {}", file.display()))?;
    let child = connection
        .command(&clients.pg_dump)
        .args(["--format=custom", COMPRESSION, "--no-owner"])
        .args(["--no-privileges", "--no-publications"])
        .args(["--no-subscriptions", "--no-security-labels"])
        .arg(format!("--snapshot={snapshot}"))
        .arg("--file")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("running {}", clients.pg_dump.display()))?;
    let ended = child.wait_with_output();
    tokio::pin!(ended);
    let output = loop {
        tokio::select! {
            output = &mut ended => break output,
            () = time::sleep(LOOK_EVERY) => {
                let written = std::fs::metadata(file).map_or(0, |file| file.len());
                progress.say_bytes("dumping the database", written);
            }
        }
    };
    done("pg_dump", &output.context("waiting for pg_dump")?)
}

/// Restores a part of the dump in `file`.
pub async fn restore(
    connection: &Connection,
    clients: &Clients,
    file: &Path,
    part: Part,
) -> anyhow::Result<()> {
    let listed = Command::from(std::process::Command::new(&clients.pg_restore))
        .arg("--list")
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("running {}", clients.pg_restore.display()))?;
    done("pg_restore --list", &listed)?;
    let list = String::from_utf8(listed.stdout).context("pg_restore lists names in UTF-8")?;

    let jobs = thread::available_parallelism().map_or(1, |cores| cores.get().min(JOBS_MAX));
    let child = connection
        .command(&clients.pg_restore)
        .arg(connection.argument())
        .args(["--exit-on-error", "--no-owner", "--no-privileges"])
        .args([&format!("--jobs={jobs}"), "--use-list=/dev/stdin"])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("running {}", clients.pg_restore.display()))?;
    let output = tell(child, chosen(&list, part).as_bytes()).await;
    done("pg_restore", &output.context("waiting for pg_restore")?)
}

async fn tell(mut child: Child, input: &[u8]) -> std::io::Result<Output> {
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends before it has read this says why.
        let _ = stdin.write_all(input).await;
    }
    child.wait_with_output().await
}

fn done(program: &str, output: &Output) -> anyhow::Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let said = last_lines(&String::from_utf8_lossy(&output.stderr));
    if said.is_empty() {
        bail!("{program} failed: {}", output.status);
    }
    bail!("{program} failed: {said}")
}

/// The lines of a dump's table of contents that belong to a part: `7; 1259 16385 TABLE public …`.
///
/// In neither are what the database's owner put beside us: extensions, which the role that restores
/// may not be allowed to make, and the schema `public`, which is there.
fn chosen(list: &str, part: Part) -> String {
    list.lines()
        .filter(|line| !line.starts_with(';'))
        .filter(|line| {
            let words = line.split(' ').skip(3).collect::<Vec<_>>().join(" ");
            let beside = [
                "EXTENSION ",
                "COMMENT - EXTENSION ",
                "SCHEMA - public ",
                "COMMENT - SCHEMA public ",
            ];
            !beside.iter().any(|beside| words.starts_with(beside))
        })
        .filter(|line| (part == Part::Migrations) == is_migrations(line))
        .fold(String::new(), |list, line| list + line + "\n")
}

fn is_migrations(line: &str) -> bool {
    line.contains(" TABLE DATA ") && line.contains(" _sqlx_migrations ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_migrations_is_a_part_of_its_own_and_extensions_are_in_none() {
        let list = "\
;
; Archive created at 2026-11-23 10:00:00 UTC
;
5; 2615 2200 SCHEMA - public pg_database_owner
2; 3079 16384 EXTENSION - pg_stat_statements
3500; 0 0 COMMENT - EXTENSION pg_stat_statements
210; 1259 16386 TABLE public _sqlx_migrations rollcage
211; 1259 16395 TABLE public projects rollcage
3401; 0 16386 TABLE DATA public _sqlx_migrations rollcage
3402; 0 16395 TABLE DATA public projects rollcage
3300; 2606 16393 CONSTRAINT public _sqlx_migrations _sqlx_migrations_pkey rollcage
";
        assert_eq!(
            chosen(list, Part::Migrations),
            "3401; 0 16386 TABLE DATA public _sqlx_migrations rollcage\n"
        );
        assert_eq!(
            chosen(list, Part::Instance),
            "\
210; 1259 16386 TABLE public _sqlx_migrations rollcage
211; 1259 16395 TABLE public projects rollcage
3402; 0 16395 TABLE DATA public projects rollcage
3300; 2606 16393 CONSTRAINT public _sqlx_migrations _sqlx_migrations_pkey rollcage
"
        );
    }
}
