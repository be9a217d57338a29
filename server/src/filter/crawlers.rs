//! Search engines and other robots, by what they call themselves.
//!
//! Words instead of a library's list: a robot that wants to be known has one of the first three in
//! its name, so that new ones are known without a new version of us; the others are named.

use crate::model::{agent, occurrence::Occurrence};

/// What is in a robot's `User-Agent`, in lower case.
const MARKS: [&str; 41] = [
    "spider",
    "crawl",
    // Search.
    "slurp",
    "googleother",
    "google-inspectiontool",
    "google-read-aloud",
    "google-safety",
    "google-site-verification",
    "google favicon",
    "google web preview",
    "apis-google",
    "feedfetcher-google",
    "mediapartners-google",
    "duckassist",
    "ia_archiver",
    "yandexrender",
    "yandeximages",
    "daumoa",
    "yeti/",
    // Collecting for language models, and reading on their behalf.
    "chatgpt-user",
    "claude-user",
    "claude-web",
    "anthropic-ai",
    "perplexity-user",
    "mistralai-user",
    "cohere-ai",
    // Previews of links.
    "facebookexternalhit",
    "facebookcatalog",
    "meta-externalagent",
    "meta-externalfetcher",
    "bingpreview",
    "whatsapp/",
    "skypeuripreview",
    "embedly",
    "snap url preview",
    // Measuring and watching.
    "chrome-lighthouse",
    "ptst/",
    "gtmetrix",
    "pingdom",
    "statuscake",
    "site24x7",
];

/// Whether it was a robot that met the failure, in its browser or by its request to a server.
pub fn is_crawler(occurrence: &Occurrence<'_>) -> bool {
    agent::agent(occurrence).is_some_and(is_crawler_agent)
}

fn is_crawler_agent(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    MARKS.iter().any(|mark| agent.contains(mark)) || has_bot(&agent)
}

/// A word that ends in `bot`, as in `Googlebot/2.1`; but Cubot makes telephones.
fn has_bot(agent: &str) -> bool {
    agent.match_indices("bot").any(|(at, bot)| {
        let is_end = !agent[at + bot.len()..].starts_with(|one: char| one.is_ascii_lowercase());
        is_end && !agent[..at].ends_with("cu")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_are_told_from_people() {
        for (agent, is_crawler) in [
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                true,
            ),
            ("AdsBot-Google (+http://www.google.com/adsbot.html)", true),
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
                true,
            ),
            (
                "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
                true,
            ),
            (
                "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
                true,
            ),
            (
                "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
                true,
            ),
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
                true,
            ),
            (
                "Mozilla/5.0 (Linux; Android 11; moto g power) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
                true,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
                false,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
                false,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]",
                false,
            ),
            ("python-requests/2.32.3", false),
            ("", false),
        ] {
            assert_eq!(is_crawler_agent(agent), is_crawler, "{agent}");
        }
    }
}
