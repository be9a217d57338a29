//! What a mail about an item says, read when it is sent.

use anyhow::Context;
use rollcage_web::{
    Tz,
    mail::{CulpritFrame, ItemMail, Mail, Reason},
};

use super::triggers::{Alert, Detail};
use crate::{
    model::{
        json::Text,
        occurrence::{Body, Frame, Level, Occurrence},
        own,
    },
    store::{
        Db, items,
        occurrences::{self, StoredOccurrence},
        outbox::LeasedMail,
        projects, users,
    },
};

/// A mail about an item; `None` where what it was about is gone.
pub async fn render(db: &Db, mail: &LeasedMail, base_url: &str) -> anyhow::Result<Option<Mail>> {
    let alert = Alert::named(&mail.kind)
        .with_context(|| format!("unknown kind of mail {:?}", mail.kind))?;
    let detail: Detail =
        serde_json::from_value(mail.detail.clone()).context("reading what the mail is about")?;
    let Some(project_id) = mail.project else {
        return Ok(None);
    };
    let Some(project) = projects::by_id(db, project_id).await? else {
        return Ok(None);
    };
    let Some(item) = items::by_id(db, project_id, detail.item).await? else {
        return Ok(None);
    };
    let stored = occurrences::by_id(db, project_id, detail.occurrence).await?;
    let occurrence = stored
        .as_ref()
        .map(StoredOccurrence::occurrence)
        .transpose()?;
    let zone = users::time_zone(db, &mail.recipient)
        .await?
        .and_then(|zone| zone.parse().ok())
        .unwrap_or(Tz::UTC);
    let rendered = ItemMail {
        zone,
        reason: match alert {
            Alert::New => Reason::New,
            Alert::Reactivated => Reason::Reactivated {
                resolved_in: detail.resolved_in,
            },
        },
        project: project.name.to_string(),
        environment: item.environment.to_string(),
        level: level_view(item.level),
        counter: item.counter.0,
        title: item.title.to_string(),
        culprit: occurrence.as_ref().and_then(culprit),
        version: occurrence
            .as_ref()
            .and_then(|occurrence| owned(occurrence.code_version.as_ref())),
        total: item.total,
        at: stored.map_or(mail.created_at, |stored| stored.row.received_at),
        item_url: rollcage_web::paths::absolute(
            base_url,
            &rollcage_web::paths::item(&project.slug, item.counter),
        ),
        why: format!(
            "You get this because the mails of {} go to you.",
            project.name
        ),
    };
    Ok(Some(rendered.render().context("rendering a mail")?))
}

/// The frame that a person looks at first: the innermost own one of the deepest cause that has one.
fn culprit(occurrence: &Occurrence<'_>) -> Option<CulpritFrame> {
    let Body::Traces(traces) = &occurrence.body else {
        return None;
    };
    let platform = occurrence
        .language
        .as_deref()
        .and_then(|language| language.split_whitespace().next());
    let own = traces.iter().rev().find_map(|trace| {
        trace
            .frames
            .iter()
            .rev()
            .find(|frame| own::is_own_frame(frame, platform))
    });
    let frame: &Frame<'_> = own.or_else(|| traces.first().and_then(|trace| trace.frames.last()))?;
    Some(CulpritFrame {
        file: owned(frame.filename.as_ref()).unwrap_or_default(),
        line: frame.line.map(i64::from),
        function: owned(frame.method.as_ref()),
        pre: frame.pre.iter().map(ToString::to_string).collect(),
        code: owned(frame.code.as_ref()),
        post: frame.post.iter().map(ToString::to_string).collect(),
    })
}

fn level_view(level: Level) -> rollcage_web::Level {
    rollcage_web::Level::parse(level.as_str()).unwrap_or(rollcage_web::Level::Error)
}

fn owned(text: Option<&Text<'_>>) -> Option<String> {
    text.map(ToString::to_string)
}
