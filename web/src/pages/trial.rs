//! The test box: what would happen to an occurrence if it were sent.

use askama::Template;

use crate::{format, level::Level, outcome, page_frame::PageFrame, status::Status, why::WhyView};

/// `/p/{slug}/settings/filters/test`: a payload is pasted, and nothing of it is stored.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/trial.html")]
pub struct TrialPage {
    /// What the layout shows; `project` and `role` must be there.
    pub frame: PageFrame,
    /// What was pasted.
    pub payload: String,
    /// Why nothing could be tried, such as an empty field; the answer is a 422 then.
    pub error: Option<String>,
    /// What would happen; `None` before something was pasted.
    pub trial: Option<Trial>,
}

/// What would happen to what was pasted.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What it was read as: `Rollbar item`, `Sentry event`, `Sentry envelope`.
    pub read_as: String,
    /// What would become of it.
    pub verdict: Verdict,
    /// What would be stored, after scrubbing; `None` where nothing can be read.
    pub scrubbed: Option<Scrubbed>,
    /// The item it would join; `None` where it would join none.
    pub place: Option<Place>,
    /// Why it would be there; `None` where nothing can be read.
    pub why: Option<WhyView>,
    /// The mails it would cause; `None` where it would not be stored.
    pub mails: Option<Vec<TrialMail>>,
    /// What else of an envelope would be done, a sentence each: `1 attachment is stored with it.`
    pub notes: Vec<String>,
}

/// What would become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It would be stored.
    Accepted,
    /// It is not an occurrence, and would be answered with a 200 and counted.
    Skipped {
        /// What it is, as the protocol calls it: `session`.
        kind: String,
    },
    /// It would be refused.
    Refused {
        /// The outcome's name: `malformed`, `too_large`.
        outcome: String,
        /// What is wrong with it, as the SDK would be told.
        reason: String,
    },
    /// A filter would keep it out.
    Filtered {
        /// The outcome's name: `filtered_class`.
        outcome: String,
        /// The pattern that met it; `None` for filters that are on or off.
        pattern: Option<String>,
    },
    /// Its item is discarded for ever.
    Discarded {
        /// The item's number within the project.
        counter: i64,
    },
}

/// What would be stored.
#[derive(Clone, Debug)]
pub struct Scrubbed {
    /// The occurrence as indented JSON.
    pub json: String,
    /// How many values were taken out or masked.
    pub values: i64,
}

/// The item it would join.
#[derive(Clone, Debug)]
pub enum Place {
    /// One that is there.
    Existing {
        /// Its number within the project.
        counter: i64,
        /// Its title.
        title: String,
        /// Where it stands now.
        status: Status,
        /// Whether it would come back by this.
        comes_back: bool,
    },
    /// A new one.
    New {
        /// Its title.
        title: String,
        /// The frame that failed, as `shop/cart.py in add`.
        culprit: Option<String>,
        /// How bad it would be.
        level: Level,
        /// Its environment.
        environment: String,
    },
}

/// A mail that it would cause.
#[derive(Clone, Debug)]
pub struct TrialMail {
    /// Whom it would be for.
    pub recipient: String,
    /// What it would say, as its subject.
    pub subject: String,
}

impl Verdict {
    /// The word used in CSS classes.
    const fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Skipped { .. } | Self::Discarded { .. } => "skipped",
            Self::Refused { .. } => "refused",
            Self::Filtered { .. } => "filtered",
        }
    }

    /// What would become of it, in a few words.
    fn headline(&self) -> String {
        match self {
            Self::Accepted => "It would be stored.".to_owned(),
            Self::Skipped { kind } => format!("It is no occurrence but a {kind}."),
            Self::Refused { .. } => "It would be refused.".to_owned(),
            Self::Filtered { .. } => "A filter would keep it out.".to_owned(),
            Self::Discarded { counter } => {
                format!("It would be thrown away: item #{counter} is discarded for ever.")
            }
        }
    }

    /// Why, as a sentence.
    fn reason(&self) -> String {
        match self {
            Self::Accepted => "No filter meets it.".to_owned(),
            Self::Skipped { kind } => format!(
                "{} It would be answered, counted, and not stored.",
                outcome::kind_sentence(kind)
            ),
            Self::Refused { reason, .. } => reason.clone(),
            Self::Filtered { outcome, pattern } => pattern.as_ref().map_or_else(
                || outcome::meaning(outcome).sentence.to_owned(),
                |pattern| {
                    format!(
                        "{}, by the pattern {pattern}",
                        outcome::meaning(outcome).label
                    )
                },
            ),
            Self::Discarded { .. } => "Only its number would be kept.".to_owned(),
        }
    }
}

impl Scrubbed {
    /// How much was taken out, as a sentence.
    fn text(&self) -> String {
        match self.values {
            0 => "Nothing in it looked like a secret.".to_owned(),
            values => format!(
                "{} would be taken out.",
                format::counted(values, "secret value", "secret values")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    fn page(verdict: Verdict) -> String {
        let page = TrialPage {
            frame: PageFrame::of_role(Role::Member),
            payload: "</textarea><script>".to_owned(),
            error: None,
            trial: Some(Trial {
                read_as: "Sentry event".to_owned(),
                verdict,
                scrubbed: None,
                place: None,
                why: None,
                mails: None,
                notes: vec!["1 attachment would be stored with it.".to_owned()],
            }),
        };
        page.render().expect("a page renders")
    }

    #[test]
    fn each_verdict_says_what_and_why() {
        let text = str::to_owned;
        let cases = [
            (
                Verdict::Accepted,
                "It would be stored.",
                "No filter meets it.",
            ),
            (
                Verdict::Skipped {
                    kind: text("session"),
                },
                "It is no occurrence but a session.",
                "counted, and not stored",
            ),
            (
                Verdict::Refused {
                    outcome: text("malformed"),
                    reason: text("It ends within a text."),
                },
                "It would be refused.",
                "It ends within a text.",
            ),
            (
                Verdict::Filtered {
                    outcome: text("filtered_class"),
                    pattern: Some(text("*Timeout")),
                },
                "A filter would keep it out.",
                "Filtered: class, by the pattern *Timeout",
            ),
            (
                Verdict::Filtered {
                    outcome: text("filtered_crawler"),
                    pattern: None,
                },
                "A filter would keep it out.",
                "It comes from a web crawler.",
            ),
            (
                Verdict::Discarded { counter: 7 },
                "item #7 is discarded for ever",
                "Only its number would be kept.",
            ),
        ];
        for (verdict, what, why) in cases {
            let html = page(verdict);
            assert!(html.contains(what), "{what} is missing in {html}");
            assert!(html.contains(why), "{why} is missing in {html}");
            assert!(
                html.contains("&#60;/textarea&#62;&#60;script&#62;"),
                "{html}"
            );
        }
    }

    #[test]
    fn secrets_are_counted() {
        let scrubbed = |values| Scrubbed {
            json: String::new(),
            values,
        };
        assert_eq!(scrubbed(1).text(), "1 secret value would be taken out.");
        assert_eq!(scrubbed(0).text(), "Nothing in it looked like a secret.");
    }
}
