//! The test box: what would happen to an occurrence if it were sent.

use crate::{level::Level, page_frame::PageFrame, status::Status, why::WhyView};

/// `/p/{slug}/settings/filters/test`: a payload is pasted, and nothing of it is stored.
#[derive(Clone, Debug)]
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
