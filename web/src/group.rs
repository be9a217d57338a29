//! Items that are merged into one, as the page of their head shows them.

use chrono::{DateTime, Utc};

/// Numbers that a sentence names; further ones it counts.
const NAMED: usize = 5;

/// The members of a head.
#[derive(Clone, Debug)]
pub struct Group {
    /// Occurrences of the head by itself.
    pub own_total: i64,
    /// The items that are merged into it, by their numbers.
    pub members: Vec<GroupMember>,
}

/// An item that is merged into another.
#[derive(Clone, Debug)]
pub struct GroupMember {
    /// Its number within the project.
    pub counter: i64,
    /// Its title.
    pub title: String,
    /// Occurrences of its own.
    pub total: i64,
    /// When its newest occurrence arrived.
    pub last_seen_at: DateTime<Utc>,
}

/// What was just done to a group, or why this page is shown and not another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regrouped {
    /// These were merged into the item.
    Merged {
        /// Their numbers.
        items: Vec<i64>,
        /// What the form that undoes it sends: each of these stood by itself before.
        undo: Vec<String>,
    },
    /// These were taken out.
    TakenOut(Vec<i64>),
    /// Somebody asked for this one, which is a member.
    Asked(i64),
}

impl Regrouped {
    /// It as a sentence.
    pub fn text(&self) -> String {
        match self {
            Self::Merged { items, .. } => format!(
                "Merged {} into this item. Their status is this one’s from now on.",
                names(items)
            ),
            Self::TakenOut(items) => format!("Took {} out of this item.", names(items)),
            Self::Asked(item) => format!("#{item} is merged into this item."),
        }
    }

    /// What the form that undoes it sends; nothing where it is no change to undo.
    pub fn undo(&self) -> &[String] {
        match self {
            Self::Merged { undo, .. } => undo,
            Self::TakenOut(_) | Self::Asked(_) => &[],
        }
    }
}

/// `#3`, `#3 and #4`, `#3, #4 and 7 more`.
pub(crate) fn names(items: &[i64]) -> String {
    let name = |item: &i64| format!("#{item}");
    match items {
        [] => String::new(),
        [one] => name(one),
        [some @ .., last] if items.len() <= NAMED => {
            let some: Vec<_> = some.iter().map(name).collect();
            format!("{} and {}", some.join(", "), name(last))
        }
        _ => {
            let (some, rest) = items.split_at(NAMED - 1);
            let some: Vec<_> = some.iter().map(name).collect();
            format!("{} and {} more", some.join(", "), rest.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_named_and_many_are_counted() {
        assert_eq!(names(&[3]), "#3");
        assert_eq!(names(&[3, 4]), "#3 and #4");
        assert_eq!(names(&[1, 2, 3, 4, 5]), "#1, #2, #3, #4 and #5");
        assert_eq!(names(&[1, 2, 3, 4, 5, 6]), "#1, #2, #3, #4 and 2 more");
    }
}
