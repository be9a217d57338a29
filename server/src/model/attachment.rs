//! A file that an application sent along with an occurrence.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{OccurrenceUuid, ProjectId};

/// Bytes of one attachment; larger ones are not stored, and counted.
pub const ATTACHMENT_MAX_BYTES: usize = 5 << 20;

/// Attachments of one envelope that are stored.
pub const ATTACHMENTS_MAX: usize = 20;

/// What is known of an attachment beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Whose it is.
    pub project: ProjectId,
    /// When this server received it.
    pub received_at: DateTime<Utc>,
    /// The occurrence that it belongs to, stored or not.
    pub occurrence: OccurrenceUuid,
    /// Its name as sent, for people: never a path of ours.
    pub name: String,
    /// What the SDK says it is, `text/plain`; never believed by what serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What it is for: Sentry's `attachment_type`, `event.view_hierarchy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}
