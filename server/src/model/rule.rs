//! Alert rules: what a project's people are told of, whom, and how often at most.
//!
//! Settings only, and how a person types them; `alerts` says what fires.

use serde::{Deserialize, Serialize};

use super::{
    id::{ProjectId, RuleId, UserId},
    item::Item,
    occurrence::Level,
    text::{Environment, Name},
};

#[cfg(test)]
mod tests;

/// Rules of a project, at most: each is held against each item that a batch touches.
pub const RULES_MAX: usize = 20;
/// What `Reached` may ask for: the state machine tells powers of ten.
pub const REACHED: [i64; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// Occurrences that `Rate` may ask for: the digest reads as many entries of an index.
pub const RATE_COUNT_MAX: i64 = 1_000;
/// Minutes that `Rate` may look back: what is slower is not an alarm.
pub const RATE_MINUTES_MAX: i32 = 60;
/// Mails of a rule to one person in an hour where its owners did not say: what a person still reads.
pub const MAILS_PER_HOUR: i32 = 20;
/// Mails of a rule to one person in an hour, at most.
pub const MAILS_PER_HOUR_MAX: i32 = 1_000;
/// Environments that a filter may name, and words: each is looked for in each item.
pub const FILTER_MAX: usize = 20;

/// A rule as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The project whose items it is about.
    pub project: ProjectId,
    /// Its id within the instance.
    pub id: RuleId,
    /// Whether it may fire.
    pub is_enabled: bool,
    /// What it says.
    pub terms: Terms,
}

/// What a rule says; its project's owners set it.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// What people call it.
    pub name: Name,
    /// What has to happen to an item.
    pub trigger: Trigger,
    /// Which items it is about.
    pub filter: Filter,
    /// Whom it tells.
    pub audience: Audience,
    /// How often it tells in a UTC hour; what is beyond goes into one summary after it.
    pub mails_per_hour: i32,
}

/// What has to happen to an item for a rule to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Its first occurrence arrives.
    New,
    /// It fails after it was resolved.
    Reactivated,
    /// It has that many occurrences since it last became active: one of [`REACHED`].
    Reached(i64),
    /// That many of its occurrences arrive within some minutes.
    Rate {
        /// How many, of those that are stored: 1 to [`RATE_COUNT_MAX`].
        count: i64,
        /// Within how many minutes: 1 to [`RATE_MINUTES_MAX`].
        minutes: i32,
    },
}

/// Which items a rule is about: those that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Environments, of which it is one; empty for any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Environment>,
    /// The lowest level; `None` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Words that its title has, all of them, in small letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

/// Whom a rule tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All members who want the project's mails, and mails of that kind.
    Everybody,
    /// These members, unless they want no mails of the project.
    Chosen(Vec<UserId>),
}

impl Trigger {
    /// Its name in `rules.trigger`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reactivated => "reactivated",
            Self::Reached(_) => "reached",
            Self::Rate { .. } => "rate",
        }
    }

    /// The occurrences it asks for.
    pub fn count(self) -> Option<i64> {
        match self {
            Self::New | Self::Reactivated => None,
            Self::Reached(count) | Self::Rate { count, .. } => Some(count),
        }
    }

    /// The minutes it asks for.
    pub fn minutes(self) -> Option<i32> {
        match self {
            Self::Rate { minutes, .. } => Some(minutes),
            _ => None,
        }
    }

    /// The trigger that is stored as that; `None` for one of a later version.
    pub fn stored(name: &str, count: Option<i64>, minutes: Option<i32>) -> Option<Self> {
        match (name, count, minutes) {
            ("new", ..) => Some(Self::New),
            ("reactivated", ..) => Some(Self::Reactivated),
            ("reached", Some(count), _) => Some(Self::Reached(count)),
            ("rate", Some(count), Some(minutes)) => Some(Self::Rate { count, minutes }),
            _ => None,
        }
    }
}

impl Filter {
    /// Whether an item meets all of it.
    pub fn is_met_by(&self, item: &Item) -> bool {
        let is_there =
            self.environments.is_empty() || self.environments.contains(&item.environment);
        if !is_there || self.level.is_some_and(|lowest| item.level < lowest) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let title = item.title.as_str().to_lowercase();
        self.words.iter().all(|word| title.contains(word))
    }
}

impl Terms {
    /// The rules that a project begins with: what each of its people wants to know.
    pub fn first() -> [Self; 2] {
        let told = |name, trigger| Self {
            name: Name::new(name),
            trigger,
            filter: Filter::default(),
            audience: Audience::Everybody,
            mails_per_hour: MAILS_PER_HOUR,
        };
        [
            told("New items", Trigger::New),
            told("Items that come back", Trigger::Reactivated),
        ]
    }
}

/// A rule as a person typed it, field by field.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// What people are to call it.
    pub name: String,
    /// The name of the trigger.
    pub trigger: String,
    /// The occurrences of `reached`.
    pub reached: String,
    /// The occurrences of `rate`.
    pub count: String,
    /// The minutes of `rate`.
    pub minutes: String,
    /// Environments, with commas between them.
    pub environments: String,
    /// The lowest level, or nothing.
    pub level: String,
    /// Words of the title.
    pub words: String,
    /// Whether only chosen people are told.
    pub is_for_chosen: bool,
    /// The people who were chosen.
    pub people: Vec<UserId>,
    /// Mails in an hour.
    pub mails_per_hour: String,
}

/// What is wrong with a rule that a person typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// It has no name.
    #[error("Give the rule a name.")]
    Name,
    /// No trigger of that name.
    #[error("Choose what the rule waits for.")]
    Trigger,
    /// Not one of [`REACHED`].
    #[error("Choose one of the numbers of occurrences.")]
    Reached,
    /// Not within the limits of a rate.
    #[error("A rate is 1 to {RATE_COUNT_MAX} occurrences within 1 to {RATE_MINUTES_MAX} minutes.")]
    Rate,
    /// Too many environments.
    #[error("Name at most {FILTER_MAX} environments.")]
    Environments,
    /// One longer than an environment may be.
    #[error("An environment has at most {} bytes.", Environment::MAX_BYTES)]
    Environment,
    /// No level of that name.
    #[error("Choose a level: critical, error, warning, info or debug.")]
    Level,
    /// Too many words, or too long ones.
    #[error("Name at most {FILTER_MAX} words of the title.")]
    Words,
    /// Nobody is chosen, or somebody who is no member.
    #[error("Choose at least one member of the project, or all of them.")]
    People,
    /// Not within its limits.
    #[error("Mails in an hour are 1 to {MAILS_PER_HOUR_MAX}.")]
    MailsPerHour,
}

impl Typed {
    /// What it says; `members` are those who may be chosen.
    ///
    /// # Errors
    /// The first mistake, in the order of the form.
    pub fn read(&self, members: &[UserId]) -> Result<Terms, Mistake> {
        let name = Name::new(&self.name);
        if name.as_str().is_empty() {
            return Err(Mistake::Name);
        }
        Ok(Terms {
            name,
            trigger: self.trigger()?,
            filter: Filter {
                environments: self.environments()?,
                level: self.level()?,
                words: self.words()?,
            },
            audience: self.audience(members)?,
            mails_per_hour: number(&self.mails_per_hour, 1, MAILS_PER_HOUR_MAX)
                .ok_or(Mistake::MailsPerHour)?,
        })
    }

    fn trigger(&self) -> Result<Trigger, Mistake> {
        match self.trigger.as_str() {
            "new" => Ok(Trigger::New),
            "reactivated" => Ok(Trigger::Reactivated),
            "reached" => {
                let count = number(&self.reached, REACHED[0], REACHED[REACHED.len() - 1]);
                let count = count.filter(|count| REACHED.contains(count));
                count.map(Trigger::Reached).ok_or(Mistake::Reached)
            }
            "rate" => {
                let count = number(&self.count, 1, RATE_COUNT_MAX);
                let minutes = number(&self.minutes, 1, RATE_MINUTES_MAX);
                let (Some(count), Some(minutes)) = (count, minutes) else {
                    return Err(Mistake::Rate);
                };
                Ok(Trigger::Rate { count, minutes })
            }
            _ => Err(Mistake::Trigger),
        }
    }

    fn environments(&self) -> Result<Vec<Environment>, Mistake> {
        let mut environments = Vec::new();
        for typed in self.environments.split([',', '\n']) {
            let typed = typed.trim();
            if typed.len() > Environment::MAX_BYTES {
                return Err(Mistake::Environment);
            }
            let environment = Environment::new(typed);
            if !environment.as_str().is_empty() && !environments.contains(&environment) {
                environments.push(environment);
            }
        }
        if environments.len() > FILTER_MAX {
            return Err(Mistake::Environments);
        }
        Ok(environments)
    }

    fn level(&self) -> Result<Option<Level>, Mistake> {
        match self.level.trim() {
            "" => Ok(None),
            typed => Level::named(typed).map(Some).ok_or(Mistake::Level),
        }
    }

    fn words(&self) -> Result<Vec<String>, Mistake> {
        let mut words: Vec<String> = Vec::new();
        for word in self.words.split_whitespace() {
            let word = word.to_lowercase();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        // A title holds no more, and Postgres no NUL.
        let is_whole = |word: &String| {
            word.len() <= super::text::Title::MAX_BYTES && !word.contains(char::is_control)
        };
        if words.len() > FILTER_MAX || !words.iter().all(is_whole) {
            return Err(Mistake::Words);
        }
        Ok(words)
    }

    fn audience(&self, members: &[UserId]) -> Result<Audience, Mistake> {
        if !self.is_for_chosen {
            return Ok(Audience::Everybody);
        }
        let mut people = self.people.clone();
        people.sort_unstable();
        people.dedup();
        if people.is_empty() || !people.iter().all(|person| members.contains(person)) {
            return Err(Mistake::People);
        }
        Ok(Audience::Chosen(people))
    }
}

fn number<N: std::str::FromStr + PartialOrd>(typed: &str, least: N, most: N) -> Option<N> {
    let number = typed.trim().parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}
