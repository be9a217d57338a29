//! What people say about a project's failures.

use askama::Template;

use crate::{occurrence::FeedbackView, page_frame::PageFrame};

/// `/p/{slug}/feedback`: all feedback, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/feedback.html")]
pub struct FeedbackPage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// The feedback of this page.
    pub rows: Vec<FeedbackRow>,
    /// The URL of the following page; `None` on the last.
    pub older: Option<String>,
    /// The URL of the preceding page; `None` on the first.
    pub newer: Option<String>,
    /// Whether a cursor was given: then no rows mean a page past the end.
    pub is_paged: bool,
}

/// What somebody says, and what it is about.
#[derive(Clone, Debug)]
pub struct FeedbackRow {
    /// What they say.
    pub feedback: FeedbackView,
    /// What it is about.
    pub about: FeedbackAbout,
}

/// What feedback is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedbackAbout {
    /// An occurrence that is stored.
    Occurrence {
        /// Its number, as in its URL.
        id: i64,
        /// The item's number within the project.
        counter: i64,
        /// The item's title.
        title: String,
    },
    /// An occurrence that is not stored: not yet, no longer, or never.
    Missing,
    /// No occurrence.
    Nothing,
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::role::Role;

    #[test]
    fn feedback_leads_to_what_it_is_about() {
        let row = |about| FeedbackRow {
            feedback: FeedbackView {
                received_at: DateTime::UNIX_EPOCH,
                name: None,
                email: None,
                message: "<b>it broke".to_owned(),
                url: None,
            },
            about,
        };
        let page = FeedbackPage {
            frame: PageFrame::of_role(Role::Viewer),
            rows: vec![
                row(FeedbackAbout::Occurrence {
                    id: 9,
                    counter: 142,
                    title: "KeyError".to_owned(),
                }),
                row(FeedbackAbout::Missing),
                row(FeedbackAbout::Nothing),
            ],
            older: None,
            newer: None,
            is_paged: false,
        };
        let html = page.render().expect("a page renders");
        assert!(
            html.contains("href=\"/p/shop/items/142/occurrences/9\""),
            "{html}"
        );
        assert_eq!(html.matches("&#60;b&#62;it broke").count(), 3);
        assert!(html.contains("not stored"), "{html}");
    }
}
