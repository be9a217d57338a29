//! Why an occurrence is in its item.

use rollcage_web::why::{
    OtherFingerprint, PartKind, TextSpan, WhyFrame, WhyPart, WhyTrace, WhyView,
};

use crate::{
    fingerprint::{self, Kind, Looked, Span, Verdict},
    model::{
        evidence::{self, Evidence, FrameEvidence, TraceEvidence},
        occurrence::{Body, Occurrence},
    },
    store::fingerprints::Leading,
};

/// The lines of the frames that grouping looks at, exception by exception.
pub type Lines = Vec<Vec<Option<u32>>>;

/// Why an occurrence with that evidence is in its item, to which `leading` lead too.
///
/// Grouping never looks at `lines`; they are shown where they are known.
pub fn why(evidence: &Evidence, lines: &Lines, leading: &[Leading]) -> WhyView {
    let explanation = fingerprint::explain(evidence);
    let fingerprint = explanation.fingerprint();
    WhyView {
        version: explanation.version,
        fingerprint: fingerprint.to_string(),
        parts: explanation
            .parts
            .into_iter()
            .map(|part| WhyPart {
                kind: kind(part.kind),
                value: part.value,
                rule: part.rule.to_owned(),
            })
            .collect(),
        traces: evidence
            .traces
            .iter()
            .zip(explanation.traces)
            .enumerate()
            .map(|(at, (trace, looked))| why_trace(trace, looked, lines.get(at)))
            .collect(),
        text: explanation
            .text
            .map(|spans| spans.into_iter().map(span).collect()),
        others: leading
            .iter()
            .filter(|other| other.fingerprint != fingerprint.0)
            .map(|other| OtherFingerprint {
                version: other.version.cast_unsigned(),
                fingerprint: fingerprint::Fingerprint(other.fingerprint).to_string(),
                since: other.since,
            })
            .collect(),
    }
}

fn kind(kind: Kind) -> PartKind {
    match kind {
        Kind::Explicit => PartKind::Given,
        Kind::Language => PartKind::Language,
        Kind::Class => PartKind::Class,
        Kind::Frame => PartKind::Frame,
        Kind::Code => PartKind::Code,
        Kind::Text => PartKind::Text,
        Kind::Level => PartKind::Level,
    }
}

/// The lines of the frames of an occurrence that grouping looks at.
pub fn lines(occurrence: &Occurrence<'_>) -> Lines {
    let Body::Traces(traces) = &occurrence.body else {
        return Vec::new();
    };
    traces
        .iter()
        .map(|trace| {
            evidence::kept_frames(trace.frames.len())
                .map(|at| trace.frames.get(at).and_then(|frame| frame.line))
                .collect()
        })
        .collect()
}

fn why_trace(trace: &TraceEvidence, looked: Looked, lines: Option<&Vec<Option<u32>>>) -> WhyTrace {
    let line = |at| lines.and_then(|lines| *lines.get(at)?);
    WhyTrace {
        class: trace.class.clone().unwrap_or_default(),
        note: looked.note.to_owned(),
        counts: looked.counts,
        frames: trace
            .frames
            .iter()
            .zip(looked.frames)
            .enumerate()
            .map(|(at, (frame, verdict))| why_frame(frame, verdict, line(at)))
            .collect(),
    }
}

fn why_frame(frame: &FrameEvidence, verdict: Verdict, line: Option<u32>) -> WhyFrame {
    let (counted_as, reason) = match verdict {
        Verdict::Counts(place) => (Some(place), String::new()),
        Verdict::Left(reason) => (None, reason.as_str().to_owned()),
    };
    WhyFrame {
        file: frame.filename.clone().unwrap_or_default(),
        function: frame.method.clone(),
        line: line.map(i64::from),
        counted_as,
        reason,
    }
}

fn span(span: Span) -> TextSpan {
    match span {
        Span::Kept(text) => TextSpan::Kept(text),
        Span::Replaced { text, by } => TextSpan::Replaced {
            text,
            by: by.to_owned(),
        },
    }
}
