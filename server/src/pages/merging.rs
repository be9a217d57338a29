//! Merging items of a list into one, and taking them out again.

use axum::{
    extract::{Path, RawForm, State},
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    group::{Group, GroupMember, Regrouped},
    pages::ErrorPage,
    paths,
};

use super::{
    Pages, item,
    render::{Page, PageError},
    viewer::InProject,
};
use crate::{
    model::{
        id::ItemCounter,
        item::{
            Item,
            group::{self, MEMBERS_MAX, Part, Refused},
        },
        project::Role,
    },
    store::{self, merging},
};

/// Items that one form may name: more than a page of the list has.
const NAMED_MAX: usize = 200;

/// How often a change is tried that meets the digest in a deadlock: it locks the head of an item that
/// was merged while it waited for the item, out of order.
const ATTEMPTS: usize = 3;

/// `POST /p/{slug}/merging`: `item` for each, by its counter.
pub async fn merge(
    State(pages): State<Pages>,
    access: InProject,
    RawForm(form): RawForm,
) -> Result<Response, PageError> {
    access.at_least(Role::Member)?;
    let counters: Vec<i64> = values(&form, "item")
        .filter_map(|counter| counter.parse().ok())
        .take(NAMED_MAX)
        .collect();

    let mut again = 1..ATTEMPTS;
    let merged = loop {
        match try_merge(&pages, &access, &counters).await {
            Err(cause) if store::is_rolled_back(&cause) && again.next().is_some() => {}
            merged => break merged?,
        }
    };
    Ok(match merged {
        Ok((head, joined)) => {
            let path = paths::item_merged(&access.project.slug, head, &joined);
            Redirect::to(&path).into_response()
        }
        Err(refused) => refusal(refused),
    })
}

/// The head, and the groups that were merged into it as they stood before.
async fn try_merge(
    pages: &Pages,
    access: &InProject,
    counters: &[i64],
) -> store::Result<Result<(ItemCounter, Vec<Vec<i64>>), Refused>> {
    let project = access.project.id;
    let mut tx = pages.db.begin().await?;
    let ids = merging::ids_of(&mut *tx, project, counters).await?;
    let parts = merging::lock(&mut tx, project, &ids).await?;
    let before = standing(&parts);
    let (actor, now) = (Some(access.viewer.id), pages.clock.now());
    let regrouped = match group::merge(parts, actor, now) {
        Ok(regrouped) => regrouped,
        Err(refused) => return Ok(Err(refused)),
    };
    merging::save(&mut tx, project, &regrouped).await?;
    tx.commit().await?;

    let head = regrouped.parts[0].item.counter;
    let joined = before
        .into_iter()
        .filter(|group| !group.contains(&head.0))
        .collect();
    Ok(Ok((head, joined)))
}

/// `POST /p/{slug}/items/{counter}/separation`: `group` for each group of members that is to stand by
/// itself, their counters with dots between.
pub async fn take_out(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, counter)): Path<(String, String)>,
    RawForm(form): RawForm,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Member)?;
    let found = item::find(&pages, &access.project, &counter).await?;
    let out: Vec<Vec<ItemCounter>> = values(&form, "group")
        .map(|group| counters(&group).map(ItemCounter).collect())
        .take(NAMED_MAX)
        .collect();

    let mut again = 1..ATTEMPTS;
    loop {
        match try_take_out(&pages, &access, &found, &out).await {
            Err(cause) if store::is_rolled_back(&cause) && again.next().is_some() => {}
            done => break done?,
        }
    }

    let out: Vec<i64> = out.iter().flatten().map(|counter| counter.0).collect();
    Ok(Redirect::to(&paths::item_separated(
        &slug,
        found.counter,
        &out,
    )))
}

async fn try_take_out(
    pages: &Pages,
    access: &InProject,
    head: &Item,
    out: &[Vec<ItemCounter>],
) -> store::Result<()> {
    let project = access.project.id;
    let mut tx = pages.db.begin().await?;
    let parts = merging::lock(&mut tx, project, &[head.id.0]).await?;
    let (actor, now) = (Some(access.viewer.id), pages.clock.now());
    let regrouped = group::take_out(parts, out, actor, now);
    merging::save(&mut tx, project, &regrouped).await?;
    tx.commit().await
}

/// The members of an item as its page shows them; `None` for none.
pub async fn members(pages: &Pages, item: &Item) -> Result<Option<Group>, PageError> {
    if item.members.is_empty() {
        return Ok(None);
    }
    let members = merging::members(&pages.db, item.project_id, item.id).await?;
    let of_members: i64 = members.iter().map(|member| member.total).sum();
    let members = members.into_iter().map(|member| GroupMember {
        counter: member.counter.0,
        title: member.title.to_string(),
        total: member.total,
        last_seen_at: member.last_seen_at.max(member.last_occurrence_at),
    });
    Ok(Some(Group {
        own_total: item.total - of_members,
        members: members.collect(),
    }))
}

/// What the page of a head says was just done: of what its URL names, only what is so.
pub fn told(query: &item::ItemQuery, group: Option<&Group>) -> Option<Regrouped> {
    let is_member = |counter: &i64| {
        let mut members = group.iter().flat_map(|group| &group.members);
        members.any(|member| member.counter == *counter)
    };
    if let Some(merged) = &query.merged {
        let (undo, items): (Vec<_>, Vec<_>) = merged
            .split('_')
            .map(|text| counters(text).collect::<Vec<_>>())
            .filter(|group| !group.is_empty() && group.iter().all(is_member))
            .map(|group| (paths::together(&group), group))
            .unzip();
        let items = items.concat();
        return (!items.is_empty()).then_some(Regrouped::Merged { items, undo });
    }
    if let Some(apart) = &query.apart {
        let items: Vec<_> = counters(apart).filter(|item| !is_member(item)).collect();
        return (!items.is_empty()).then_some(Regrouped::TakenOut(items));
    }
    let asked = query.asked.as_ref()?.parse().ok()?;
    is_member(&asked).then_some(Regrouped::Asked(asked))
}

/// Items by their counters, in the groups that they stand in, each head first.
fn standing(parts: &[Part]) -> Vec<Vec<i64>> {
    let heads = parts.iter().filter(|part| part.item.merged_into.is_none());
    heads
        .map(|head| {
            let members = parts
                .iter()
                .filter(|part| part.item.merged_into == Some(head.item.id));
            std::iter::once(head)
                .chain(members)
                .map(|part| part.item.counter.0)
                .collect()
        })
        .collect()
}

fn refusal(refused: Refused) -> Response {
    let page = ErrorPage::new(422);
    let page = match refused {
        Refused::Alone => page.advice("Merging takes two items or more. Go back and select another."),
        Refused::Environments => page.advice(
            "Only items of one environment can be merged: what is resolved in one may go on failing in another.",
        ),
        Refused::Discarded => page.advice(
            "One of them is discarded for ever, and would take the others along. Stop discarding it first.",
        ),
        Refused::TooMany => page.advice(format!(
            "More than {MEMBERS_MAX} items would be merged into one.",
        )),
    };
    Page::again(page.heading("These items cannot be merged")).into_response()
}

/// The values of a form's field that may be there several times.
fn values(form: &[u8], name: &'static str) -> impl Iterator<Item = String> {
    url::form_urlencoded::parse(form)
        .filter(move |(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// `45.46`
fn counters(text: &str) -> impl Iterator<Item = i64> {
    text.split('.')
        .filter_map(|counter| counter.parse().ok())
        .take(NAMED_MAX)
}
