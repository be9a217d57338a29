//! What a mail about an item says, read when it is sent.

use anyhow::Context;
use rollcage_web::{
    Tz,
    mail::{CulpritFrame, ItemMail, Mail},
    paths,
};

use super::{
    triggers::{self, Detail},
    wording,
};
use crate::{
    model::{
        json::Text,
        occurrence::{Body, Frame, Occurrence},
        own,
    },
    store::{
        Db, items,
        occurrences::{self, StoredOccurrence},
        outbox::LeasedMail,
        projects, rules, users,
    },
};

/// A mail about an item; `None` where what it was about is gone.
pub async fn render(db: &Db, mail: &LeasedMail, base_url: &str) -> anyhow::Result<Option<Mail>> {
    let detail: Detail =
        serde_json::from_value(mail.detail.clone()).context("reading what the mail is about")?;
    let trigger = triggers::trigger_of(&mail.kind, &detail)
        .with_context(|| format!("unknown kind of mail {:?}", mail.kind))?;
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
    let rule = match detail.rule {
        Some(rule) => rules::by_id(db, project_id, rule).await?,
        None => None,
    };
    let zone = users::time_zone(db, &mail.recipient)
        .await?
        .and_then(|zone| zone.parse().ok())
        .unwrap_or(Tz::UTC);
    let rendered = ItemMail {
        zone,
        reason: wording::reason(trigger, detail.resolved_in),
        project: project.name.to_string(),
        environment: item.environment.to_string(),
        level: wording::level(item.level),
        counter: item.counter.0,
        title: item.title.to_string(),
        culprit: occurrence.as_ref().and_then(culprit),
        version: occurrence
            .as_ref()
            .and_then(|occurrence| owned(occurrence.code_version.as_ref())),
        total: item.total,
        at: stored.map_or(mail.created_at, |stored| stored.row.received_at),
        item_url: paths::absolute(base_url, &paths::item(&project.slug, item.counter)),
        why: match &rule {
            Some(rule) => format!(
                "You get this by the rule “{}” of the project {}.",
                rule.terms.name, project.name
            ),
            None => format!(
                "You get this because the mails of {} go to you.",
                project.name
            ),
        },
        rule_url: rule.map(|rule| paths::absolute(base_url, &paths::rule(&project.slug, rule.id))),
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

fn owned(text: Option<&Text<'_>>) -> Option<String> {
    text.map(ToString::to_string)
}
