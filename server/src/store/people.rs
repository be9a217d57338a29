//! How many people an item met.

use sqlx::{PgConnection, PgExecutor};

use super::Result;
use crate::model::{
    id::{ItemId, ProjectId},
    people::People,
};

/// An item, with its project.
pub type Of = (ProjectId, ItemId);

/// Those that these items are known to have met; items that met nobody are left out. What cannot be
/// read begins anew.
pub async fn of_items(db: impl PgExecutor<'_>, items: &[Of]) -> Result<Vec<(Of, People)>> {
    let (project_ids, item_ids): (Vec<_>, Vec<_>) = items
        .iter()
        .map(|(project, item)| (project.0, item.0))
        .unzip();
    let rows = sqlx::query!(
        r#"
        SELECT project_id AS "project: ProjectId", item_id AS "item: ItemId", sketch
        FROM item_people
        JOIN UNNEST($1::bigint[], $2::bigint[]) AS asked (project_id, item_id)
            USING (project_id, item_id)
        "#,
        &project_ids,
        &item_ids,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some(((row.project, row.item), People::unpack(&row.sketch)?)))
        .collect())
}

/// Stores those that items met. Wants the lock of the facets, which keeps others from adding.
pub async fn save(tx: &mut PgConnection, items: &[(Of, People)]) -> Result<()> {
    let project_ids: Vec<_> = items.iter().map(|((project, _), _)| project.0).collect();
    let item_ids: Vec<_> = items.iter().map(|((_, item), _)| item.0).collect();
    let sketches: Vec<_> = items.iter().map(|(_, people)| people.pack()).collect();
    let counts: Vec<_> = items.iter().map(|(_, people)| people.count()).collect();
    sqlx::query!(
        r#"
        INSERT INTO item_people (project_id, item_id, sketch, people)
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[])
        ON CONFLICT (project_id, item_id)
            DO UPDATE SET sketch = excluded.sketch, people = excluded.people
        "#,
        &project_ids,
        &item_ids,
        &sketches,
        &counts,
    )
    .execute(tx)
    .await
    .map(|_done| ())
}
