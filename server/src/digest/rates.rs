//! Rules of a rate: about which items Postgres is to be asked.
//!
//! An answer says how many more occurrences it takes, or until when the rule rests, and before then
//! it cannot fire: so it is asked about each item seldom, however often that fails.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    model::{
        id::{ItemId, RuleId},
        item::Item,
    },
    store::rule_hours::{RateAnswer, RateQuestion},
};

/// Answers that are remembered before all are asked for anew: some 6 MB, and 8 bytes for each member
/// of a group.
const REMEMBERED_MAX: usize = 50_000;

/// What was answered last. It holds where the transaction that asked is rolled back and run again,
/// for what that counted is counted again; whoever leaves something out of it begins anew.
#[derive(Default)]
pub struct Rates {
    quiet: HashMap<(RuleId, ItemId), Quiet>,
}

/// Why a rule cannot fire for an item.
struct Quiet {
    /// What the rule takes.
    count: i64,
    minutes: TimeDelta,
    /// The group whose occurrences were counted: with another one its total means something else.
    members: Vec<ItemId>,
    until: Until,
}

enum Until {
    /// Occurrences ever, of which too few are in the window before.
    Total(i64),
    /// It fired then, and rests while the window reaches back to it.
    After(DateTime<Utc>),
}

impl Rates {
    /// Whether the answer may be yes.
    pub fn is_open(&self, item: &Item, question: &RateQuestion) -> bool {
        let Some(quiet) = self.quiet.get(&(question.rule, question.item)) else {
            return true;
        };
        let is_of_this = quiet.count == question.count
            && quiet.minutes == question.at - question.since
            && quiet.members == item.members;
        !is_of_this
            || match quiet.until {
                Until::Total(total) => item.total >= total,
                Until::After(fired_at) => fired_at <= question.since,
            }
    }

    /// Takes an answer down: whether the rule fires.
    pub fn fires(&mut self, item: &Item, question: &RateQuestion, answer: RateAnswer) -> bool {
        let until = match answer {
            RateAnswer::Fired(at) => Until::After(at),
            RateAnswer::Found(found) if found < question.count => {
                Until::Total(item.total + question.count - found)
            }
            // It rests once this is committed: the next answer says so.
            RateAnswer::Found(_) => return true,
        };
        if self.quiet.len() >= REMEMBERED_MAX {
            self.quiet.clear();
        }
        let quiet = Quiet {
            count: question.count,
            minutes: question.at - question.since,
            members: item.members.clone(),
            until,
        };
        self.quiet.insert((question.rule, question.item), quiet);
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{
        id::{ItemCounter, OccurrenceId, ProjectId},
        item::Status,
        occurrence::Level,
        text::{Environment, Title},
    };

    const RULE: RuleId = RuleId(1);

    fn item(times: &[DateTime<Utc>]) -> Item {
        let last = times.last().copied().unwrap_or_default();
        Item {
            project_id: ProjectId(1),
            id: ItemId(7),
            counter: ItemCounter(1),
            environment: Environment::new("production"),
            title: Title::new("KeyError"),
            culprit: None,
            level: Level::Error,
            platform: None,
            framework: None,
            status: Status::Active,
            resolved_in: None,
            first_seen_at: last,
            last_seen_at: last,
            total: i64::try_from(times.len()).expect("few"),
            active_total: 0,
            status_changed_at: last,
            last_occurrence_id: OccurrenceId(0),
            last_occurrence_at: last,
            merged_into: None,
            members: Vec::new(),
        }
    }

    fn question(item: &Item, count: i64, minutes: i64) -> RateQuestion {
        let at = item.last_occurrence_at;
        RateQuestion {
            project: item.project_id,
            rule: RULE,
            item: item.id,
            count,
            since: at - TimeDelta::minutes(minutes),
            at,
        }
    }

    /// What Postgres answers about occurrences of those times.
    fn answer(
        times: &[DateTime<Utc>],
        fired: &[DateTime<Utc>],
        asked: &RateQuestion,
    ) -> RateAnswer {
        if let Some(at) = fired.iter().rfind(|at| **at > asked.since) {
            return RateAnswer::Fired(*at);
        }
        let found = times.iter().filter(|at| **at > asked.since).count();
        RateAnswer::Found(i64::try_from(found).expect("few").min(asked.count))
    }

    proptest! {
        /// Whoever asks each time fires at the same occurrences as whoever asks when it is open.
        #[test]
        fn nothing_is_missed(
            gaps in prop::collection::vec((0_i64..200, 1_usize..5), 1..80),
            count in 1_i64..12,
            minutes in 1_i64..5,
        ) {
            let (mut times, mut now) = (Vec::new(), DateTime::UNIX_EPOCH);
            let (mut always, mut seldom) = (Vec::new(), Vec::new());
            let mut rates = Rates::default();
            for (seconds, together) in gaps {
                now += TimeDelta::seconds(seconds);
                times.extend(std::iter::repeat_n(now, together));
                let item = item(&times);
                let asked = question(&item, count, minutes);
                if answer(&times, &always, &asked) == RateAnswer::Found(count) {
                    always.push(now);
                }
                if rates.is_open(&item, &asked) {
                    let answer = answer(&times, &seldom, &asked);
                    if rates.fires(&item, &asked, answer) {
                        seldom.push(now);
                    }
                }
            }
            prop_assert_eq!(always, seldom);
        }
    }

    #[test]
    fn it_is_asked_again_when_it_may_be_yes() {
        let mut rates = Rates::default();
        let times = [DateTime::UNIX_EPOCH; 20];
        let mut at_ten = item(&times[..10]);
        let asked = question(&at_ten, 15, 1);
        assert!(rates.is_open(&at_ten, &asked), "nothing is known");
        assert!(!rates.fires(&at_ten, &asked, RateAnswer::Found(10)));
        assert!(!rates.is_open(&item(&times[..14]), &asked), "four more");
        assert!(rates.is_open(&item(&times[..15]), &asked), "five more");
        assert!(rates.is_open(&at_ten, &question(&at_ten, 14, 1)), "less");
        assert!(rates.is_open(&at_ten, &question(&at_ten, 15, 2)), "longer");
        at_ten.members = vec![ItemId(8)];
        assert!(rates.is_open(&at_ten, &asked), "another group");
    }

    #[test]
    fn it_remembers_within_bounds() {
        let mut rates = Rates::default();
        let mut item = item(&[DateTime::UNIX_EPOCH]);
        for id in 0..=2 * REMEMBERED_MAX {
            item.id = ItemId(i64::try_from(id).expect("few"));
            let asked = question(&item, 2, 1);
            assert!(!rates.fires(&item, &asked, RateAnswer::Found(1)));
            assert!(!rates.is_open(&item, &asked));
            assert!(rates.quiet.len() <= REMEMBERED_MAX);
        }
    }
}
