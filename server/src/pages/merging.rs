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
            group::{MEMBERS_MAX, Refused},
        },
        project::Role,
    },
    store::merging,
    triage::{self, Merged},
};

/// Items that one form may name: more than a page of the list has.
const NAMED_MAX: usize = 200;

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

    let merged = triage::merge(&pages.db, access.project.id, &counters, access.by(&pages)).await?;
    Ok(match merged {
        Ok(Merged { head, joined }) => {
            let path = paths::item_merged(&access.project.slug, head, &joined);
            Redirect::to(&path).into_response()
        }
        Err(refused) => refusal(refused),
    })
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

    let by = access.by(&pages);
    triage::take_out(&pages.db, access.project.id, found.id, &out, by).await?;

    let out: Vec<i64> = out.iter().flatten().map(|counter| counter.0).collect();
    Ok(Redirect::to(&paths::item_separated(
        &slug,
        found.counter,
        &out,
    )))
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
