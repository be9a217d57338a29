//! The demo's folder: `serve --demo` sets the clock back, which would let expired sessions and links
//! live again, so it is for a folder that has never held anything else.

use std::fs;

use anyhow::{Context, ensure};

use crate::config::Config;

/// What a demo leaves in its data folder.
const MARK: &str = "demo";

/// Makes the data folder the demo's.
///
/// # Errors
/// When it holds something else, or the database is not its own.
pub fn claim(config: &Config) -> anyhow::Result<()> {
    ensure!(
        config.database_url.is_none(),
        "the demo brings its own Postgres: leave DATABASE_URL unset"
    );
    let folder = &config.data_dir;
    let mark = folder.join(MARK);
    let is_new = !folder.exists()
        || fs::read_dir(folder)
            .with_context(|| format!("looking into {}", folder.display()))?
            .next()
            .is_none();
    ensure!(
        is_new || mark.exists(),
        "{} holds something else than a demo: give it a folder of its own by --data-dir",
        folder.display()
    );
    if is_new {
        use std::os::unix::fs::DirBuilderExt;
        // As the server makes it: the private Postgres's user has to pass through.
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(folder)
            .and_then(|()| fs::write(&mark, "made by make demo\n"))
            .with_context(|| format!("making {}", folder.display()))?;
    }
    Ok(())
}
