//! Which words of a message a programmer wrote, and which were filled in.
//!
//! A logger's template says so, and so does the line that raised: its string literals.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::message::first_line;

/// Letters of a literal with a blank in it, a piece of a sentence, before a line of source is
/// believed to have made the message.
const ENOUGH_LETTERS: usize = 4;

/// The bytes of the first line of `text` that come from the logger's `template`.
pub(super) fn of_template(text: &str, template: &str) -> Option<Vec<Range<usize>>> {
    let pieces = pieces(first_line(template));
    let found = found(first_line(text), &pieces);
    (found.len() == pieces.len()).then_some(found)
}

/// The bytes of the first line of `text` that come from the string literals of a line of source.
pub(super) fn of_source(text: &str, code: &str) -> Option<Vec<Range<usize>>> {
    let line = first_line(text);
    let strings = strings(code);
    let pieces: Vec<_> = strings.iter().flat_map(|string| pieces(string)).collect();
    let letters = |piece: &str| piece.chars().filter(|c| c.is_alphabetic()).count();
    let speaks = |piece: &&str| {
        piece.contains(' ') && letters(piece) >= ENOUGH_LETTERS && line.contains(piece.trim())
    };
    pieces.iter().any(speaks).then(|| found(line, &pieces))
}

/// What stands between placeholders: `%s`, `%(name)d`, `{}`, `{name!r}`, `${name}`, `#{name}`, `$name`.
fn pieces(template: &str) -> Vec<&str> {
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"%(\(\w+\))?[-#0 +]*\d*(\.\d+)?[a-zA-Z]|[$#]?\{[^{}]*\}|\$[A-Za-z_]\w*(->\w+)*|\\n",
        )
        .expect("the pattern is a constant")
    });
    PLACEHOLDER
        .split(template)
        .filter(|piece| piece.trim().len() > 1)
        .collect()
}

/// Where the pieces lie in `line`, in their order; one that is not there is passed over.
fn found(line: &str, pieces: &[&str]) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut found = Vec::new();
    for piece in pieces {
        let piece = piece.trim();
        if let Some(start) = line.get(at..).and_then(|rest| rest.find(piece)) {
            found.push(at + start..at + start + piece.len());
            at += start + piece.len();
        }
    }
    found
}

/// The contents of the string literals of a line of source, in any of our languages.
fn strings(code: &str) -> Vec<&str> {
    let mut strings = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(['"', '\'', '`']) {
        let (quote, after) = rest.split_at(start).1.split_at(1);
        let Some(end) = after.find(quote) else { break };
        let (content, behind) = after.split_at(end);
        strings.push(content);
        rest = behind.get(1..).unwrap_or_default();
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, ranges: Option<Vec<Range<usize>>>) -> Vec<&str> {
        ranges
            .unwrap_or_default()
            .into_iter()
            .filter_map(|range| text.get(range))
            .collect()
    }

    #[test]
    fn literals_are_found_in_any_notation() {
        let text = "user Ann Lee not found in DE";
        let codes = [
            r#"raise NotFound("user %s not found in %s" % (user, land))"#,
            r#"raise NotFound(f"user {user['name']} not found in {land}")"#,
            "throw new NotFound(`user ${user.name} not found in ${land}`)",
            r#"throw new NotFound("user " + name + " not found in " + land)"#,
            r#"raise NotFound, "user #{name} not found in #{land}""#,
            r#"throw new NotFound("user $name not found in $land");"#,
        ];
        for code in codes {
            assert_eq!(
                shown(text, of_source(text, code)),
                ["user", "not found in"],
                "{code}"
            );
        }
    }

    #[test]
    fn a_line_with_other_texts_is_not_believed() {
        assert_eq!(
            of_source("user Ann not found", r#"raise errors["gone"](name)"#),
            None
        );
    }

    #[test]
    fn a_template_that_does_not_fit_is_not_believed() {
        assert_eq!(of_template("something else", "user %s not found"), None);
    }
}
