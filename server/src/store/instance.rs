//! What the instance knows about itself.

use sqlx::PgExecutor;

use super::Result;

const SETUP_SECRET: &str = "setup_secret";

/// The secret of the set-up page: the one that exists, else `candidate`, which then is it.
pub async fn setup_secret(db: impl PgExecutor<'_>, candidate: &str) -> Result<String> {
    sqlx::query_scalar!(
        r#"
        INSERT INTO instance (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = instance.value
        RETURNING value
        "#,
        SETUP_SECRET,
        candidate,
    )
    .fetch_one(db)
    .await
}

/// Takes the secret out, if it is `secret`; false if it is not, or was used already.
///
/// In a transaction with what it permits: then it is used up exactly if that is done.
pub async fn use_setup_secret(db: impl PgExecutor<'_>, secret: &str) -> Result<bool> {
    sqlx::query!(
        "DELETE FROM instance WHERE name = $1 AND value = $2",
        SETUP_SECRET,
        secret
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Whether `secret` is the secret of the set-up page.
pub async fn is_setup_secret(db: impl PgExecutor<'_>, secret: &str) -> Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM instance WHERE name = $1 AND value = $2) AS "exists!""#,
        SETUP_SECRET,
        secret,
    )
    .fetch_one(db)
    .await
}
