//! Stack traces: what was sent, and how a page folds it.

use crate::{datum::Datum, format};

pub(crate) mod chain;

/// One exception with its stack trace.
#[derive(Clone, Debug, Default)]
pub struct TraceView {
    /// The exception's class; may be empty.
    pub class: String,
    /// The package or module of the class, where it was sent apart: `sqlalchemy.exc`.
    pub module: Option<String>,
    /// What it says; may be empty and may have several lines.
    pub message: String,
    /// The frames as stored: the last is where the exception was raised.
    pub frames: Vec<FrameView>,
    /// How it was caught, and whose cause or member it is.
    pub mechanism: Mechanism,
}

/// How an SDK came by an exception, and which place it has among the others.
#[derive(Clone, Debug, Default)]
pub struct Mechanism {
    /// What caught it: `excepthook`, `onerror`, `logging`.
    pub kind: Option<String>,
    /// Whether the application caught it itself, where the SDK says so.
    pub handled: Option<bool>,
    /// Its number among the exceptions of the occurrence.
    pub id: Option<i64>,
    /// The number of the exception that it is a cause or a member of.
    pub parent: Option<i64>,
    /// Whether it is a group: it only says that its members happened.
    pub is_group: bool,
    /// What the parent calls it: `__cause__`, `__context__`, `exceptions[0]`, `errors[1]`.
    pub source: Option<String>,
    /// Whatever else was said.
    pub data: Option<Datum>,
}

/// One line of a stack trace.
#[derive(Clone, Debug, Default)]
pub struct FrameView {
    /// The file, as the SDK said it.
    pub file: String,
    /// The whole path or URL, where it was sent beside a shorter file.
    pub path: Option<String>,
    /// The line, counted from 1.
    pub line: Option<i64>,
    /// The column.
    pub column: Option<i64>,
    /// The function or method.
    pub function: Option<String>,
    /// The module or package of the function, where it was sent apart: `shop.billing`.
    pub module: Option<String>,
    /// The binary or archive that holds the code: `libshop.so`.
    pub package: Option<String>,
    /// The instruction's address in native code, as sent: `0x7f3a…`.
    pub address: Option<String>,
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

/// Frames as a page shows them, the most recent call first.
pub(crate) fn runs(frames: &[FrameView]) -> Vec<Run<'_>> {
    let has_own = frames.iter().any(|frame| frame.in_app);
    let mut runs = Vec::new();
    let mut own_frames = 0;
    for (index, frame) in frames.iter().rev().enumerate() {
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

/// `15 frames, 2 in your code`.
pub(crate) fn summary(all: &[FrameView]) -> String {
    let own = all.iter().filter(|frame| frame.in_app).count();
    let library = all.len() - own;
    match (own, library) {
        (0, 0) => "No frames were sent".to_owned(),
        (_, 0) => frames(own, "frame"),
        (0, _) => frames(library, "library frame"),
        _ => format!("{}, {} in your code", frames(all.len(), "frame"), own),
    }
}

/// `1 library frame`, `12 library frames`.
pub(crate) fn frames(number: usize, what: &str) -> String {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    format::counted(number, what, &format!("{what}s"))
}

impl Mechanism {
    /// How it was captured: `captured by excepthook`; `None` where nobody said.
    pub(crate) fn text(&self) -> Option<String> {
        let kind = self.kind.as_deref().filter(|kind| !kind.is_empty());
        match (kind, self.handled) {
            (Some(kind), Some(true)) => Some(format!("captured by {kind}, handled")),
            (Some(kind), Some(false)) => Some(format!("captured by {kind}, not handled")),
            (Some(kind), None) => Some(format!("captured by {kind}")),
            (None, Some(true)) => Some("handled".to_owned()),
            (None, Some(false)) => Some("not handled".to_owned()),
            (None, None) => None,
        }
    }
}

impl FrameView {
    /// Whether there is more to show than the line itself.
    pub(crate) fn has_detail(&self) -> bool {
        self.code.is_some() || self.has_variables()
    }

    pub(crate) fn has_variables(&self) -> bool {
        !self.arguments.is_empty() || !self.locals.is_empty()
    }

    /// What the line begins with: the file without its folder, else the module or binary.
    pub(crate) fn place(&self) -> &str {
        let file = &self.file[self.folder().len()..];
        let places = [Some(file), self.module.as_deref(), self.package_name()];
        let place = places.into_iter().flatten().find(|place| !place.is_empty());
        place.unwrap_or("unknown place")
    }

    /// Where the function belongs, where the line does not say so already: its module, or for
    /// native code its binary.
    pub(crate) fn origin(&self) -> Option<&str> {
        let module = self.module.as_deref();
        [
            module.filter(|module| !self.says(module)),
            self.package_name(),
        ]
        .into_iter()
        .flatten()
        .find(|origin| !origin.is_empty() && *origin != self.place())
    }

    /// Whether the file or the function say the module: `shop/billing.py` is `shop.billing`.
    fn says(&self, module: &str) -> bool {
        let path = module.replace("::", "/").replace('.', "/");
        let file = self.file.replace('\\', "/");
        let stem = file
            .rsplit_once('.')
            .map_or(file.as_str(), |(stem, _)| stem);
        let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
        let is_file = stem.ends_with(&path) || (!stem.is_empty() && path.ends_with(stem));
        is_file
            || self
                .function
                .as_ref()
                .is_some_and(|function| function.starts_with(module))
    }

    /// The binary without its folder.
    fn package_name(&self) -> Option<&str> {
        let package = self.package.as_deref()?;
        package.rsplit(['/', '\\']).next()
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

    #[test]
    fn library_frames_fold_into_runs_with_the_most_recent_call_first() {
        let frames = [
            frame("main.py", true),
            frame("lib/a.py", false),
            frame("lib/b.py", false),
            frame("cart.py", true),
        ];
        let runs = runs(&frames);
        assert!(matches!(&runs[0], Run::Own { frame, is_open: true } if frame.file == "cart.py"));
        assert!(
            matches!(&runs[1], Run::Library(frames) if frames.len() == 2 && frames[0].file == "lib/b.py")
        );
        assert!(matches!(&runs[2], Run::Own { frame, .. } if frame.file == "main.py"));
        assert_eq!(summary(&frames), "4 frames, 2 in your code");
    }

    #[test]
    fn a_trace_of_libraries_alone_shows_where_it_was_raised() {
        let frames = [frame("lib/a.py", false), frame("lib/b.py", false)];
        let runs = runs(&frames);
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
                frame("shop/cart.py", true).place()
            ),
            ("shop/", "cart.py")
        );
        assert_eq!(frame("C:\\shop\\cart.cs", true).place(), "cart.cs");
        assert_eq!(frame("shop/", true).place(), "shop/");
        assert_eq!(frame("", true).place(), "unknown place");
    }

    #[test]
    fn a_frame_says_where_it_belongs_once() {
        let of = |file: &str, module: &str, package: &str| FrameView {
            module: Some(module.to_owned()),
            package: Some(package.to_owned()),
            ..frame(file, true)
        };
        let cases = [
            (
                of("shop/billing.py", "shop.billing", ""),
                "billing.py",
                None,
            ),
            (of("billing.py", "shop.billing", ""), "billing.py", None),
            (of("shop/__init__.py", "shop", ""), "__init__.py", None),
            (
                of("Billing.java", "com.acme.Billing", ""),
                "Billing.java",
                None,
            ),
            (
                of("main.go", "github.com/acme/x", ""),
                "main.go",
                Some("github.com/acme/x"),
            ),
            (of("", "shop.billing", ""), "shop.billing", None),
            (of("", "", "/usr/lib/libshop.so"), "libshop.so", None),
            (
                of("a.c", "", "/usr/lib/libshop.so"),
                "a.c",
                Some("libshop.so"),
            ),
        ];
        for (frame, place, origin) in cases {
            assert_eq!(
                (frame.place(), frame.origin()),
                (place, origin),
                "{frame:?}"
            );
        }
    }
}
