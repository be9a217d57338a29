//! Messages with their variable parts taken out.
//!
//! Numbers, ids, dates, addresses, paths and quoted data become placeholders; numbers that mean
//! something stay: an HTTP status, an errno, an SQLSTATE, an exit code, a signal, a low port.
//! One pass over at most one line of `MAX_BYTES`; what comes out of a sentence goes through unchanged.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    codes::{self, Context},
    rules::{Rule, Rules},
    shapes,
};
use crate::model::text::cut;

/// Bytes of a line that are read: longer than any sentence that a person writes.
const MAX_BYTES: usize = 1_024;
/// Bytes between two quotes; an apostrophe is not the beginning of a quotation that never ends.
const QUOTED_MAX_BYTES: usize = 200;

/// A message without its variable parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Normal {
    /// `Webhook <url> answered 410`.
    pub text: String,
    /// The numbers and names that mean something: `status 410`, `errno 111`, `ECONNRESET`.
    pub codes: Vec<String>,
    /// Quoted names of things, such as a constraint, a column or a variable.
    pub names: Vec<String>,
    /// Of these the ones that the words before call parts of a program: an attribute, a variable.
    pub members: Vec<String>,
    /// What was found where in the line, in order.
    pub taken: Vec<Taken>,
}

/// Something that was found in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// What.
    pub what: What,
}

/// What is found in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Data, for which this stands.
    Placeholder(&'static str),
    /// A number or a word that means something.
    Code,
    /// The name of a thing.
    Name,
    /// The name of a part of the program.
    Member,
}

/// What of `text` is read: its first line, and the next where the first only announces it.
pub(super) fn line(text: &str, rules: Rules) -> &str {
    static ANNOUNCES: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r":$|^\d+ .*\berrors?\b").expect("the pattern is a constant"));
    let first = first_line(text);
    if !rules.has(Rule::Announcement) || !ANNOUNCES.is_match(first) {
        return first;
    }
    let Some((before, after)) = text.split_once(first) else {
        return first;
    };
    let second = first_line(after);
    let end = match after.split_once(second) {
        Some((between, _)) if !second.is_empty() => between.len() + second.len(),
        _ => 0,
    };
    let from = before.len();
    cut(
        text.get(from..from + first.len() + end).unwrap_or(first),
        MAX_BYTES,
    )
    .trim_end()
}

/// The line without its variable parts.
pub(super) fn normal(line: &str, rules: Rules) -> Normal {
    normal_of(line, None, rules)
}

/// The same, where only the words within `literals` (bytes of the line) were written by a
/// programmer: all others are arguments and become `*`.
pub(super) fn normal_of(line: &str, literals: Option<&[Range<usize>]>, rules: Rules) -> Normal {
    let mut scan = Scan {
        line,
        at: 0,
        token: 0..0,
        literals,
        context: Context::new(rules),
        rules,
        out: Normal::default(),
    };
    while scan.at < line.len() {
        scan.step();
    }
    let kept = scan.out.text.trim_end().len();
    scan.out.text.truncate(kept);
    scan.out
}

/// The first line that has anything on it, without blanks at either end, cut to the limit.
pub(super) fn first_line(text: &str) -> &str {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    cut(line, MAX_BYTES).trim_end()
}

struct Scan<'t> {
    line: &'t str,
    at: usize,
    /// Where what is put next stands in the line.
    token: Range<usize>,
    literals: Option<&'t [Range<usize>]>,
    context: Context,
    rules: Rules,
    out: Normal,
}

impl<'t> Scan<'t> {
    fn step(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        if first.is_whitespace() {
            self.at += rest.len() - rest.trim_start().len();
            self.blank();
        } else if let Some(placeholder) = shapes::placeholder(rest) {
            self.token = self.at..self.at + placeholder.len();
            self.at += placeholder.len();
            self.put(placeholder);
        } else if let Some(content) = self.quoted(rest, first) {
            self.quote(first, content);
        } else if is_part(first) {
            self.chunk(rest);
        } else {
            self.at += first.len_utf8();
            // A quote that is never closed is dropped: it might pair up with the next one.
            if self.opens(first) {
                self.blank();
            } else {
                self.out.text.push(first);
            }
        }
    }

    fn rest(&self) -> &'t str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self) {
        if !self.out.text.is_empty() && !self.out.text.ends_with(' ') {
            self.out.text.push(' ');
        }
    }

    /// Whether a character here begins a quotation. Next to a placeholder stood a letter or a number.
    fn opens(&self, first: char) -> bool {
        let glued = self
            .out
            .text
            .ends_with(|c: char| c.is_alphanumeric() || c == '>');
        "\"'`“‘«»".contains(first) && !glued
    }

    /// What stands between quotes at the beginning of `rest`.
    fn quoted(&self, rest: &'t str, first: char) -> Option<&'t str> {
        if !self.opens(first) {
            return None;
        }
        let closing = match first {
            '“' => '”',
            '‘' => '’',
            '«' => '»',
            '»' => '«',
            same => same,
        };
        let inner = cut(rest.get(first.len_utf8()..)?, QUOTED_MAX_BYTES);
        inner
            .match_indices(closing)
            .map(|(end, _)| inner.split_at(end))
            .find_map(|(content, after)| {
                let next = after.chars().nth(1);
                (!next.is_some_and(|c| c.is_alphanumeric() || c == '<')).then_some(content)
            })
    }

    /// Quoted data goes, the quoted name of a thing stays.
    fn quote(&mut self, first: char, content: &'t str) {
        let closing = if first == '«' || first == '»' {
            2
        } else {
            first.len_utf8()
        };
        let length = first.len_utf8() + content.len() + closing;
        let whole = length == self.line.len();
        self.token = self.at..self.at + length;
        self.at += length;
        let snake = !matches!(first, '\'' | '‘' | '`') && content.contains('_');
        let subject = self.rules.has(Rule::MoreValidators)
            && self.token.start == 0
            && codes::is_what_a_field_is(self.rest());
        if codes::is_name(content) && (whole || snake || subject || self.context.names_a_thing()) {
            self.took(if self.context.names_a_member() {
                What::Member
            } else {
                What::Name
            });
            self.out.names.push(content.to_owned());
            if self.context.names_a_member() {
                self.out.members.push(content.to_owned());
            }
            self.out.text.push('"');
            self.out.text.push_str(content);
            self.out.text.push('"');
        } else {
            self.put("<text>");
        }
    }

    /// Whatever stands between blanks, quotes and brackets.
    fn chunk(&mut self, rest: &'t str) {
        // What is glued to a placeholder is no address of its own.
        let glued = self.out.text.trim_end_matches('\'').ends_with(['>', '*']);
        if let Some(length) = shapes::url(rest).filter(|_| !glued) {
            self.token = self.at..self.at + length;
            self.at += length;
            return self.put("<url>");
        }
        let mut before = ' ';
        let end = rest.find(|c: char| {
            let belongs = is_part(c) || (c == '\'' && before.is_alphanumeric());
            before = c;
            !belongs
        });
        let chunk = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let core = chunk.trim_end_matches(['.', ':', '!', '?', '-', '\'']);
        let core = if core.is_empty() { chunk } else { core };
        let start = self.at;
        self.at += core.len();
        self.token = start..self.at;
        if let Some(placeholder) = shapes::shape(core).filter(|_| !glued) {
            // A time after its date belongs to it.
            if placeholder != "<time>" || !self.out.text.trim_end().ends_with("<date>") {
                return self.put(placeholder);
            }
            let kept = self.out.text.trim_end().len();
            self.took(What::Placeholder(""));
            return self.out.text.truncate(kept);
        }
        let is_host =
            |host: &str| codes::is_ip(host) || (host == "::1" && self.rules.has(Rule::Amounts));
        if let Some((host, port)) = core
            .rsplit_once(':')
            .filter(|(host, _)| !glued && is_host(host))
        {
            self.token = start..start + host.len();
            self.put("<ip>");
            return self.words(core.get(host.len()..).unwrap_or(port), start + host.len());
        }
        self.words(core, start);
    }

    fn words(&mut self, core: &str, start: usize) {
        self.token = start..start + core.len();
        if codes::is_errno_name(core) {
            return self.code(core.to_owned(), core);
        }
        if self.rules.has(Rule::IdsWithLetters) && codes::is_id(core) && start > 0 {
            return self.put("<n>");
        }
        let argument = self.is_argument(start..start + core.len());
        let is_name = codes::is_constant(core)
            && (core.contains('_')
                || self.context.names_a_thing()
                || !self.rules.has(Rule::LoggedArguments));
        if argument && core.contains(char::is_alphabetic) && !is_name {
            self.context.word(core);
            return self.put("*");
        }
        let mut rest = core;
        let mut at = start;
        while let Some(first) = rest.chars().next() {
            let alphanumeric = first.is_alphanumeric();
            let end = rest
                .find(|c: char| c.is_alphanumeric() != alphanumeric)
                .unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            self.token = at..at + run.len();
            at += run.len();
            if alphanumeric && run.contains(|c: char| c.is_numeric()) {
                self.number(run);
            } else {
                self.out.text.push_str(run);
                if alphanumeric {
                    self.context.word(run);
                }
            }
            rest = after;
        }
    }

    fn number(&mut self, run: &str) {
        let is_bracketed = self.out.text.ends_with(['(', '[']);
        let negative = self.out.text.ends_with(" -") || self.out.text.ends_with("(-");
        if let Some(kind) = self.context.meaning(run, self.rest(), is_bracketed) {
            let sign = if negative { "-" } else { "" };
            return self.code(format!("{kind} {sign}{run}"), run);
        }
        // Of ports, a low one says what did not answer.
        let port = ["<ip>:", "localhost:"]
            .iter()
            .any(|host| self.out.text.ends_with(host));
        if port && codes::is_low_port(run) {
            return self.code(format!("port {run}"), run);
        }
        if negative {
            self.out.text.pop();
        }
        let letters = run.len()
            - run
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let unit = run.len() - run.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (head, tail) = (run.split_at(letters), run.split_at(unit));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let hex = run.len() >= 6 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hex && letters > 0 && letters <= 12 && digits(head.1) {
            self.context.word(head.0);
            self.out.text.push_str(head.0);
            self.token.start += letters;
            self.put("<n>");
        } else if !hex
            && unit > 0
            && !run.starts_with("0x")
            && tail.1.len() <= 3
            && !tail.1.contains(|c: char| !c.is_ascii_alphabetic())
        {
            self.token.end = self.token.start + unit;
            self.put("<n>");
            self.context.word(tail.1);
            self.out.text.push_str(tail.1);
        } else {
            self.put("<n>");
        }
    }

    fn took(&mut self, what: What) {
        let range = self.token.clone();
        self.out.taken.push(Taken { range, what });
    }

    fn code(&mut self, code: String, written: &str) {
        self.took(What::Code);
        self.out.text.push_str(written);
        if !self.out.codes.contains(&code) {
            self.out.codes.push(code);
        }
    }

    /// Adds a placeholder; a list of the same is one.
    fn put(&mut self, placeholder: &'static str) {
        self.took(What::Placeholder(placeholder));
        if placeholder.starts_with(['<', '*']) {
            let before = self
                .out
                .text
                .trim_end_matches([' ', ',', '.', '-', ':', '/', '_']);
            let between = self.out.text.get(before.len()..).unwrap_or_default();
            let joined = placeholder == "*"
                || (!between.is_empty() && between.trim() == between || between.contains(','));
            if joined && before.ends_with(placeholder) {
                let kept = before.len();
                return self.out.text.truncate(kept);
            }
        }
        self.out.text.push_str(placeholder);
    }

    fn is_argument(&self, range: Range<usize>) -> bool {
        self.literals.is_some_and(|literals| {
            !literals
                .iter()
                .any(|literal| literal.start < range.end && range.start < literal.end)
        })
    }
}

/// Whether a character is part of a chunk: all but blanks, quotes, brackets and separators.
fn is_part(c: char) -> bool {
    !c.is_whitespace() && !"\"'`“”‘’«»()[]{}<>,;=|*".contains(c)
}
