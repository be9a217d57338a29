//! Postgres' programs, one of which stops in the middle of its work and tells that it is there.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use rollcage_server::cluster::Clients;
use rollcage_tests::wait::until;

/// A folder of programs; what hangs is ended with it.
pub struct Programs {
    dir: PathBuf,
    told: PathBuf,
}

impl Programs {
    /// Makes the folder; `name` writes `work` into the shell's hands and then hangs, unless it is
    /// only asked for its version or a list.
    pub fn hanging(dir: &Path, name: &str, work: &str) -> Self {
        let installed = Clients::find(None, 15).expect("the tests need PostgreSQL's programs");
        let installed = installed.pg_dump.parent().expect("it lies in a folder");
        fs::create_dir(dir).expect("a new folder");
        for entry in fs::read_dir(installed).expect("a folder").flatten() {
            let file = entry.file_name();
            if file != name {
                symlink(entry.path(), dir.join(file)).expect("a new name");
            }
        }
        let told = dir.join("told");
        let script = format!(
            "#!/bin/sh\n\
             case \"$*\" in *--version*|*--list\\ *) exec '{real}' \"$@\" ;; esac\n\
             {work}\n\
             echo $$ > '{told}.new' && mv '{told}.new' '{told}'\n\
             exec sleep 1000\n",
            real = installed.join(name).display(),
            told = told.display(),
        );
        let program = dir.join(name);
        fs::write(&program, script).expect("a new file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
        Self {
            dir: dir.to_owned(),
            told,
        }
    }

    /// Where they are.
    pub fn dir(&self) -> &str {
        super::text(&self.dir)
    }

    /// Waits until the program hangs.
    pub async fn hang(&self) {
        until("the program hangs", async || {
            self.told.exists().then_some(())
        })
        .await;
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        let pid = fs::read_to_string(&self.told).unwrap_or_default();
        let name = fs::read_to_string(format!("/proc/{}/comm", pid.trim()));
        // It may have been ended with the command, and its number be another's.
        if name.is_ok_and(|name| name.trim() == "sleep") {
            let _ = std::process::Command::new("kill")
                .args(["-9", pid.trim()])
                .stderr(std::process::Stdio::null())
                .status();
        }
    }
}
