//! Browsers that their makers no longer keep.
//!
//! A browser that updates itself is old for a few weeks only, so what matters are the last versions
//! for systems that were left behind. The line is drawn below them: whoever is still given
//! corrections by anybody is not filtered.

use crate::model::{agent, occurrence::Occurrence};

/// Browsers that have ended altogether: what is in their `User-Agent`.
const ENDED: [&str; 4] = [
    // Internet Explorer to 10 and 11. Ended on 15 June 2022.
    // <https://learn.microsoft.com/lifecycle/products/internet-explorer-11>
    "MSIE ", "Trident/",
    // Edge before it was a Chromium. Ended on 9 March 2021.
    // <https://learn.microsoft.com/lifecycle/products/microsoft-edge-legacy>
    "Edge/",
    // Opera before it was a Chromium. Ended with 12.18 in 2016; but Opera Mini, whose servers still
    // call themselves so, has not.
    "Opera/",
];

/// A browser, by what stands before its version in a `User-Agent`, with the oldest version that is
/// kept.
struct Kept {
    marks: &'static [&'static str],
    /// Its names in Sentry's `contexts.browser`.
    names: &'static [&'static str],
    oldest: u32,
}

/// Browsers that there are; the first that is found is it, because Chrome says Safari too.
const KEPT: [Kept; 3] = [
    // 115 ESR is the last for Windows 7 and 8 and macOS 10.14, and was kept for them.
    // <https://support.mozilla.org/kb/firefox-users-windows-7-8-and-81-moving-extended-support>
    Kept {
        marks: &["Firefox/", "FxiOS/"],
        names: &["firefox", "firefox mobile", "firefox ios"],
        oldest: 115,
    },
    // Chrome, and what is made of it: Edge, Opera, Samsung Internet. 109 is the last for Windows 7
    // and 8, and was kept for servers until 10 October 2023.
    // <https://support.google.com/chrome/a/answer/7100626>
    Kept {
        marks: &["Chrome/", "CriOS/"],
        names: &[
            "chrome",
            "chrome mobile",
            "chrome mobile webview",
            "chrome mobile ios",
            "chromium",
            "edge",
            "microsoft edge",
        ],
        oldest: 110,
    },
    // 15 came with iOS 15 and macOS 12, the oldest that Apple has corrected since 2024; Android's
    // own browser before Chrome says 4.
    // <https://support.apple.com/100100>
    Kept {
        marks: &["Version/"],
        names: &["safari", "mobile safari"],
        oldest: 15,
    },
];

/// Whether it failed in a browser that its makers no longer keep. What is not known is kept.
pub fn is_outdated(occurrence: &Occurrence<'_>) -> bool {
    agent::is_of_browser(occurrence)
        && match (agent::agent(occurrence), agent::context(occurrence)) {
            (Some(agent), _) => is_outdated_agent(agent),
            (None, Some((name, version))) => is_outdated_name(name, version),
            (None, None) => false,
        }
}

fn is_outdated_agent(agent: &str) -> bool {
    // Its pages are rendered by servers that are kept.
    if agent.contains("Opera Mini/") {
        return false;
    }
    // The application brings its browser along: users cannot choose another.
    if agent.contains("Electron/") {
        return false;
    }
    ENDED.iter().any(|mark| agent.contains(mark))
        || KEPT
            .iter()
            .find_map(|kept| {
                let mark = kept.marks.iter().find_map(|mark| agent.split_once(mark));
                Some(agent::major(mark?.1)? < kept.oldest)
            })
            .unwrap_or(false)
}

fn is_outdated_name(name: &str, version: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if ["ie", "internet explorer", "ie mobile"].contains(&name.as_str()) {
        return true;
    }
    KEPT.iter()
        .find(|kept| kept.names.contains(&name.as_str()))
        .zip(agent::major(version))
        .is_some_and(|(kept, version)| version < kept.oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_their_agents() {
        for (agent, is_outdated) in [
            (
                "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
                true,
            ),
            ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", true),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
                true,
            ),
            (
                "Opera/9.80 (Windows NT 6.1; U; en) Presto/2.10.289 Version/12.02",
                true,
            ),
            (
                "Opera/9.80 (Android; Opera Mini/82.0.2254/191.303; U; en) Presto/2.12.423 Version/12.16",
                false,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0",
                true,
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; rv:115.0) Gecko/20100101 Firefox/115.0",
                false,
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
                true,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                false,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
                false,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Shop/3.1.0 Chrome/108.0.5359.62 Electron/22.0.0 Safari/537.36",
                false,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.1.2 Safari/605.1.15",
                true,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                false,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                false,
            ),
            (
                "Mozilla/5.0 (Linux; U; Android 4.0.3; de-de) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
                true,
            ),
            ("Mozilla/5.0 Demo/1.0", false),
            ("Chrome/", false),
            ("Chrome/99999999999999999999", false),
            ("", false),
        ] {
            assert_eq!(is_outdated_agent(agent), is_outdated, "{agent}");
        }
    }

    #[test]
    fn browsers_are_told_by_name_and_version() {
        for (name, version, is_outdated) in [
            ("IE", "11", true),
            ("Edge", "18.17763", true),
            ("Edge", "141.0", false),
            ("Chrome Mobile", "90.0.4430", true),
            ("Mobile Safari", "17.4", false),
            ("Firefox", "", false),
            ("Lynx", "2.8", false),
        ] {
            assert_eq!(
                is_outdated_name(name, version),
                is_outdated,
                "{name} {version}"
            );
        }
    }
}
