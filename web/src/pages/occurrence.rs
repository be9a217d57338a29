//! One occurrence in full.

use askama::Template;

use crate::{kept::Kept, occurrence::OccurrenceView, page_frame::PageFrame, pages::item::ItemHead};

/// `/p/{slug}/items/{counter}/occurrences/{id}`: one occurrence.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/occurrence.html")]
pub struct OccurrencePage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// The item it belongs to.
    pub item: ItemHead,
    /// The occurrence.
    pub occurrence: OccurrenceView,
    /// How the item's occurrences are kept.
    pub kept: Kept,
    /// The id of the next older occurrence of the item.
    pub older: Option<i64>,
    /// The id of the next newer occurrence of the item.
    pub newer: Option<i64>,
    /// The id of the item's newest occurrence, unless this is it.
    pub newest: Option<i64>,
}

impl OccurrencePage {
    fn slug(&self) -> &str {
        self.frame.slug()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        Datum, Level, StatusView,
        occurrence::{
            AttachmentView, Body, ContextView, Crumb, CrumbKind, EnvironmentView, FeedbackView,
            FrameView, Mechanism, TemplateView, ThreadView, TraceView,
        },
        role::Role,
    };

    /// Breaks out of an attribute, of an element and of a text, if it can.
    const POLYGLOT: &str = "'\"></textarea></details><img src=x onerror=alert(1)>";

    #[expect(clippy::unnecessary_wraps, reason = "most fields may be missing")]
    fn polyglot() -> Option<String> {
        Some(POLYGLOT.to_owned())
    }

    fn pairs() -> Vec<(String, Datum)> {
        vec![(POLYGLOT.to_owned(), Datum::text(POLYGLOT))]
    }

    fn frame() -> FrameView {
        FrameView {
            file: POLYGLOT.to_owned(),
            path: polyglot(),
            function: polyglot(),
            module: Some(format!("m.{POLYGLOT}")),
            package: polyglot(),
            address: polyglot(),
            pre: vec![POLYGLOT.to_owned()],
            code: polyglot(),
            arguments: pairs(),
            locals: pairs(),
            in_app: true,
            ..FrameView::default()
        }
    }

    fn page(body: Body) -> String {
        let at = DateTime::UNIX_EPOCH;
        let crumb = |message: &str| Crumb {
            at: Some(at),
            kind: CrumbKind::Http,
            level: Some(Level::Error),
            category: polyglot(),
            message: message.to_owned(),
            data: [("url".to_owned(), Datum::text(POLYGLOT))]
                .into_iter()
                .chain(pairs())
                .collect(),
        };
        let occurrence = OccurrenceView {
            id: 1,
            uuid: polyglot(),
            received_at: at,
            happened_at: None,
            level: Level::Error,
            handled: Some(false),
            logger: polyglot(),
            body,
            request: None,
            person: None,
            environment: EnvironmentView::default(),
            tags: vec![(POLYGLOT.to_owned(), POLYGLOT.to_owned())],
            contexts: ["os", "app", POLYGLOT]
                .map(|name| ContextView {
                    name: name.to_owned(),
                    entries: ["name", "app_name", "version"]
                        .map(|key| (key.to_owned(), Datum::text(POLYGLOT)))
                        .into_iter()
                        .chain(pairs())
                        .collect(),
                })
                .into(),
            custom: None,
            crumbs: vec![crumb(""), crumb(POLYGLOT), crumb(&POLYGLOT.repeat(20))],
            threads: vec![ThreadView {
                id: polyglot(),
                name: polyglot(),
                is_crashed: true,
                is_current: true,
                frames: vec![frame()],
                extra: Some(Datum::Object(pairs())),
            }],
            modules: vec![(POLYGLOT.to_owned(), POLYGLOT.to_owned())],
            feedback: vec![FeedbackView {
                received_at: at,
                name: polyglot(),
                email: polyglot(),
                message: POLYGLOT.to_owned(),
                url: polyglot(),
            }],
            attachments: vec![AttachmentView {
                id: 1,
                name: POLYGLOT.to_owned(),
                media_type: polyglot(),
                purpose: polyglot(),
                size_bytes: 1,
            }],
            raw_json: polyglot(),
        };
        let page = OccurrencePage {
            frame: PageFrame::of_role(Role::Owner),
            item: ItemHead {
                counter: 1,
                title: POLYGLOT.to_owned(),
                culprit: polyglot(),
                environment: POLYGLOT.to_owned(),
                level: Level::Error,
                status: StatusView::untouched(),
                total: 1,
                first_seen_at: at,
                last_seen_at: at,
            },
            occurrence,
            kept: Kept {
                days: 90,
                unstored: 0,
            },
            older: None,
            newer: None,
            newest: None,
        };
        page.render().expect("a page renders")
    }

    #[test]
    fn nothing_that_was_sent_becomes_markup() {
        let bodies = [
            Body::Traces(vec![TraceView {
                class: POLYGLOT.to_owned(),
                module: polyglot(),
                message: POLYGLOT.to_owned(),
                frames: vec![
                    frame(),
                    FrameView {
                        in_app: false,
                        ..frame()
                    },
                ],
                mechanism: Mechanism {
                    kind: polyglot(),
                    source: polyglot(),
                    data: Some(Datum::text(POLYGLOT)),
                    ..Mechanism::default()
                },
            }]),
            Body::Message {
                text: POLYGLOT.to_owned(),
                data: Some(Datum::Object(pairs())),
                template: Some(TemplateView {
                    text: POLYGLOT.to_owned(),
                    parameters: Some(Datum::List(vec![Datum::text(POLYGLOT)])),
                }),
                frames: vec![frame()],
            },
        ];
        for body in bodies {
            let html = page(body);
            assert!(!html.contains("<img"), "{html}");
            assert!(!html.contains("</textarea>"), "{html}");
            // What breaks out of an attribute begins with its quote.
            assert!(!html.contains("'\">"), "{html}");
            let sections = [
                "feedback",
                "before",
                "contexts",
                "attachments",
                "threads",
                "modules",
            ];
            for section in sections {
                let (id, link) = (format!("id=\"{section}\""), format!("href=\"#{section}\""));
                assert!(html.contains(&id), "{section} is missing");
                assert!(html.contains(&link), "nothing leads to {section}");
            }
        }
    }
}
