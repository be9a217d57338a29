//! What a person who met a failure says about it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::id::{OccurrenceUuid, ProjectId};

/// What a person says about an occurrence, or about the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The SDK's UUID of the feedback, or ours.
    pub uuid: Uuid,
    /// Whose it is.
    pub project: ProjectId,
    /// When this server received it.
    pub received_at: DateTime<Utc>,
    /// The occurrence that it is about; `None` where it is about none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<OccurrenceUuid>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their mail address, as they typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What they say.
    pub message: String,
    /// The page they were on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
