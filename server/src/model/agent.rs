//! Which browser or robot an occurrence speaks of, whether it failed in a browser at all, and what
//! a `User-Agent` says in few words.

use super::{json::Node, occurrence::Occurrence};

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

/// `120` of `120.0.6099.71 Safari/537.36`.
pub fn major(version: &str) -> Option<u32> {
    let end = version
        .find(|one: char| !one.is_ascii_digit())
        .unwrap_or(version.len());
    version.get(..end)?.parse().ok()
}

/// What stands before a browser's version, and its name. The first that is found is it, because
/// browsers claim to be those that they descend from: Edge says Chrome, Chrome says Safari.
const BROWSERS: [(&str, &str); 20] = [
    ("Googlebot/", "Googlebot"),
    ("bingbot/", "Bingbot"),
    ("Electron/", "Electron"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("Chrome/", "Chrome"),
    ("MSIE ", "Internet Explorer"),
    ("Opera Mini/", "Opera Mini"),
    ("Version/", "Safari"),
    // Version 11, the only one that no longer says MSIE.
    ("Trident/7.0; rv:", "Internet Explorer"),
];

/// `Firefox 140` of a `User-Agent`; of what is no browser its own name, `curl 8`. `None` where it
/// does not say.
pub fn browser(agent: &str) -> Option<String> {
    let known = BROWSERS
        .iter()
        .find_map(|(mark, name)| Some((*name, agent.split_once(mark)?.1)));
    let (name, version) = match known {
        Some(known) => known,
        None => agent
            .split_whitespace()
            .next()?
            .split_once('/')
            .filter(|(name, _)| *name != "Mozilla" && !name.is_empty())?,
    };
    Some(numbered(name, major(version)))
}

/// What stands before a system's version, and its name. The first that is found is it: Android says
/// Linux, an iPhone says Mac OS X.
const SYSTEMS: [(&str, &str); 9] = [
    ("Windows NT ", "Windows"),
    ("Android ", "Android"),
    ("Android", "Android"),
    ("iPhone OS ", "iOS"),
    ("CPU OS ", "iPadOS"),
    ("CrOS ", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// Windows by the version of its kernel. What is newer than 8.1 calls itself 10 for ever.
/// <https://learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11>
const WINDOWS: [(&str, &str); 5] = [
    ("10.", "Windows 10 or 11"),
    ("6.3", "Windows 8.1"),
    ("6.2", "Windows 8"),
    ("6.1", "Windows 7"),
    ("5.", "Windows XP"),
];

/// `Android 15` of a `User-Agent`; `None` where it does not say. Browsers on macOS all say the same
/// version, so that none is told.
pub fn system(agent: &str) -> Option<String> {
    let (name, version) = SYSTEMS
        .iter()
        .find_map(|(mark, name)| Some((*name, agent.split_once(mark)?.1)))?;
    Some(match name {
        "Windows" => WINDOWS
            .iter()
            .find(|(kernel, _)| version.starts_with(kernel))
            .map_or("Windows", |(_, name)| name)
            .to_owned(),
        "Android" | "iOS" | "iPadOS" => numbered(name, major(version)),
        _ => name.to_owned(),
    })
}

/// `Firefox 140`, or `Firefox` where the version is not known.
pub fn numbered(name: &str, version: Option<u32>) -> String {
    match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_told_in_few_words() {
        for (agent, named_browser, named_system) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some("Firefox 140"),
                Some("Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                Some("Edge 141"),
                Some("Windows 10 or 11"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                Some("Safari 18"),
                Some("macOS"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1",
                Some("Chrome 141"),
                Some("iOS 18"),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
                Some("Safari 17"),
                Some("iPadOS 17"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
                Some("Chrome 141"),
                Some("Android 15"),
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
                Some("Internet Explorer 11"),
                Some("Windows 7"),
            ),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                Some("Googlebot 2"),
                None,
            ),
            ("curl/8.14.1", Some("curl 8"), None),
            ("python-requests/2.32.3", Some("python-requests 2"), None),
            ("Mozilla/5.0 Demo/1.0", None, None),
            ("Chrome/99999999999999999999", Some("Chrome"), None),
            ("/1", None, None),
            ("", None, None),
        ] {
            assert_eq!(browser(agent).as_deref(), named_browser, "{agent}");
            assert_eq!(system(agent).as_deref(), named_system, "{agent}");
        }
    }
}
