//! The set-up page: whose token it shows, and which SDK.

use chrono::TimeDelta;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, Person};
use rollcage_web::snippets::{self, Reporter};

#[tokio::test]
async fn the_sdk_that_somebody_chose_is_theirs_in_every_project() {
    let app = App::start().await;
    let shop = app.project("Shop").await;
    app.project("Warehouse").await;
    let ada = app.admin().await;
    let grace = app.member(&shop, "grace@example.test", Role::Member).await;
    assert_eq!(shown(&ada, "/p/shop/start").await, "rust");

    let answer = ada.post("/p/shop/start/sdk", &[("sdk", "django")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/p/shop/start"));
    for page in ["/p/shop/start", "/p/warehouse/start"] {
        assert_eq!(shown(&ada, page).await, "django");
    }
    assert_eq!(shown(&grace, "/p/shop/start").await, "rust");

    // A link shows another one, and changes nothing.
    assert_eq!(shown(&ada, "/p/shop/start?sdk=vue").await, "vue");
    assert_eq!(shown(&ada, "/p/shop/start?sdk=cobol").await, "django");
    assert_eq!(shown(&ada, "/p/shop/start").await, "django");
}

#[tokio::test]
async fn only_what_there_is_can_be_chosen_and_only_by_members() {
    let app = App::start().await;
    let shop = app.project("Shop").await;
    let viewer = app.member(&shop, "vera@example.test", Role::Viewer).await;
    let member = app.member(&shop, "mia@example.test", Role::Member).await;
    let choose = "/p/shop/start/sdk";
    assert_eq!(viewer.post(choose, &[("sdk", "vue")]).await.status, 403);
    for form in [vec![], vec![("sdk", "")], vec![("sdk", "cobol")]] {
        assert_eq!(member.post(choose, &form).await.status, 422, "{form:?}");
    }
    assert_eq!(shown(&member, "/p/shop/start").await, "rust");
}

#[tokio::test]
async fn code_for_pages_has_the_token_that_may_be_public() {
    let app = App::start().await;
    let shop = app.project("Shop").await;
    let ada = app.admin().await;
    for sdk in snippets::all() {
        let page = ada.page(&format!("/p/shop/start?sdk={}", sdk.id)).await;
        let is_public = sdk.reporter == Reporter::Client;
        assert_eq!(page.contains(&shop.tokens.client), is_public, "{}", sdk.id);
        assert_eq!(page.contains(&shop.tokens.server), !is_public, "{}", sdk.id);
        let address = app.url().replace("http://", "");
        assert!(page.contains(&address), "{}", sdk.id);
    }
}

#[tokio::test]
async fn a_token_that_ends_is_not_set_up_any_more() {
    let app = App::start().await;
    let shop = app.project("Shop").await;
    let ada = app.admin().await;
    let ends_at = app.clock.now() + TimeDelta::days(1);
    sqlx::query("UPDATE tokens SET expires_at = $1 WHERE plain = $2")
        .bind(ends_at)
        .bind(&shop.tokens.server)
        .execute(app.database.db())
        .await
        .expect("Postgres answers");
    let page = ada.page("/p/shop/start").await;
    assert!(!page.contains(&shop.tokens.server));
}

/// The SDK whose tab is the current one, and whose set-up is shown.
async fn shown(person: &Person<'_>, page: &str) -> String {
    let html = person.page(page).await;
    let tabs: Vec<&str> = html
        .split("<button class=\"sdk\"")
        .skip(1)
        .filter_map(|tab| tab.split_once('>'))
        .filter(|(attributes, _)| attributes.contains("aria-current"))
        .map(|(attributes, _)| attributes.split('"').nth(3).expect("a tab has a value"))
        .collect();
    let [tab] = tabs[..] else {
        panic!("{tabs:?} are current");
    };
    let sdk = snippets::by_id(tab).expect("a tab is of an SDK");
    let heading = format!("id=\"sdk\">{}</h2>", sdk.name);
    assert!(html.contains(&heading), "{heading}");
    tab.to_owned()
}
