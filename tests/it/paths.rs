//! The routers' paths, with something in the place of each parameter.

use std::collections::HashMap;

use rollcage_tests::{App, Envelope, Project};
use uuid::Uuid;

/// What the parameters of a route stand for.
pub type Names = HashMap<&'static str, String>;

/// Makes one of everything in a project that an SDK makes, and tells its names.
pub async fn names(app: &App, project: &Project<'_>) -> Names {
    let sent = project.occurrence().send().await;
    let item = sent.item().await;
    let attachment = attach(app, project, sent.uuids[0]).await;
    let token: i64 = sqlx::query_scalar("SELECT min(id) FROM tokens WHERE project_id = $1")
        .bind(project.id.0)
        .fetch_one(app.database.db())
        .await
        .expect("Postgres answers");
    let rule: i64 = sqlx::query_scalar("SELECT min(id) FROM rules WHERE project_id = $1")
        .bind(project.id.0)
        .fetch_one(app.database.db())
        .await
        .expect("Postgres answers");
    HashMap::from([
        ("slug", project.slug.clone()),
        ("counter", item.counter.to_string()),
        ("occurrence", item.json["last_occurrence_id"].to_string()),
        ("token", token.to_string()),
        ("rule", rule.to_string()),
        ("item", item.id.to_string()),
        ("uuid", sent.uuids[0].to_string()),
        ("attachment", attachment.to_string()),
    ])
}

/// Sends a file along with an occurrence that is there already: the id of the attachment.
async fn attach(app: &App, project: &Project<'_>, occurrence: Uuid) -> i64 {
    let envelope = Envelope::of(occurrence).attachment("log.txt", b"a line");
    let answer = project.post_envelope(&envelope).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    app.digested().await;
    sqlx::query_scalar("SELECT max(id) FROM attachments WHERE project_id = $1")
        .bind(project.id.0)
        .fetch_one(app.database.db())
        .await
        .expect("Postgres answers")
}

/// A route with its parameters filled; `{id}` is that of what comes before it. What has no name is 1.
pub fn fill(route: &str, names: &Names) -> String {
    let name = |name: &str| names.get(name).cloned().unwrap_or_else(|| "1".to_owned());
    let before_id = route.split("/{id}").next().unwrap_or_default();
    let id = match before_id.rsplit('/').next().unwrap_or_default() {
        "occurrences" | "instance" => name("occurrence"),
        "tokens" => name("token"),
        "rules" => name("rule"),
        "attachments" => name("attachment"),
        "sessions" => name("session"),
        "users" => name("user"),
        "dead-letters" => name("dead letter"),
        "invitations" if before_id.starts_with("/admin/") => name("admin invitation"),
        "invitations" => name("invitation"),
        _ => name("item"),
    };
    route
        .replace("{slug}", &name("slug"))
        .replace("{counter}", &name("counter"))
        .replace("{uuid}", &name("uuid"))
        .replace("{user}", &name("user"))
        .replace("{kind}", "classes")
        .replace("{id}", &id)
        .replace("{secret}", "0123")
        .replace("{*path}", "nothing.css")
}
