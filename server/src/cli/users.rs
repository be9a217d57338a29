//! Commands about people who sign in.

use std::io::Read;

use anyhow::{Context, bail, ensure};
use tracing::warn;

use super::commands::{find_project, with_database};
use crate::{
    clock::Clock,
    config::Config,
    model::project::Role,
    secrets,
    store::{mail_secrets, members, sessions, users},
};

/// Characters below which a password is called short.
const SHORT_PASSWORD_CHARS: usize = 10;

pub async fn add(
    config: &Config,
    email: &str,
    is_admin: bool,
    in_projects: &[String],
    role: Role,
) -> anyhow::Result<()> {
    let email = email.trim();
    ensure!(
        email.parse::<lettre::Address>().is_ok(),
        "{email:?} is not a mail address"
    );
    let hash = secrets::hash_password(&password_from_stdin()?);
    with_database(config, async |database| {
        let now = Clock::default().now();
        let mut tx = database.db.begin().await?;
        let user = users::insert(&mut *tx, email, &hash, is_admin, now).await?;
        let user = user.with_context(|| format!("{email} has an account already"))?;
        for slug in in_projects {
            let project = find_project(&mut tx, slug).await?;
            members::set(&mut *tx, project.id, user, role).await?;
        }
        tx.commit().await?;
        println!("{email} may sign in");
        Ok(())
    })
    .await
}

pub async fn set_password(config: &Config, email: &str) -> anyhow::Result<()> {
    let email = email.trim();
    let hash = secrets::hash_password(&password_from_stdin()?);
    with_database(config, async |database| {
        let mut tx = database.db.begin().await?;
        let Some((user, is_disabled)) = users::by_email(&mut *tx, email).await? else {
            bail!("{email} has no account; `rollcage user list` shows those there are");
        };
        users::set_password(&mut *tx, user, &hash, Clock::default().now()).await?;
        mail_secrets::end_resets(&mut *tx, user).await?;
        let ended = sessions::end_all(&mut *tx, user, None).await?;
        tx.commit().await?;
        println!("{email} has a new password; sessions ended: {ended}");
        if is_disabled {
            println!("the account is deactivated: an admin can let them in again");
        }
        Ok(())
    })
    .await
}

pub async fn list(config: &Config) -> anyhow::Result<()> {
    with_database(config, async |database| {
        for person in users::all(&database.db).await? {
            let mut marks = String::new();
            if person.is_admin {
                marks.push_str("  admin");
            }
            if person.disabled_at.is_some() {
                marks.push_str("  deactivated");
            }
            println!("{}{marks}", person.email);
        }
        Ok(())
    })
    .await
}

fn password_from_stdin() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin()
        .read_to_string(&mut password)
        .context("reading the password from standard input")?;
    let password = password.trim_end_matches(['\n', '\r']).to_owned();
    ensure!(!password.is_empty(), "standard input has no password");
    if password.chars().count() < SHORT_PASSWORD_CHARS {
        warn!("the password has fewer than {SHORT_PASSWORD_CHARS} characters");
    }
    Ok(password)
}
