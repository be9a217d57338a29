//! A project and its tokens, as SDKs and clients of the API use them.

use reqwest::{Client, Method};
use rollcage_server::model::{self, id::ProjectId};
use serde_json::Value;

use crate::{Answer, App, Item, Occurrence, http};

/// A way to a running program, in this process or in another.
#[derive(Clone)]
pub struct Way {
    url: String,
    client: Client,
}

impl Way {
    /// To the program at `url`, which has no final slash.
    pub fn new(url: String, client: Client) -> Self {
        Self { url, client }
    }

    /// Sends a request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        http::send(
            &self.client,
            method,
            &format!("{}{path}", self.url),
            headers,
            body,
        )
        .await
    }

    /// Sends a request to a program that may not be there.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Result<Answer> {
        http::try_send(
            &self.client,
            method,
            &format!("{}{path}", self.url),
            headers,
            body,
        )
        .await
    }
}

/// A token of each scope.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `post_server_item`
    pub server: String,
    /// `post_client_item`
    pub client: String,
    /// `read`
    pub read: String,
    /// `write`
    pub write: String,
}

/// A project, with the program it is in.
pub struct Project<'a> {
    /// Its id.
    pub id: ProjectId,
    /// Its name in URLs.
    pub slug: String,
    /// Its tokens.
    pub tokens: Tokens,
    way: Way,
    app: Option<&'a App>,
}

impl<'a> Project<'a> {
    /// The project of a program that is reached by `way`; `app` where that is in this process.
    pub fn new(
        way: Way,
        project: model::project::Project,
        tokens: Tokens,
        app: Option<&'a App>,
    ) -> Self {
        Self {
            id: project.id,
            slug: project.slug,
            tokens,
            way,
            app,
        }
    }

    /// An occurrence that is to be reported.
    pub fn occurrence(&self) -> Occurrence<'_> {
        Occurrence::of(self)
    }

    /// Posts to ingest with the server's token in the header.
    pub async fn post(&self, body: impl Into<reqwest::Body>) -> Answer {
        let headers = [
            ("x-rollbar-access-token", self.tokens.server.as_str()),
            ("content-type", "application/json"),
            http::OF_A_PAGE,
        ];
        self.way
            .send(Method::POST, "/api/1/item/", &headers, body)
            .await
    }

    /// Gets from the API with the read token.
    pub async fn get(&self, path: &str) -> Answer {
        let headers = [("x-rollbar-access-token", self.tokens.read.as_str())];
        self.way.send(Method::GET, path, &headers, "").await
    }

    /// Changes something by the API with the write token.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        let headers = [
            ("x-rollbar-access-token", self.tokens.write.as_str()),
            ("content-type", "application/json"),
            http::OF_A_PAGE,
        ];
        self.way
            .send(Method::PATCH, path, &headers, body.to_string())
            .await
    }

    /// The items that the API lists, newest first.
    pub async fn items(&self) -> Vec<Value> {
        let result = self.get("/api/1/items").await.result();
        result["items"].as_array().expect("a list of items").clone()
    }

    /// The only item there is.
    pub async fn only_item(&self) -> Item<'_> {
        let items = self.items().await;
        assert_eq!(items.len(), 1, "{items:#?}");
        Item::new(self, items[0].clone())
    }

    /// The item of that number.
    pub async fn item(&self, counter: i64) -> Item<'_> {
        let led = self.get(&format!("/api/1/item_by_counter/{counter}")).await;
        assert_eq!(led.status, 301, "{}", led.text());
        let item = self.get(led.location()).await.result();
        Item::new(self, item)
    }

    /// Occurrences of that item, newest first: the first page of the API.
    pub async fn instances(&self, item: &Item<'_>) -> Vec<Value> {
        let path = format!("/api/1/item/{}/instances", item.id);
        let result = self.get(&path).await.result();
        result["instances"]
            .as_array()
            .expect("a list of occurrences")
            .clone()
    }

    /// The way to the program.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// The program.
    ///
    /// # Panics
    /// Where it runs in another process.
    pub fn app(&self) -> &'a App {
        self.app.expect("the program runs in this process")
    }
}
