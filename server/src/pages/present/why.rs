//! Why an occurrence is in its item.

use rollcage_web::why::{
    OtherFingerprint, PartKind, TextSpan, WhyFrame, WhyPart, WhyTrace, WhyView,
};

use crate::{
    fingerprint::{self, Kind, Looked, Span, Verdict},
    model::evidence::{Evidence, FrameEvidence, TraceEvidence},
    store::fingerprints::Leading,
};

/// Why an occurrence with that evidence is in its item, to which `leading` lead too.
pub fn why(evidence: &Evidence, leading: &[Leading]) -> WhyView {
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
            .map(|(trace, looked)| why_trace(trace, looked))
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

fn why_trace(trace: &TraceEvidence, looked: Looked) -> WhyTrace {
    WhyTrace {
        class: trace.class.clone().unwrap_or_default(),
        note: looked.note.to_owned(),
        counts: looked.counts,
        frames: trace
            .frames
            .iter()
            .zip(looked.frames)
            .map(|(frame, verdict)| why_frame(frame, verdict))
            .collect(),
    }
}

fn why_frame(frame: &FrameEvidence, verdict: Verdict) -> WhyFrame {
    let (counted_as, reason) = match verdict {
        Verdict::Counts(place) => (Some(place), String::new()),
        Verdict::Left(reason) => (None, reason.as_str().to_owned()),
    };
    WhyFrame {
        file: frame.filename.clone().unwrap_or_default(),
        function: frame.method.clone(),
        line: None,
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
