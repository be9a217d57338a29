//! Postgres may be away. People are told, and get back to where they were.

use rollcage_tests::{App, Browser, Database};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;

use crate::axe;

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_a_page_says_so_and_helps() {
    let app = App::start().await;
    app.project("Shop").await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;
    browser.goto("/p/shop/items").await;
    browser.reads("h1", "Items").await;

    allow_connections(&app.database, false).await;
    browser.goto("/p/shop/items").await;
    browser
        .reads("h1", "The pages are not available just now")
        .await;
    browser
        .reads(".lead", "Occurrences are still taken and kept on disk")
        .await;

    assert_eq!(axe::violations(&browser).await, Vec::<String>::new());

    allow_connections(&app.database, true).await;
    browser.press("Try again").await;
    browser.reads("h1", "Items").await;
    browser.is_at("/p/shop/items").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_waits_for_postgres_says_so() {
    let nowhere = Database::at("postgres://rollcage@127.0.0.1:1/rollcage");
    let app = App::builder().database(&nowhere).start_listening().await;
    let browser = Browser::open(&app).await;
    browser.goto("/").await;
    browser.reads("h1", "Rollcage is starting").await;
    browser.reads(".waiting", "Waiting for the database").await;
    assert_eq!(axe::violations(&browser).await, Vec::<String>::new());
    browser.close().await;
}

/// Lets nobody into a database any more, nor stay there; or lets them in again.
async fn allow_connections(database: &Database, allow: bool) {
    let mut url: Url = database.url().parse().expect("it is a URL");
    let name = url.path().trim_start_matches('/').to_owned();
    url.set_path("postgres");
    let mut admin = PgConnection::connect(url.as_str())
        .await
        .expect("Postgres runs");
    for sql in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allow}"),
        format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND NOT {allow}"
        ),
    ] {
        admin
            .execute(AssertSqlSafe(sql))
            .await
            .expect("we may do that");
    }
}
