//! Which exception of a chain is the cause.

use super::{
    frames,
    rules::{Rule, Rules},
};
use crate::model::evidence::{Evidence, FrameEvidence, TraceEvidence};

/// The two exceptions of a chain that grouping looks at; often they are one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root<'e> {
    /// The deepest exception with own frames: its stack says where.
    pub stack: &'e TraceEvidence,
    /// The deepest exception with a stack: its class says what. It lies deeper than `stack` where
    /// a library caught it and raised another, as database layers do with a driver's error.
    pub cause: &'e TraceEvidence,
}

impl Root<'_> {
    /// Whether a library wrapped the cause into the exception that reached the application.
    pub(super) fn is_wrapped_by_a_library(&self) -> bool {
        !std::ptr::eq(self.stack, self.cause)
    }
}

/// The root cause; `None` for a message.
///
/// More or fewer exceptions raised from one another then change nothing.
pub(super) fn of(evidence: &Evidence, rules: Rules) -> Option<Root<'_>> {
    let chain: Vec<&TraceEvidence> = told(&evidence.traces, rules)
        .iter()
        .filter(|trace| !trace.beside)
        .collect();
    let platform = evidence.platform.as_deref();
    let deepest = chain
        .iter()
        .rev()
        .find(|trace| !trace.frames.is_empty())
        .or(chain.last())
        .copied()?;
    let stack = chain
        .iter()
        .rev()
        .find(|trace| frames::has_own(trace, platform, rules))
        .copied()
        .unwrap_or(deepest);
    let only_reported = chain.iter().skip(1).all(|trace| trace.frames.is_empty());
    let cause = chain
        .iter()
        .rev()
        .filter(|_| only_reported && rules.has(Rule::CauseWithoutStack))
        .find(|trace| trace.class.is_some() || !trace.message.is_empty())
        .copied()
        .unwrap_or(deepest);
    Some(Root { stack, cause })
}

/// The chain up to where the program says `from None`: what hides behind was meant to be hidden.
/// Rollbar's Python SDK sends it nevertheless, Sentry's does not.
///
/// An exception may be raised on with it further out than where it was made, as httpcore does.
fn told(chain: &[TraceEvidence], rules: Rules) -> &[TraceEvidence] {
    let says_so = |frame: &FrameEvidence| {
        let line = frame.code.as_deref().unwrap_or_default().trim_end();
        line.ends_with(" from None")
    };
    let hides = |trace: &TraceEvidence| {
        if rules.has(Rule::HiddenAnywhere) {
            trace.frames.iter().any(says_so)
        } else {
            trace.frames.last().is_some_and(says_so)
        }
    };
    let end = chain
        .iter()
        .position(hides)
        .map_or(chain.len(), |at| at + 1);
    chain.get(..end).unwrap_or(chain)
}
