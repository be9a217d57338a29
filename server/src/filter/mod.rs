//! Which occurrences a project does not want to hear of.
//!
//! Pure: [`Judge`] is made once of a project's [`Filters`] and asked about each of its occurrences,
//! after scrubbing and before anything is stored. Its work is linear in the occurrence's texts, for
//! each pattern. Filters are asked in the order of [`Filter::ALL`], and the first that answers it is.

mod browsers;
mod crawlers;
mod extensions;
mod local;
mod pattern;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use self::pattern::Patterns;
use crate::{
    fingerprint::title::title,
    model::{
        evidence::Evidence,
        filters::{Filter, Filters},
        json::Node,
        network::Network,
        occurrence::{Body, Occurrence, Trace},
    },
};

/// The filter that an occurrence met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Which.
    pub filter: Filter,
    /// The line of it that met the occurrence; `None` for filters that are on or off.
    pub line: Option<String>,
}

/// A project's filters, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    environments: Patterns,
    versions: Patterns,
    classes: Patterns,
    messages: Patterns,
    hosts: Patterns,
    addresses: Vec<Network>,
    /// Of the filters that are on or off those that are on.
    switched_on: Vec<Filter>,
}

impl Judge {
    /// Makes `filters` ready.
    pub fn new(filters: &Filters) -> Self {
        Self {
            environments: Patterns::new(&filters.environments),
            versions: Patterns::new(&filters.versions),
            classes: Patterns::new(&filters.classes),
            messages: Patterns::new(&filters.messages),
            hosts: Patterns::new(&filters.hosts),
            addresses: filters.addresses.clone(),
            switched_on: [
                (filters.outdated_browsers, Filter::OutdatedBrowser),
                (filters.browser_extensions, Filter::BrowserExtension),
                (filters.crawlers, Filter::Crawler),
                (filters.local_host, Filter::LocalHost),
            ]
            .into_iter()
            .filter_map(|(is_on, filter)| is_on.then_some(filter))
            .collect(),
        }
    }

    /// The filter that `occurrence` meets, if any; `sender` is the address that it came from.
    pub fn judge(&self, occurrence: &Occurrence<'_>, sender: Option<IpAddr>) -> Option<Filter> {
        self.met(occurrence, sender).map(|met| met.filter)
    }

    /// Likewise, with the line that met it.
    pub fn met(&self, occurrence: &Occurrence<'_>, sender: Option<IpAddr>) -> Option<Met> {
        Filter::ALL
            .into_iter()
            .find_map(|filter| self.meets(filter, occurrence, sender))
    }

    fn meets(
        &self,
        filter: Filter,
        occurrence: &Occurrence<'_>,
        sender: Option<IpAddr>,
    ) -> Option<Met> {
        let line = match filter {
            Filter::Environment => self.environments.find(occurrence.environment.as_str()),
            Filter::Version => self.versions.find_in(occurrence.code_version.as_deref()),
            Filter::Class => self.class(occurrence),
            Filter::Message => self.message(occurrence),
            Filter::Host => {
                let host = occurrence.server.get("host").and_then(Node::as_str);
                self.hosts.find_in(host)
            }
            Filter::Address => {
                let line = Some(self.network(occurrence, sender)?.into());
                return Some(Met { filter, line });
            }
            Filter::OutdatedBrowser
            | Filter::BrowserExtension
            | Filter::Crawler
            | Filter::LocalHost => {
                let is_met = self.switched_on.contains(&filter) && is_such(filter, occurrence);
                return is_met.then_some(Met { filter, line: None });
            }
        };
        let line = Some(line?.to_owned());
        Some(Met { filter, line })
    }

    /// The line that is the class of the reported exception or of one of its causes: as sent, with
    /// its module, or bare.
    fn class(&self, occurrence: &Occurrence<'_>) -> Option<&str> {
        let Body::Traces(traces) = &occurrence.body else {
            return None;
        };
        if self.classes.is_empty() {
            return None;
        }
        traces.iter().find_map(|trace| {
            let class = trace.class.as_deref()?;
            [class, bare(class), &qualified(trace, class)]
                .into_iter()
                .find_map(|class| self.classes.find(class))
        })
    }

    /// The line that is the text of the reported exception or of the message, or the title that
    /// people would read.
    fn message(&self, occurrence: &Occurrence<'_>) -> Option<&str> {
        if self.messages.is_empty() {
            return None;
        }
        let (text, other) = match &occurrence.body {
            Body::Traces(traces) => {
                let reported = traces.first()?;
                (&reported.message, reported.description.as_deref())
            }
            Body::Message(message) => (&message.text, message.template.as_deref()),
            Body::CrashReport(raw) => (raw, None),
        };
        let title = || title(&Evidence::from(occurrence));
        self.messages
            .find(text.trim())
            .or_else(|| self.messages.find_in(other))
            .or_else(|| self.messages.find(title().as_str()))
    }

    fn network(&self, occurrence: &Occurrence<'_>, sender: Option<IpAddr>) -> Option<Network> {
        let mut networks = self.addresses.iter().copied();
        let client = client_address(occurrence).or(sender)?;
        networks.find(|network| network.contains(client))
    }
}

/// What a filter that is on or off looks for.
fn is_such(filter: Filter, occurrence: &Occurrence<'_>) -> bool {
    match filter {
        Filter::OutdatedBrowser => browsers::is_outdated(occurrence),
        Filter::BrowserExtension => extensions::is_of_extension(occurrence),
        Filter::Crawler => crawlers::is_crawler(occurrence),
        Filter::LocalHost => local::is_local(occurrence),
        _ => false,
    }
}

/// `com.acme.Failed`, `errors::Failed`, `Shop\Failed` and `*shop.Failed` are `Failed`.
fn bare(class: &str) -> &str {
    class
        .trim()
        .trim_matches(['<', '>', '*'])
        .rsplit(['.', ':', '\\', '$', '/'])
        .next()
        .unwrap_or_default()
}

/// `sqlalchemy.exc.IntegrityError`, where module and class were sent apart.
fn qualified(trace: &Trace<'_>, class: &str) -> String {
    match trace.module.as_deref() {
        Some(module) if !module.is_empty() => format!("{module}.{class}"),
        _ => class.to_owned(),
    }
}

/// The address of whose request failed, as far as the occurrence says it: that of the request,
/// else the person's.
fn client_address(occurrence: &Occurrence<'_>) -> Option<IpAddr> {
    let of_request = occurrence
        .request
        .as_ref()
        .and_then(|request| request.user_ip.as_deref());
    let of_person = occurrence.person.as_ref().and_then(|person| {
        ["ip_address", "ip"]
            .iter()
            .find_map(|key| person.extra.get(key)?.as_str())
    });
    [of_request, of_person]
        .into_iter()
        .flatten()
        .find_map(|text| text.trim().parse().ok())
}
