//! Attachments and feedback, stored in the transaction of their batch.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::{
    apply::DUPLICATE_WITHIN,
    limit::Limits,
    prepare::{Companion, Prepared},
};
use crate::{
    model::id::{OccurrenceUuid, ProjectId},
    store::{Result, attachments, feedback},
};

/// Stores what belongs to occurrences, stored or not, of the projects that are `held`; files of
/// occurrences that are `unwanted`, or were counted and not stored in a batch before, go with them.
pub(super) async fn store<'b>(
    tx: &mut PgConnection,
    companions: &[&Companion],
    held: &HashSet<ProjectId>,
    limits: &Limits,
    unwanted: impl Iterator<Item = &'b Prepared>,
) -> Result<()> {
    let mut unwanted: HashSet<_> = unwanted
        .map(|one| (one.key.project, one.entry.head.uuid))
        .collect();
    unwanted.extend(unstored_before(tx, companions, limits).await?);
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

/// The occurrences of files that are known to be counted and not stored: a batch may end between an
/// occurrence and its files.
async fn unstored_before(
    tx: &mut PgConnection,
    companions: &[&Companion],
    limits: &Limits,
) -> Result<Vec<(ProjectId, OccurrenceUuid)>> {
    let files = companions.iter().filter_map(|companion| match companion {
        Companion::Attachment(attachment, _) => Some(attachment),
        Companion::Feedback(_) => None,
    });
    let Some(first_at) = files.clone().map(|file| file.received_at).min() else {
        return Ok(Vec::new());
    };
    let asked = files.map(|file| (file.project, file.occurrence));
    limits.known(tx, asked, first_at - DUPLICATE_WITHIN).await
}
