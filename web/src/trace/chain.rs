//! How the exceptions of one occurrence hang together: causes, and the members of groups.

use super::{Mechanism, TraceView};

/// One exception, and how it hangs on the one above it.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub(crate) trace: &'a TraceView,
    /// `caused by`, `2 of 3 in ExceptionGroup`; empty for the one that was reported.
    pub(crate) relation: String,
    /// In how many groups it lies.
    pub(crate) depth: usize,
}

/// Beyond this depth nothing is moved further in: there would be no room for it.
const DEPTH_MAX: usize = 3;

/// The exceptions in the order they were given, first the one that was reported.
pub(crate) fn of(traces: &[TraceView]) -> Vec<Link<'_>> {
    let mut links: Vec<Link> = Vec::with_capacity(traces.len());
    for (index, trace) in traces.iter().enumerate() {
        let Some(before) = index.checked_sub(1) else {
            links.push(Link {
                trace,
                relation: String::new(),
                depth: 0,
            });
            continue;
        };
        let parent = parent(traces, index).unwrap_or(before);
        let is_member = is_member(&traces[parent], &trace.mechanism);
        let depth = links[parent].depth + usize::from(is_member);
        links.push(Link {
            trace,
            relation: if is_member {
                membership(traces, parent, index)
            } else {
                cause(&traces[parent], &trace.mechanism, parent == before)
            },
            depth: depth.min(DEPTH_MAX),
        });
    }
    links
}

/// The exception that `index` is a cause or a member of, by the numbers that the SDK gave; only
/// one above it, so that numbers made up by a sender lead nowhere.
fn parent(traces: &[TraceView], index: usize) -> Option<usize> {
    let number = traces[index].mechanism.parent?;
    traces[..index]
        .iter()
        .position(|trace| trace.mechanism.id == Some(number))
}

fn is_member(parent: &TraceView, mechanism: &Mechanism) -> bool {
    match mechanism.source.as_deref() {
        Some(source) if source.ends_with(']') => true,
        Some("__cause__" | "__context__" | "cause") => false,
        _ => parent.mechanism.is_group,
    }
}

/// `2 of 3 in ExceptionGroup`.
fn membership(traces: &[TraceView], parent: usize, index: usize) -> String {
    let number = traces[parent].mechanism.id;
    let is_sibling = |at: &usize| {
        let mechanism = &traces[*at].mechanism;
        let is_child = if mechanism.parent.is_some() {
            mechanism.parent == number
        } else {
            // A sender that gives no numbers means the one just above.
            number.is_none() && *at == parent + 1
        };
        is_child && is_member(&traces[parent], mechanism)
    };
    let members = (parent + 1..traces.len()).filter(is_sibling).count();
    let place = (parent + 1..=index).filter(is_sibling).count();
    let class = class_of(&traces[parent]);
    if place == 0 || members < 2 {
        format!("in {class}")
    } else {
        format!("{place} of {members} in {class}")
    }
}

/// `caused by`, `raised while handling`; with the class where the exception does not stand just
/// above.
fn cause(parent: &TraceView, mechanism: &Mechanism, is_above: bool) -> String {
    let word = match mechanism.source.as_deref() {
        Some("__context__") => "raised while handling",
        _ => "caused by",
    };
    if is_above {
        word.to_owned()
    } else {
        format!("{} was {word}", class_of(parent))
    }
}

fn class_of(trace: &TraceView) -> &str {
    if trace.class.is_empty() {
        "an exception without a class"
    } else {
        &trace.class
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(class: &str, id: Option<i64>, parent: Option<i64>, source: &str) -> TraceView {
        TraceView {
            class: class.to_owned(),
            mechanism: Mechanism {
                id,
                parent,
                is_group: class.ends_with("Group"),
                source: (!source.is_empty()).then(|| source.to_owned()),
                ..Mechanism::default()
            },
            ..TraceView::default()
        }
    }

    fn relations(traces: &[TraceView]) -> Vec<(String, usize)> {
        of(traces)
            .into_iter()
            .map(|link| (link.relation, link.depth))
            .collect()
    }

    fn expected(links: &[(&str, usize)]) -> Vec<(String, usize)> {
        links
            .iter()
            .map(|(relation, depth)| ((*relation).to_owned(), *depth))
            .collect()
    }

    #[test]
    fn a_plain_chain_is_causes() {
        let chain = [
            trace("A", None, None, ""),
            trace("B", None, None, ""),
            trace("C", None, None, "__context__"),
        ];
        assert_eq!(
            relations(&chain),
            expected(&[("", 0), ("caused by", 0), ("raised while handling", 0)])
        );
    }

    #[test]
    fn members_of_a_group_are_told_apart_from_their_causes() {
        let group = [
            trace("ExceptionGroup", Some(0), None, ""),
            trace("A", Some(1), Some(0), "exceptions[0]"),
            trace("Root", Some(2), Some(1), "__cause__"),
            trace("B", Some(3), Some(0), "exceptions[1]"),
            trace("InnerGroup", Some(4), Some(0), "exceptions[2]"),
            trace("C", Some(5), Some(4), "exceptions[0]"),
            trace("Late", Some(6), Some(3), "__cause__"),
        ];
        assert_eq!(
            relations(&group),
            expected(&[
                ("", 0),
                ("1 of 3 in ExceptionGroup", 1),
                ("caused by", 1),
                ("2 of 3 in ExceptionGroup", 1),
                ("3 of 3 in ExceptionGroup", 1),
                ("in InnerGroup", 2),
                ("B was caused by", 1),
            ])
        );
    }

    #[test]
    fn numbers_that_lead_nowhere_are_ignored() {
        let odd = [
            trace("A", Some(0), Some(0), ""),
            trace("B", Some(1), Some(7), ""),
            trace("", Some(1), Some(1), "errors[9]"),
        ];
        assert_eq!(
            relations(&odd),
            expected(&[("", 0), ("caused by", 0), ("in B", 1)])
        );
    }
}
