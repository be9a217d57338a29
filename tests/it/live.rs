//! Sign of life: what a stream tells a page of items.

use rollcage_server::model::project::Role;
use rollcage_tests::{App, wait::PATIENCE};
use serde_json::Value;

/// A stream, read event by event.
struct Stream {
    response: reqwest::Response,
    read: String,
}

impl Stream {
    /// What the next event says; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.read.clone().split_once("\n\n") {
                rest.clone_into(&mut self.read);
                if let Some(data) = event.strip_prefix("data: ") {
                    return Some(serde_json::from_str(data).expect("an event is JSON"));
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk())
                .await
                .expect("something comes, or the end")
                .ok()??;
            self.read.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}

async fn open(person: &rollcage_tests::Person<'_>, path: &str) -> Stream {
    let response = person.stream(path).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Stream {
        response,
        read: String::new(),
    }
}

#[tokio::test]
async fn a_page_hears_of_new_items_and_of_its_own() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Other").await;
    let viewer = app
        .member(&project, "viewer@example.test", Role::Viewer)
        .await;
    let item = project
        .occurrence()
        .class("KeyError")
        .send()
        .await
        .item()
        .await;
    let page = viewer.page("/p/shop/items").await;
    let path = page
        .split("/p/shop/live")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("the page names its stream");
    let path = format!(
        "/p/shop/live{}",
        path.replace("&amp;", "&").replace("&#38;", "&")
    );
    let mut stream = open(&viewer, &path).await;
    let first = stream.next().await.expect("how it is now");
    assert_eq!(first["new"], 0);
    assert_eq!(first["items"][0]["counter"], item.counter);
    assert_eq!(first["items"][0]["total"], 1);

    other.occurrence().send().await;
    project.occurrence().class("KeyError").send().await;
    let second = stream.next().await.expect("the count has moved");
    assert_eq!(
        (&second["new"], &second["items"][0]["total"]),
        (&0.into(), &2.into())
    );
    project.occurrence().class("TypeError").send().await;
    let third = stream.next().await.expect("another item is there");
    assert_eq!(third["new"], 1);
    assert_eq!(
        third["items"].as_array().map(Vec::len),
        Some(1),
        "only what is on the page"
    );
}

#[tokio::test]
async fn a_stream_tells_what_the_pages_filter_would_find() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let viewer = app
        .member(&project, "viewer@example.test", Role::Viewer)
        .await;
    let mut stream = open(&viewer, "/p/shop/live?environment=staging&since=0&shown=").await;
    assert_eq!(stream.next().await.expect("how it is now")["new"], 0);
    project.occurrence().class("KeyError").send().await;
    app.digested().await;
    project
        .occurrence()
        .class("KeyError")
        .environment("staging")
        .send()
        .await;
    assert_eq!(stream.next().await.expect("one is of interest")["new"], 1);
}

#[tokio::test]
async fn a_stream_ends_with_the_membership_and_with_the_program() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let viewer = app
        .member(&project, "viewer@example.test", Role::Viewer)
        .await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let mut theirs = open(&viewer, "/p/shop/live?since=0").await;
    let mut mine = open(&owner, "/p/shop/live?since=0").await;
    theirs.next().await.expect("how it is now");
    mine.next().await.expect("how it is now");
    let removal = format!("/p/shop/settings/members/{}/removal", viewer.id);
    assert_eq!(owner.post(&removal, &[]).await.status, 303);
    project.occurrence().send().await;
    assert_eq!(theirs.next().await, None);
    assert_eq!(mine.next().await.expect("an item is there")["new"], 1);

    drop((viewer, owner, project));
    app.stop().await;
    assert_eq!(mine.next().await, None);
}

#[tokio::test]
async fn one_person_does_not_take_all_streams() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let viewer = app
        .member(&project, "viewer@example.test", Role::Viewer)
        .await;
    let other = app
        .member(&project, "other@example.test", Role::Viewer)
        .await;
    let mut theirs = Vec::new();
    for _ in 0..10 {
        theirs.push(open(&viewer, "/p/shop/live?since=0").await);
    }
    assert_eq!(viewer.stream("/p/shop/live?since=0").await.status(), 503);
    open(&other, "/p/shop/live?since=0").await;
    theirs.pop();
    rollcage_tests::wait::until("a seat is given back", async || {
        (viewer.stream("/p/shop/live?since=0").await.status() == 200).then_some(())
    })
    .await;
}
