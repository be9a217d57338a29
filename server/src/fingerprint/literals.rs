//! Which words of a message a programmer wrote, and which were filled in.
//!
//! A logger's template says so, and so does the line that raised: its string literals.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::message::first_line;

/// Letters of a literal with a blank in it, a piece of a sentence, before a line of source is
/// believed to have made the message.
const ENOUGH_LETTERS: usize = 4;

/// The bytes of `line` that come from the logger's `template`.
pub(super) fn of_template(line: &str, template: &str) -> Option<Vec<Range<usize>>> {
    let pieces = pieces(first_line(template));
    let found = found(line, &pieces);
    (found.len() == pieces.len()).then_some(found)
}

/// The bytes of `line` that are not one of the `arguments` that were filled in, in their order.
pub(super) fn beside(line: &str, arguments: &[String]) -> Option<Vec<Range<usize>>> {
    let mut literals = Vec::new();
    let mut at = 0;
    for argument in arguments {
        let argument = first_line(argument);
        // Numbers are told by their form, and might stand in anything.
        if !argument.contains(char::is_alphabetic) {
            continue;
        }
        if let Some(start) = line.get(at..).and_then(|rest| rest.find(argument)) {
            literals.push(at..at + start);
            at += start + argument.len();
        }
    }
    (!literals.is_empty()).then(|| {
        literals.push(at..line.len());
        literals
    })
}

/// A template filled in, where an SDK sent it in place of the message: raven, sentry-sdk 1.
pub(super) fn filled(template: &str, arguments: &[String]) -> String {
    let mut arguments = arguments.iter();
    PLACEHOLDER
        .replace_all(first_line(template), |found: &regex::Captures| {
            match arguments.next() {
                // Python's `repr` has quotes.
                Some(argument) if found[0].ends_with('r') || found[0].ends_with("!r}") => {
                    format!("'{argument}'")
                }
                Some(argument) => argument.clone(),
                None => found[0].to_owned(),
            }
        })
        .into_owned()
}

/// The bytes of `line` that come from the string literals of a line of source.
pub(super) fn of_source(line: &str, code: &str) -> Option<Vec<Range<usize>>> {
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
    PLACEHOLDER
        .split(template)
        .filter(|piece| piece.trim().len() > 1)
        .collect()
}

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"%(\(\w+\))?[-#0 +]*\d*(\.\d+)?[a-zA-Z]|[$#]?\{[^{}]*\}|\$[A-Za-z_]\w*(->\w+)*|\\n")
        .expect("the pattern is a constant")
});

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
