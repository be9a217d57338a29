//! What mails of alert rules say beside those about an item: a summary of an hour, and a test.

use anyhow::Context;
use rollcage_web::{
    Tz,
    mail::{Mail, RuleSummaryMail, RuleTestMail, SummaryItem},
    paths,
};

use super::{summary, triggers::TestDetail, wording};
use crate::{
    model::{id::RuleId, project::Project, rule::Rule},
    store::{Db, members, outbox::LeasedMail, projects, rule_hours, rules, users},
};

/// A summary; `None` where nothing of what it was about is left.
pub async fn render_summary(
    db: &Db,
    mail: &LeasedMail,
    base_url: &str,
) -> anyhow::Result<Option<Mail>> {
    let detail: summary::Detail =
        serde_json::from_value(mail.detail.clone()).context("reading what the mail is about")?;
    let Some((project, rule)) = found(db, mail, detail.rule).await? else {
        return Ok(None);
    };
    let ids: Vec<_> = detail.items.iter().map(|(item, _)| item.0).collect();
    let named = rule_hours::named_items(db, project.id, &ids).await?;
    let items: Vec<_> = detail
        .items
        .iter()
        .filter_map(|(id, fired)| {
            // One that was deleted meanwhile is not told.
            let item = named.iter().find(|item| item.id == *id)?;
            let path = paths::item(&project.slug, item.counter);
            Some(SummaryItem {
                counter: item.counter.0,
                title: item.title.to_string(),
                environment: item.environment.to_string(),
                level: wording::level(item.level),
                total: item.total,
                fired: *fired,
                url: paths::absolute(base_url, &path),
            })
        })
        .collect();
    if items.is_empty() && detail.more == 0 {
        return Ok(None);
    }
    let zone = users::time_zone(db, &mail.recipient).await?;
    let rendered = RuleSummaryMail {
        project: project.name.to_string(),
        rule: rule.terms.name.to_string(),
        rule_url: paths::absolute(base_url, &paths::rule(&project.slug, rule.id)),
        mails_per_hour: rule.terms.mails_per_hour,
        hour: detail.hour,
        zone: zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC),
        items,
        more: i64::try_from(detail.more).unwrap_or(i64::MAX),
        items_url: paths::absolute(base_url, &paths::items(&project.slug)),
    };
    Ok(Some(rendered.render().context("rendering a mail")?))
}

/// A test; `None` where the rule is gone.
pub async fn render_test(
    db: &Db,
    mail: &LeasedMail,
    base_url: &str,
) -> anyhow::Result<Option<Mail>> {
    let detail: TestDetail =
        serde_json::from_value(mail.detail.clone()).context("reading what the mail is about")?;
    let Some((project, rule)) = found(db, mail, detail.rule).await? else {
        return Ok(None);
    };
    let people = members::of_project(db, project.id).await?;
    let rendered = RuleTestMail {
        project: project.name.to_string(),
        rule: rule.terms.name.to_string(),
        terms: wording::terms(&rule.terms, &people),
        rule_url: paths::absolute(base_url, &paths::rule(&project.slug, rule.id)),
    };
    Ok(Some(rendered.render().context("rendering a mail")?))
}

async fn found(
    db: &Db,
    mail: &LeasedMail,
    rule: RuleId,
) -> anyhow::Result<Option<(Project, Rule)>> {
    let Some(project) = mail.project else {
        return Ok(None);
    };
    let Some(project) = projects::by_id(db, project).await? else {
        return Ok(None);
    };
    let rule = rules::by_id(db, project.id, rule).await?;
    Ok(rule.map(|rule| (project, rule)))
}
