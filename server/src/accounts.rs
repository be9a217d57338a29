//! Making projects with their tokens: what the set-up page, the projects page and the command line
//! have in common.

use anyhow::Context;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tracing::warn;

use crate::{
    model::{
        project::{Project, Scope},
        text::Name,
    },
    secrets,
    store::{
        Db, Result,
        listener::{self, Notice},
        projects,
        tokens::{self, NewToken},
    },
};

/// Characters of a slug.
const SLUG_MAX_CHARS: usize = 50;

/// A project that was just made, with the text of its tokens, which is not stored for all of them.
pub struct Created {
    /// The project.
    pub project: Project,
    /// Its tokens, in the order asked for.
    pub tokens: Vec<(Scope, String)>,
}

/// Makes a project with one token of each of `scopes`. Wants a transaction; afterwards, tell all
/// nodes by [`announce_tokens`].
///
/// The text of a token that may read or write is known only now: ask for one only to show it.
pub async fn create_project(
    tx: &mut PgConnection,
    name: &str,
    scopes: &[Scope],
    at: DateTime<Utc>,
) -> Result<Created> {
    let name = Name::new(name);
    let slug = slug_of(name.as_str());
    let mut made = projects::insert(&mut *tx, &name, &slug, at).await?;
    let mut next = 2;
    while made.is_none() {
        made = projects::insert(&mut *tx, &name, &format!("{slug}-{next}"), at).await?;
        next += 1;
    }
    let project = made.expect("the loop ended");
    let mut created = Vec::with_capacity(scopes.len());
    for &scope in scopes {
        let token = create_token(tx, &project, &Name::new(default_name(scope)), scope, at).await?;
        created.push((scope, token));
    }
    Ok(Created {
        project,
        tokens: created,
    })
}

fn default_name(scope: Scope) -> &'static str {
    match scope {
        Scope::PostServerItem => "Servers",
        Scope::PostClientItem => "Browsers and apps",
        Scope::Read => "Reading",
        Scope::Write => "Writing",
    }
}

/// Makes a token: its text, which is stored only for scopes that may just post.
pub async fn create_token(
    tx: &mut PgConnection,
    project: &Project,
    name: &Name,
    scope: Scope,
    at: DateTime<Utc>,
) -> Result<String> {
    let token = secrets::access_token();
    let new = NewToken {
        project: project.id,
        name,
        sha256: &secrets::sha256(&token),
        plain: scope.may_post().then_some(token.as_str()),
        scope,
    };
    tokens::insert(&mut *tx, &new, at).await?;
    Ok(token)
}

/// Tells all nodes that tokens changed. A notice that is lost costs nothing but time.
pub async fn announce_tokens(db: &Db) {
    if let Err(error) = listener::notify(db, &Notice::Tokens).await {
        warn!(error = %error, "nodes could not be told of new tokens; they look by themselves");
    }
}

/// The Sentry DSN of a project's token.
pub fn dsn(base_url: &str, project: &Project, token: &str) -> anyhow::Result<String> {
    let mut url = url::Url::parse(base_url).context("the public URL is not a URL")?;
    url.set_username(token)
        .map_err(|()| anyhow::anyhow!("the public URL names no host"))?;
    Ok(format!(
        "{}/{}",
        url.as_str().trim_end_matches('/'),
        project.id
    ))
}

/// A project's name in URLs: lower case, `a-z`, `0-9` and single `-`.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for character in name.to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= SLUG_MAX_CHARS {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "project".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_what_is_left_of_a_name() {
        for (name, slug) in [
            ("Shop", "shop"),
            ("  My Shop / EU ", "my-shop-eu"),
            ("Боутик", "project"),
            ("Café №1", "caf-1"),
            ("--", "project"),
        ] {
            assert_eq!(slug_of(name), slug, "{name}");
        }
    }
}
