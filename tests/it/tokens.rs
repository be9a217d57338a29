//! Access tokens: made, rotated, limited, used, disabled.

use chrono::TimeDelta;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, Project, wait::until};

#[tokio::test]
async fn a_rotated_token_works_for_a_day_beside_the_new_one() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let id = token(&app, &project, "post_server_item").await;
    let path = format!("/p/shop/settings/tokens/{id}");
    assert_eq!(
        owner
            .post(&format!("{path}/rate"), &[("rate", "100")])
            .await
            .status,
        303
    );
    let answer = owner.post(&format!("{path}/rotation"), &[]).await;
    assert_eq!(answer.status, 200);
    let newest =
        "SELECT plain FROM tokens WHERE scope = 'post_server_item' ORDER BY id DESC LIMIT 1";
    let new = app.database.text(newest).await;
    assert!(answer.text().contains(&new));
    assert_ne!(new, project.tokens.server);
    let rates = "SELECT min(rate_per_minute)::bigint FROM tokens WHERE scope = 'post_server_item'";
    assert_eq!(
        app.database.number(rates).await,
        100,
        "the limit goes along"
    );
    let again = owner.post(&format!("{path}/rotation"), &[]).await;
    assert_eq!(again.status, 404, "it ends already");

    let send = async |token: &str| {
        let body = project.occurrence().payload().to_string();
        app.post_item(token, body).await.status
    };
    until("the new token works", async || {
        (send(&new).await == 200).then_some(())
    })
    .await;
    assert_eq!(send(&project.tokens.server).await, 200);
    app.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    assert_eq!(send(&project.tokens.server).await, 403);
    assert_eq!(send(&new).await, 200);
}

#[tokio::test]
async fn a_rotated_token_of_the_api_ends_too() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let id = token(&app, &project, "read").await;
    let answer = owner
        .post(&format!("/p/shop/settings/tokens/{id}/rotation"), &[])
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(project.get("/api/1/items").await.status, 200);
    app.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    assert_eq!(project.get("/api/1/items").await.status, 403);
}

#[tokio::test]
async fn a_limit_is_set_and_taken_away() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let id = token(&app, &project, "post_server_item").await;
    let path = format!("/p/shop/settings/tokens/{id}/rate");
    for wrong in ["0", "-1", "many", "1.5"] {
        let answer = owner.post(&path, &[("rate", wrong)]).await;
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(answer.text().contains("Enter a number"), "{wrong}");
    }
    let limited = async |limit: &str| {
        until("ingest knows the limit", async || {
            let answer = project
                .post(project.occurrence().payload().to_string())
                .await;
            (answer.header("x-rate-limit-limit") == limit).then_some(())
        })
        .await;
    };
    assert_eq!(owner.post(&path, &[("rate", "7")]).await.status, 303);
    limited("7").await;
    until("the limit is reached", async || {
        let answer = project
            .post(project.occurrence().payload().to_string())
            .await;
        (answer.status == 429 && !answer.header("retry-after").is_empty()).then_some(())
    })
    .await;
    assert_eq!(owner.post(&path, &[("rate", "")]).await.status, 303);
    limited("6000000").await;
}

#[tokio::test]
async fn it_is_told_when_a_token_was_last_used() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    assert_eq!(used(&app).await, 0);
    project.get("/api/1/items").await.result();
    project.occurrence().send().await;
    // What ingest saw is stored when the program ends, if not before.
    owner.page("/p/shop/settings/tokens").await;
    let (database, data_dir) = {
        drop(owner);
        drop(project);
        app.stop().await
    };
    let app = App::builder()
        .database(&database)
        .data_dir(data_dir)
        .start()
        .await;
    assert_eq!(
        used(&app).await,
        2,
        "the one that read and the one that reported"
    );
}

async fn used(app: &App) -> i64 {
    let sql = "SELECT count(*) FROM tokens WHERE last_used_at IS NOT NULL";
    app.database.number(sql).await
}

async fn token(app: &App, project: &Project<'_>, scope: &str) -> i64 {
    let sql = format!(
        "SELECT id FROM tokens WHERE project_id = {} AND scope = '{scope}'",
        project.id
    );
    app.database.number(&sql).await
}
