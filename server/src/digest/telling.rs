//! What items' transitions leave to read: their history, and mails in the outbox.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::apply::Touched;
use crate::{
    alerts::triggers,
    model::id::ItemId,
    store::{Result, changes, members, outbox},
};

/// Writes the items' history, and mails about it into the outbox: whether there are any.
pub(super) async fn tell(
    tx: &mut PgConnection,
    touched: &[Touched],
    now: DateTime<Utc>,
) -> Result<bool> {
    let changes: Vec<_> = touched
        .iter()
        .flat_map(|one| {
            one.transition.changes.iter().map(|change| {
                (
                    one.transition.item.project_id,
                    one.transition.item.id,
                    change,
                )
            })
        })
        .collect();
    if changes.is_empty() {
        return Ok(false);
    }
    let ids: HashMap<(ItemId, String), _> = changes::insert(&mut *tx, &changes)
        .await?
        .into_iter()
        .map(|(id, item, kind)| ((item, kind), id))
        .collect();
    let projects: BTreeSet<i64> = changes.iter().map(|(project, ..)| project.0).collect();
    let recipients =
        members::recipients(&mut *tx, &projects.into_iter().collect::<Vec<_>>()).await?;
    let mails: Vec<_> = touched
        .iter()
        .flat_map(|one| {
            triggers::firing(&one.transition)
                .into_iter()
                .map(move |alert| (one, alert))
        })
        .flat_map(|(one, alert)| {
            let item = &one.transition.item;
            let change = ids.get(&(item.id, alert.change().to_owned())).copied();
            let wanting = recipients
                .iter()
                .filter(move |who| who.project == item.project_id && alert.is_wanted_by(who));
            wanting.filter_map(move |who| {
                Some(triggers::mail(
                    alert,
                    item,
                    one.resolved_in.as_deref(),
                    change?,
                    &who.email,
                ))
            })
        })
        .collect();
    if !mails.is_empty() {
        outbox::insert(&mut *tx, &mails, now).await?;
    }
    Ok(!mails.is_empty())
}
