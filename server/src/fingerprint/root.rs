//! Which exception of a chain is the cause.

use super::{
    frames,
    rules::{Rule, Rules},
};
use crate::model::evidence::{Evidence, TraceEvidence};

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
    let chain = told(&evidence.traces);
    let platform = evidence.platform.as_deref();
    let deepest = chain
        .iter()
        .rev()
        .find(|trace| !trace.frames.is_empty())
        .or(chain.last())?;
    let stack = chain
        .iter()
        .rev()
        .find(|trace| frames::has_own(trace, platform))
        .unwrap_or(deepest);
    let only_reported = chain.iter().skip(1).all(|trace| trace.frames.is_empty());
    let cause = chain
        .iter()
        .rev()
        .filter(|_| only_reported && rules.has(Rule::CauseWithoutStack))
        .find(|trace| trace.class.is_some() || !trace.message.is_empty())
        .unwrap_or(deepest);
    Some(Root { stack, cause })
}

/// The chain up to where the program says `from None`: what hides behind was meant to be hidden.
/// Rollbar's Python SDK sends it nevertheless, Sentry's does not.
fn told(chain: &[TraceEvidence]) -> &[TraceEvidence] {
    let hides = |trace: &TraceEvidence| {
        let line = trace.frames.last().and_then(|frame| frame.code.as_deref());
        line.is_some_and(|line| line.trim_end().ends_with(" from None"))
    };
    let end = chain
        .iter()
        .position(hides)
        .map_or(chain.len(), |at| at + 1);
    chain.get(..end).unwrap_or(chain)
}
