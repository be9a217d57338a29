//! A team: invited, let in, and what one of them deletes.

use rollcage_server::model::project::Role;
use rollcage_tests::{App, Browser, MailServer, app::PASSWORD};

use crate::axe;

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_invited_joins_and_becomes_an_owner() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "ada@example.test", Role::Owner).await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&owner).await;
    browser.goto("/p/shop/items").await;
    browser.press("Settings").await;
    browser.press("Members").await;
    browser.fill("Mail address", "grace@example.test").await;
    browser.click_on("input[name=role][value=viewer]").await;
    browser.press("Send invitation").await;
    browser.reads("#invitations-heading", "Invited").await;
    let mail = server.arrived(1).await.remove(0);
    let link = mail
        .text
        .split_whitespace()
        .find_map(|word| word.strip_prefix(&app.url()))
        .filter(|path| path.starts_with("/invitations/"))
        .expect("the mail has a link");

    // Another browser, without scripts: what is asked for works all the same.
    let hers = Browser::open(&app).await;
    hers.forbid_scripts().await;
    hers.goto(link).await;
    hers.reads("h1", "ada@example.test invites you").await;
    hers.fill("Choose a password", PASSWORD).await;
    hers.press("Make account and join").await;
    hers.is_at("/p/shop/items").await;
    assert_eq!(
        hers.count("a[href$='/settings/tokens']").await,
        0,
        "a viewer"
    );

    // A choice is kept as soon as it is made.
    browser.goto("/p/shop/settings/members").await;
    let choose = "const list = document.querySelector(arguments[0]);
        list.value = 'owner'; list.dispatchEvent(new Event('change', { bubbles: true }))";
    let her_role = format!("#role-{}", grace(&app).await);
    browser.run(choose, vec![her_role.into()]).await;
    browser.reads("auto-save .saved", "Saved").await;
    hers.goto("/p/shop/settings/data").await;
    hers.reads("h1", "Settings").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
    hers.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_confirmed_first() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().send().await.item().await;
    let owner = app.member(&project, "ada@example.test", Role::Owner).await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&owner).await;
    browser.goto("/p/shop/items/1").await;
    browser.press("Delete").await;
    browser.sees("dialog[open]").await;
    assert_eq!(axe::violations(&browser).await, Vec::<String>::new());
    browser.press("Cancel").await;
    assert_eq!(browser.count("dialog[open]").await, 0);
    browser.press("Delete").await;
    browser.press("Delete the item").await;
    browser.is_at("/p/shop/items").await;
    browser.reads(".empty h2", "Nothing has failed yet").await;

    browser.goto("/p/shop/settings/data").await;
    browser.fill("Type the project’s name, Shop", "Shop").await;
    browser.press("Delete Shop").await;
    browser.is_at("/").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_hears_what_happens_and_nothing_moves() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project
        .occurrence()
        .class("KeyError")
        .send()
        .await
        .item()
        .await;
    project
        .occurrence()
        .class("TypeError")
        .send()
        .await
        .item()
        .await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;
    browser.goto("/p/shop/items").await;
    let places = "return JSON.stringify([...document.querySelectorAll('.item')].map((row) => {
            const { top, left, height, width } = row.getBoundingClientRect();
            return [row.dataset.counter, top, left, height, width];
        }))";
    let before = browser.run(places, Vec::new()).await;

    project.occurrence().class("KeyError").times(2).send().await;
    browser.reads("[data-counter='1'] .item-total", "3").await;
    project.occurrence().class("ValueError").send().await;
    browser.reads("items-live a", "1 new item").await;
    assert_eq!(
        browser.run(places, Vec::new()).await,
        before,
        "nothing moves"
    );
    let title = browser.run("return document.title", Vec::new()).await;
    assert!(
        title
            .as_str()
            .is_some_and(|title| title.starts_with("(1) ")),
        "{title}"
    );
    assert_eq!(axe::violations(&browser).await, Vec::<String>::new());

    browser.press("1 new item — show").await;
    browser.sees("[data-counter='3']").await;
    assert_eq!(browser.count("items-live a").await, 0);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

async fn grace(app: &App) -> i64 {
    let sql = "SELECT id FROM users WHERE email = 'grace@example.test'";
    app.database.number(sql).await
}
