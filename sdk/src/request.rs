//! Whom and what an occurrence is about.

use serde_json::{Map, Value, json};

/// Somebody for whom the program worked when it failed.
///
/// ```
/// # use rollcage::Person;
/// rollcage::configure_scope(|scope| scope.set_person(Person::new("77").username("ada")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    id: String,
    username: Option<String>,
    email: Option<String>,
}

impl Person {
    /// Somebody, by what the program knows them by. The server counts people by it.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            username: None,
            email: None,
        }
    }

    /// With a name.
    #[must_use]
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// With an address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut person = Map::new();
        person.insert("id".into(), self.id.clone().into());
        insert(&mut person, "username", self.username.as_ref());
        insert(&mut person, "email", self.email.as_ref());
        person.into()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.id.len() + length(self.username.as_ref()) + length(self.email.as_ref())
    }
}

/// The HTTP request that was worked on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    method: Option<String>,
    url: Option<String>,
    query_string: Option<String>,
    user_ip: Option<String>,
    body: Option<String>,
    headers: Vec<(String, String)>,
    params: Map<String, Value>,
}

impl Request {
    /// One of which nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With its method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// With its URL.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// With what follows the question mark.
    #[must_use]
    pub fn query_string(mut self, query_string: impl Into<String>) -> Self {
        self.query_string = Some(query_string.into());
        self
    }

    /// With the address of the client.
    #[must_use]
    pub fn user_ip(mut self, user_ip: impl Into<String>) -> Self {
        self.user_ip = Some(user_ip.into());
        self
    }

    /// With its body. Nothing sets it by itself.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a parameter of its route.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut request = Map::new();
        insert(&mut request, "url", self.url.as_ref());
        insert(&mut request, "method", self.method.as_ref());
        insert(&mut request, "query_string", self.query_string.as_ref());
        insert(&mut request, "user_ip", self.user_ip.as_ref());
        insert(&mut request, "body", self.body.as_ref());
        if !self.headers.is_empty() {
            let mut headers = Map::new();
            for (name, value) in &self.headers {
                headers.insert(name.clone(), json!(value));
            }
            request.insert("headers".into(), headers.into());
        }
        if !self.params.is_empty() {
            request.insert("params".into(), self.params.clone().into());
        }
        request.into()
    }

    pub(crate) fn bytes(&self) -> usize {
        let texts = [
            &self.method,
            &self.url,
            &self.query_string,
            &self.user_ip,
            &self.body,
        ];
        let headers = self.headers.iter();
        let params = self.params.iter();
        texts
            .iter()
            .map(|text| length(text.as_ref()))
            .sum::<usize>()
            + headers
                .map(|(name, value)| name.len() + value.len())
                .sum::<usize>()
            + params
                .map(|(name, value)| name.len() + crate::text::json_bytes(value))
                .sum::<usize>()
    }
}

fn insert(map: &mut Map<String, Value>, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), json!(value));
    }
}

fn length(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}
