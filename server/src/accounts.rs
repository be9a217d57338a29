//! Making projects and tokens, and writing to people about their accounts: what pages and the
//! command line have in common.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, Postgres, Transaction};
use tracing::warn;

use crate::{
    model::{
        account_mail::AccountMail,
        id::{InvitationId, ProjectId, TokenId, UserId},
        project::{Project, Scope},
        rule::Terms,
        text::Name,
    },
    secrets,
    store::{
        Db, Result,
        invitations::{self, Place},
        listener::{self, Notice},
        outbox::{self, NewMail},
        projects, rules,
        tokens::{self, NewToken},
        users,
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

/// Makes a project with one token of each of `scopes` and the first alert rules. Wants a transaction; afterwards, tell all
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
        let name = Name::new(default_name(scope));
        let token = create_token(tx, &project, &name, scope, None, at).await?;
        created.push((scope, token));
    }
    for terms in Terms::first() {
        rules::insert(&mut *tx, project.id, &terms, at).await?;
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

/// Makes a token, of that many occurrences a minute on each node: its text, which is stored only for scopes that may just post.
pub async fn create_token(
    tx: &mut PgConnection,
    project: &Project,
    name: &Name,
    scope: Scope,
    rate_per_minute: Option<i32>,
    at: DateTime<Utc>,
) -> Result<String> {
    let token = secrets::access_token();
    let new = NewToken {
        project: project.id,
        name,
        sha256: &secrets::sha256(&token),
        plain: scope.may_post().then_some(token.as_str()),
        scope,
        rate_per_minute,
    };
    tokens::insert(&mut *tx, &new, at).await?;
    Ok(token)
}

/// How long a token still works after another has taken its place: for deploys to follow.
pub const ROTATED_WORKS: TimeDelta = TimeDelta::hours(24);

/// Puts a new token in the place of one that works: its text. The old one works for
/// [`ROTATED_WORKS`] longer. `None` where the project has no such token, or it ends already. Wants
/// the project held.
///
/// Wants a transaction; afterwards, tell all nodes by [`announce_tokens`].
pub async fn rotate_token(
    tx: &mut PgConnection,
    project: &Project,
    token: TokenId,
    at: DateTime<Utc>,
) -> Result<Option<(Name, String)>> {
    let found = tokens::lock(&mut *tx, project.id, token).await?;
    let Some(old) = found.filter(|old| old.enabled && old.expires_at.is_none()) else {
        return Ok(None);
    };
    let text = create_token(tx, project, &old.name, old.scope, old.rate_per_minute, at).await?;
    tokens::set_expires_at(&mut *tx, old.id, at + ROTATED_WORKS).await?;
    Ok(Some((old.name, text)))
}

/// Tells all nodes that tokens changed. A notice that is lost costs nothing but time.
pub async fn announce_tokens(db: &Db) {
    if let Err(error) = listener::notify(db, &Notice::Tokens).await {
        warn!(error = %error, "nodes could not be told of new tokens; they look by themselves");
    }
}

/// How long an invitation can be accepted.
const INVITATION_WORKS: TimeDelta = TimeDelta::days(7);
/// Mails of a kind an hour that others may cause to one address: resets of its password, invitations.
const MAILS_PER_ADDRESS: i64 = 5;
/// Mails an hour that invite to one project, or to the instance.
const INVITATIONS_PER_PROJECT: i64 = 100;

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    /// Its mail is on its way.
    Sent,
    /// There were too many mails within the hour: to that address, or of that project.
    TooMany,
    /// The project, or the invitation that was to be sent again, is not there any more.
    Gone,
}

/// Invites an address by a mail; an invitation that it has for the same place is replaced.
pub async fn invite(
    db: &Db,
    place: Place,
    email: &str,
    by: UserId,
    at: DateTime<Utc>,
) -> Result<Invited> {
    let mut tx = db.begin().await?;
    if !is_held(&mut tx, place.project()).await? {
        return Ok(Invited::Gone);
    }
    let invitation =
        invitations::put(&mut *tx, place, email, by, at, at + INVITATION_WORKS).await?;
    mail_invitation(db, tx, place.project(), invitation, email, at).await
}

/// Extends an invitation and mails it again.
pub async fn send_again(
    db: &Db,
    project: Option<ProjectId>,
    invitation: InvitationId,
    by: UserId,
    at: DateTime<Utc>,
) -> Result<Invited> {
    let mut tx = db.begin().await?;
    if !is_held(&mut tx, project).await? {
        return Ok(Invited::Gone);
    }
    let expires_at = at + INVITATION_WORKS;
    let found = invitations::extend(&mut *tx, project, invitation, by, expires_at).await?;
    let Some(email) = found else {
        return Ok(Invited::Gone);
    };
    mail_invitation(db, tx, project, invitation, &email, at).await
}

/// Puts the mail of an invitation into the outbox and commits, unless there were too many.
async fn mail_invitation(
    db: &Db,
    mut tx: Transaction<'static, Postgres>,
    project: Option<ProjectId>,
    invitation: InvitationId,
    email: &str,
    at: DateTime<Utc>,
) -> Result<Invited> {
    let about = AccountMail::Invitation { invitation };
    let hour_ago = at - TimeDelta::hours(1);
    let to_them = outbox::count_since(&mut *tx, about.kind(), email, hour_ago).await?;
    let of_project = outbox::count_invitations_since(&mut *tx, project, hour_ago).await?;
    if to_them >= MAILS_PER_ADDRESS || of_project >= INVITATIONS_PER_PROJECT {
        return Ok(Invited::TooMany);
    }
    mail(&mut tx, about, project, email, at).await?;
    tx.commit().await?;
    announce_mails(db).await;
    Ok(Invited::Sent)
}

/// Whether a project is there, and stays until the transaction ends; the instance always is.
async fn is_held(tx: &mut PgConnection, project: Option<ProjectId>) -> Result<bool> {
    match project {
        Some(project) => Ok(!projects::hold(tx, &[project.0]).await?.is_empty()),
        None => Ok(true),
    }
}

/// Mails a link that resets the password of whoever has that address, if anybody does. It goes to the
/// address of the account: what was typed may be another one that only looks the same.
pub async fn mail_reset(db: &Db, email: &str, at: DateTime<Utc>) -> Result<()> {
    let Some((user, false)) = users::by_email(db, email).await? else {
        return Ok(());
    };
    let about = AccountMail::Reset { reset: user };
    let mut tx = db.begin().await?;
    // Who asks for the same account at once takes turns.
    users::lock(&mut *tx, user).await?;
    let Some(contact) = users::contact(&mut *tx, user).await? else {
        return Ok(());
    };
    let hour_ago = at - TimeDelta::hours(1);
    let sent = outbox::count_since(&mut *tx, about.kind(), &contact.email, hour_ago).await?;
    if sent >= MAILS_PER_ADDRESS {
        return Ok(());
    }
    mail(&mut tx, about, None, &contact.email, at).await?;
    tx.commit().await?;
    announce_mails(db).await;
    Ok(())
}

/// Mails that a password was changed. Wants a transaction; afterwards, [`announce_mails`].
pub async fn mail_password_changed(
    tx: &mut PgConnection,
    user: UserId,
    email: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    mail(
        tx,
        AccountMail::PasswordChanged { changed: user },
        None,
        email,
        at,
    )
    .await
}

/// Tells all nodes that mails wait. A notice that is lost costs nothing but time.
pub async fn announce_mails(db: &Db) {
    if let Err(error) = listener::notify(db, &Notice::Mails).await {
        warn!(error = %error, "nodes could not be told of a mail; they look by themselves");
    }
}

/// Tells all nodes that there is something to erase. A notice that is lost costs nothing but time.
pub async fn announce_erasures(db: &Db) {
    if let Err(error) = listener::notify(db, &Notice::Erasures).await {
        warn!(error = %error, "nodes could not be told of an erasure; they look by themselves");
    }
}

async fn mail(
    tx: &mut PgConnection,
    about: AccountMail,
    project: Option<ProjectId>,
    email: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let mail = NewMail {
        dedupe_key: format!("{} {}", about.kind(), uuid::Uuid::new_v4()),
        project,
        kind: about.kind(),
        recipient: email.to_owned(),
        detail: serde_json::to_value(about).expect("it is plain"),
    };
    outbox::insert(tx, &[mail], at).await
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
