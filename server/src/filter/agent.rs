//! Which browser or robot an occurrence speaks of, and whether it failed in a browser at all.

use crate::model::{json::Node, occurrence::Occurrence};

/// The `User-Agent` of whoever met the failure: the browser's own, where it reports itself, else
/// the one in the request's headers.
pub fn agent<'o>(occurrence: &'o Occurrence<'_>) -> Option<&'o str> {
    own_agent(occurrence).or_else(|| header(occurrence, "user-agent"))
}

/// A header of the request, its name in any case. Of several values the first.
pub fn header<'o>(occurrence: &'o Occurrence<'_>, name: &str) -> Option<&'o str> {
    let headers = &occurrence.request.as_ref()?.headers;
    let (_, value) = headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    match value {
        Node::List(values) => values.first()?.as_str(),
        value => value.as_str(),
    }
}

/// `Chrome` and `120.0.1`, as Sentry's SDKs say it where they know it.
pub fn context<'o>(occurrence: &'o Occurrence<'_>) -> Option<(&'o str, &'o str)> {
    let browser = occurrence.contexts.get("browser")?;
    let text = |key: &str| browser.get(key).and_then(Node::as_str);
    Some((text("name")?, text("version")?))
}

/// Whether it may have failed in a browser, which is so unless it is known that it did not: what
/// fails on a server fails there for everybody, whatever browser happened to ask.
pub fn is_of_browser(occurrence: &Occurrence<'_>) -> bool {
    if own_agent(occurrence).is_some() {
        return true;
    }
    let is_node =
        |text: Option<&str>| text.is_some_and(|text| text.to_ascii_lowercase().contains("node"));
    if is_node(occurrence.framework.as_deref()) || is_node(occurrence.platform.as_deref()) {
        return false;
    }
    let named = occurrence
        .language
        .as_deref()
        .or(occurrence.platform.as_deref())
        .and_then(|text| text.split_whitespace().next());
    named.is_none_or(|name| {
        ["javascript", "typescript", "browser", "other"]
            .iter()
            .any(|one| name.eq_ignore_ascii_case(one))
    })
}

/// rollbar.js tells it in `client.javascript`, and only in browsers.
fn own_agent<'o>(occurrence: &'o Occurrence<'_>) -> Option<&'o str> {
    occurrence
        .client
        .get("javascript")?
        .get("browser")?
        .as_str()
}
