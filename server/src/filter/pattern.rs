//! Patterns in which `*` stands for anything, looked for in time linear in the text.

/// Patterns of which one is enough.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<(String, Pattern)>);

/// A pattern in lower case, cut at its stars.
#[derive(Clone, Debug)]
enum Pattern {
    /// Without a star: the whole text.
    Whole(String),
    /// With one: what the text begins and ends with, and what it has between, in order.
    Pieces {
        first: String,
        between: Vec<String>,
        last: String,
    },
}

impl Patterns {
    /// Makes `lines` ready.
    pub fn new(lines: &[String]) -> Self {
        Self(
            lines
                .iter()
                .map(|line| (line.clone(), Pattern::new(line)))
                .collect(),
        )
    }

    /// Whether there is none, which finds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first that is the whole of `text`, in any case, as it was typed.
    pub fn find(&self, text: &str) -> Option<&str> {
        if self.is_empty() {
            return None;
        }
        let text = folded(text);
        self.0
            .iter()
            .find(|(_, pattern)| pattern.is(&text))
            .map(|(line, _)| line.as_str())
    }

    /// Likewise, of a text that may be missing.
    pub fn find_in(&self, text: Option<&str>) -> Option<&str> {
        self.find(text?.trim())
    }
}

impl Pattern {
    fn new(pattern: &str) -> Self {
        let pattern = folded(pattern.trim());
        match (pattern.split_once('*'), pattern.rsplit_once('*')) {
            (Some((first, _)), Some((rest, last))) => Self::Pieces {
                first: first.to_owned(),
                between: rest
                    .split('*')
                    .skip(1)
                    .filter(|piece| !piece.is_empty())
                    .map(str::to_owned)
                    .collect(),
                last: last.to_owned(),
            },
            _ => Self::Whole(pattern),
        }
    }

    /// Each piece is taken where it comes first: if the pattern fits at all, it fits so. Nothing is
    /// tried twice.
    fn is(&self, text: &str) -> bool {
        match self {
            Self::Whole(whole) => text == whole,
            Self::Pieces {
                first,
                between,
                last,
            } => text
                .strip_prefix(first.as_str())
                .and_then(|rest| rest.strip_suffix(last.as_str()))
                .and_then(|rest| {
                    between
                        .iter()
                        .try_fold(rest, |rest, piece| Some(rest.split_once(piece.as_str())?.1))
                })
                .is_some(),
        }
    }
}

/// In lower case, character by character: what stands beside a letter must not change it, or a
/// pattern's piece would differ from the text that it was copied from.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Patterns::new(&[pattern.to_owned()]).find(text).is_some()
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, is_met) in [
            ("staging", "staging", true),
            ("Staging", "STAGING", true),
            ("staging", "staging-2", false),
            ("staging*", "staging", true),
            ("staging*", "staging-2", true),
            ("*staging", "my staging", true),
            ("*-test-*", "eu-test-1", true),
            ("*-test-*", "eu-test", false),
            ("1.*.3", "1.2.3", true),
            ("1.*.3", "1.3", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("a**b", "ab", true),
            ("*a*a*", "a", false),
            ("*ΟΔΟΣ*", "οδοσ και", true),
            ("*loop*", "first line\nResizeObserver loop limit\n", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, text), is_met, "{pattern:?} in {text:?}");
        }
        assert_eq!(Patterns::default().find(""), None);
    }

    /// What a pattern means, said the slow way.
    fn means(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some(b'*'), _) => {
                means(&pattern[1..], text) || (!text.is_empty() && means(pattern, &text[1..]))
            }
            (Some(one), Some(other)) => one == other && means(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_pattern_finds_what_it_means(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(fits(&pattern, &text), means(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn any_pattern_and_any_text_are_taken(pattern in "(?s).{0,40}", text in "(?s).{0,80}") {
            let around = format!("*{}*", pattern.trim());
            if text.contains(pattern.trim()) {
                prop_assert!(fits(&around, &text));
            }
            fits(&pattern, &text);
        }
    }
}
