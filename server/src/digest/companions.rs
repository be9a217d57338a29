//! Attachments and feedback, stored in the transaction of their batch.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::prepare::{Companion, Prepared};
use crate::{
    model::id::ProjectId,
    store::{Result, attachments, feedback},
};

/// Stores what belongs to occurrences, stored or not, of the projects that are `held`; files of
/// occurrences of the same batch that are `unwanted` go with them.
pub(super) async fn store<'b>(
    tx: &mut PgConnection,
    companions: &[&Companion],
    held: &HashSet<ProjectId>,
    unwanted: impl Iterator<Item = &'b Prepared>,
) -> Result<()> {
    let unwanted: HashSet<_> = unwanted
        .map(|one| (one.key.project, one.entry.head.uuid))
        .collect();
    for companion in companions {
        if !held.contains(&companion.project()) {
            continue;
        }
        match companion {
            Companion::Attachment(attachment, bytes) => {
                if !unwanted.contains(&(attachment.project, attachment.occurrence)) {
                    attachments::insert(&mut *tx, attachment, bytes).await?;
                }
            }
            Companion::Feedback(said) => feedback::insert(&mut *tx, said).await?,
        }
    }
    Ok(())
}
