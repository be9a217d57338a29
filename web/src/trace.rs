//! Stack traces: what was sent, and how a page folds it.

use crate::{datum::Datum, format};

/// One exception with its stack trace.
#[derive(Clone, Debug)]
pub struct TraceView {
    /// The exception's class; may be empty.
    pub class: String,
    /// What it says; may be empty and may have several lines.
    pub message: String,
    /// The frames as stored: the last is where the exception was raised.
    pub frames: Vec<FrameView>,
}

/// One line of a stack trace.
#[derive(Clone, Debug, Default)]
pub struct FrameView {
    /// The file, as the SDK said it.
    pub file: String,
    /// The line, counted from 1.
    pub line: Option<i64>,
    /// The column.
    pub column: Option<i64>,
    /// The function or method.
    pub function: Option<String>,
    /// Whether the frame is the application's own and not a library's.
    pub in_app: bool,
    /// The source lines before `code`, in order.
    pub pre: Vec<String>,
    /// The source line itself.
    pub code: Option<String>,
    /// The source lines after `code`, in order.
    pub post: Vec<String>,
    /// The arguments of the call, by name or number.
    pub arguments: Vec<(String, Datum)>,
    /// The local variables.
    pub locals: Vec<(String, Datum)>,
}

/// Neighbouring frames that a page shows as one: a frame of the application, or a fold of a
/// library's.
pub(crate) enum Run<'a> {
    /// One frame, shown with its source.
    Own {
        frame: &'a FrameView,
        /// Whether source and variables show at once.
        is_open: bool,
    },
    /// Frames of libraries, folded.
    Library(Vec<&'a FrameView>),
}

/// How many of a trace's own frames are open at first; the ones below are rarely read.
const OPEN_FRAMES: usize = 5;

impl TraceView {
    /// The frames as a page shows them, the most recent call first.
    pub(crate) fn runs(&self) -> Vec<Run<'_>> {
        let has_own = self.frames.iter().any(|frame| frame.in_app);
        let mut runs = Vec::new();
        let mut own_frames = 0;
        for (index, frame) in self.frames.iter().rev().enumerate() {
            // A trace of libraries alone still shows where it was raised.
            if frame.in_app || (!has_own && index == 0) {
                runs.push(Run::Own {
                    frame,
                    is_open: own_frames < OPEN_FRAMES,
                });
                own_frames += 1;
            } else if let Some(Run::Library(frames)) = runs.last_mut() {
                frames.push(frame);
            } else {
                runs.push(Run::Library(vec![frame]));
            }
        }
        runs
    }

    /// `3 of your frames, 12 of libraries`.
    pub(crate) fn summary(&self) -> String {
        let own = self.frames.iter().filter(|frame| frame.in_app).count();
        let library = self.frames.len() - own;
        match (own, library) {
            (0, 0) => "No frames were sent".to_owned(),
            (_, 0) => frames(own, "frame"),
            (0, _) => frames(library, "library frame"),
            _ => format!(
                "{}, {} in your code",
                frames(self.frames.len(), "frame"),
                own
            ),
        }
    }
}

/// `1 library frame`, `12 library frames`.
pub(crate) fn frames(number: usize, what: &str) -> String {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    format::counted(number, what, &format!("{what}s"))
}

impl FrameView {
    /// Whether there is more to show than the line itself.
    pub(crate) fn has_detail(&self) -> bool {
        self.code.is_some() || self.has_variables()
    }

    pub(crate) fn has_variables(&self) -> bool {
        !self.arguments.is_empty() || !self.locals.is_empty()
    }

    /// The file without its folder.
    pub(crate) fn file_name(&self) -> &str {
        &self.file[self.folder().len()..]
    }

    /// The file's folder, with the slash at its end; may be empty.
    pub(crate) fn folder(&self) -> &str {
        let end = self.file.rfind(['/', '\\']).map_or(0, |slash| slash + 1);
        // A path that ends in a slash has no other name than itself.
        if end == self.file.len() {
            ""
        } else {
            &self.file[..end]
        }
    }

    /// `:214` or `:214:7`, or nothing.
    pub(crate) fn position(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!(":{line}:{column}"),
            (Some(line), None) => format!(":{line}"),
            (None, _) => String::new(),
        }
    }

    /// The source lines with their numbers, as far as known, and whether each is the line itself.
    pub(crate) fn source(&self) -> Vec<SourceLine<'_>> {
        let Some(code) = &self.code else {
            return Vec::new();
        };
        let before = i64::try_from(self.pre.len()).unwrap_or(i64::MAX);
        let first = self.line.map(|line| line.saturating_sub(before));
        self.pre
            .iter()
            .map(|text| (text, false))
            .chain([(code, true)])
            .chain(self.post.iter().map(|text| (text, false)))
            .zip(0_i64..)
            .map(|((text, is_current), offset)| SourceLine {
                number: first
                    .map(|first| first.saturating_add(offset))
                    .filter(|number| *number > 0),
                text,
                is_current,
            })
            .collect()
    }
}

/// A line of source code.
pub(crate) struct SourceLine<'a> {
    pub(crate) number: Option<i64>,
    pub(crate) text: &'a str,
    /// Whether this is the line the frame stands at.
    pub(crate) is_current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(file: &str, in_app: bool) -> FrameView {
        FrameView {
            file: file.to_owned(),
            in_app,
            ..FrameView::default()
        }
    }

    fn trace(frames: Vec<FrameView>) -> TraceView {
        TraceView {
            class: "KeyError".to_owned(),
            message: String::new(),
            frames,
        }
    }

    #[test]
    fn library_frames_fold_into_runs_with_the_most_recent_call_first() {
        let trace = trace(vec![
            frame("main.py", true),
            frame("lib/a.py", false),
            frame("lib/b.py", false),
            frame("cart.py", true),
        ]);
        let runs = trace.runs();
        assert!(matches!(&runs[0], Run::Own { frame, is_open: true } if frame.file == "cart.py"));
        assert!(
            matches!(&runs[1], Run::Library(frames) if frames.len() == 2 && frames[0].file == "lib/b.py")
        );
        assert!(matches!(&runs[2], Run::Own { frame, .. } if frame.file == "main.py"));
        assert_eq!(trace.summary(), "4 frames, 2 in your code");
    }

    #[test]
    fn a_trace_of_libraries_alone_shows_where_it_was_raised() {
        let trace = trace(vec![frame("lib/a.py", false), frame("lib/b.py", false)]);
        let runs = trace.runs();
        assert!(matches!(&runs[0], Run::Own { frame, .. } if frame.file == "lib/b.py"));
        assert!(matches!(&runs[1], Run::Library(frames) if frames.len() == 1));
    }

    #[test]
    fn source_lines_are_numbered_around_the_line() {
        let frame = FrameView {
            line: Some(2),
            pre: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            code: Some("d".to_owned()),
            post: vec!["e".to_owned()],
            ..FrameView::default()
        };
        let numbers: Vec<_> = frame.source().iter().map(|line| line.number).collect();
        assert_eq!(numbers, [None, None, Some(1), Some(2), Some(3)]);
        assert!(frame.source()[3].is_current);
    }

    #[test]
    fn a_file_splits_into_folder_and_name() {
        assert_eq!(
            (
                frame("shop/cart.py", true).folder(),
                frame("shop/cart.py", true).file_name()
            ),
            ("shop/", "cart.py")
        );
        assert_eq!(frame("C:\\shop\\cart.cs", true).file_name(), "cart.cs");
        assert_eq!(frame("shop/", true).file_name(), "shop/");
        assert_eq!(frame("", true).file_name(), "");
    }
}
