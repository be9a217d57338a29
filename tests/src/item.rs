//! An item as the API shows it.

use serde_json::{Value, json};

use crate::Project;

/// An item as it was when it was read.
#[derive(Clone)]
pub struct Item<'p> {
    project: &'p Project<'p>,
    /// Its id.
    pub id: i64,
    /// Its number within the project.
    pub counter: i64,
    /// `active`, `resolved`, `muted`
    pub status: String,
    /// Its occurrences.
    pub total: i64,
    /// What the API says of it.
    pub json: Value,
}

impl<'p> Item<'p> {
    /// Reads what the API says.
    pub fn new(project: &'p Project<'p>, json: Value) -> Self {
        let number = |key: &str| {
            json[key]
                .as_i64()
                .unwrap_or_else(|| panic!("{key}: {json}"))
        };
        Self {
            project,
            id: number("id"),
            counter: number("counter"),
            status: json["status"]
                .as_str()
                .expect("an item has a status")
                .to_owned(),
            total: number("total_occurrences"),
            json,
        }
    }

    /// The item as it is now.
    pub async fn reload(&self) -> Self {
        let path = format!("/api/1/item/{}", self.id);
        Self::new(self.project, self.project.get(&path).await.result())
    }

    /// Resolves it.
    pub async fn resolve(&self) -> Self {
        self.change(&json!({ "status": "resolved" })).await
    }

    /// Resolves it in a version.
    pub async fn resolve_in(&self, version: &str) -> Self {
        self.change(&json!({ "status": "resolved", "resolved_in_version": version }))
            .await
    }

    /// Mutes it.
    pub async fn mute(&self) -> Self {
        self.change(&json!({ "status": "muted" })).await
    }

    /// Reopens it, or ends its muting.
    pub async fn reopen(&self) -> Self {
        self.change(&json!({ "status": "active" })).await
    }

    async fn change(&self, change: &Value) -> Self {
        let path = format!("/api/1/item/{}", self.id);
        Self::new(
            self.project,
            self.project.patch(&path, change).await.result(),
        )
    }
}
