//! The name of a function as a person would write it.
//!
//! Compilers write down types, generics and where an `impl` stands. What is shown is the type and
//! the function: `<shop::Cart<T> as core::ops::Drop>::drop` is `shop::Cart::drop`, and
//! `shop::web::<impl shop::Cart>::total::<u64>` is `shop::Cart::total`.

/// How deep types are followed. Beyond it a name is no longer read by anybody.
const DEPTH_MAX: usize = 8;

/// The short form of a demangled name without its hash.
pub(super) fn short(name: &str) -> String {
    shorten(name.trim(), 0)
}

fn shorten(name: &str, depth: usize) -> String {
    let mut short = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, from) = rest.split_at(at);
        short.push_str(before);
        let (close, is_type) = match from.as_bytes().first() {
            Some(b'<') => (closing(from), true),
            _ => (from.find('}').map(|end| end + run(from, end)), false),
        };
        let Some(close) = close else {
            // No pair: it is as it is.
            short.push_str(from);
            return short;
        };
        let inner = from.get(1..close).unwrap_or_default();
        rest = from.get(close + 1..).unwrap_or_default();
        if !is_type {
            short.push_str(marker(inner));
        } else if let Some(of) = inner.strip_prefix("impl ") {
            // Where the `impl` stands says less than what it is for.
            short = shorten_type(split_last(of, " for ").map_or(of, |(_, of)| of), depth);
        } else if short.is_empty() {
            short = qualified(inner, depth);
        } else if short.ends_with("::") {
            short.truncate(short.len() - 2);
        }
    }
    short.push_str(rest);
    short
}

/// `T as Trait`, or a type.
fn qualified(inner: &str, depth: usize) -> String {
    match split_first(inner, " as ") {
        // The name of a parameter says nothing, nor does a signature; the trait does.
        Some((of, of_trait)) if is_parameter(of) || of.contains('(') => {
            shorten_type(of_trait, depth)
        }
        Some((of, _)) => shorten_type(of, depth),
        None => shorten_type(inner, depth),
    }
}

fn shorten_type(of: &str, depth: usize) -> String {
    let of = of
        .trim_start_matches(['&', '*'])
        .trim_start_matches("mut ")
        .trim_start_matches("const ")
        .trim_start_matches("dyn ");
    if depth == DEPTH_MAX {
        return of.to_owned();
    }
    shorten(of, depth + 1)
}

fn is_parameter(of: &str) -> bool {
    !of.is_empty() && of.len() <= 2 && of.starts_with(|first: char| first.is_ascii_uppercase())
}

/// `{{closure}}`, `{closure#0}`, `{closure_env#0}` as `{closure}`; others as they are.
fn marker(inner: &str) -> &'static str {
    let word = inner.trim_start_matches('{').trim_end_matches('}');
    if word.starts_with("closure") || word.starts_with("async") {
        "{closure}"
    } else if word.starts_with("vtable") || word.starts_with("shim") {
        "{shim}"
    } else if word.starts_with("impl") {
        "{impl}"
    } else {
        "{…}"
    }
}

/// How many more braces than one close at `end`.
fn run(text: &str, end: usize) -> usize {
    usize::from(
        text.starts_with("{{")
            && text
                .get(end + 1..)
                .is_some_and(|more| more.starts_with('}')),
    )
}

/// Where the bracket closes with which `text` begins. The one of `->` is none.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if before != '-' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        before = character;
    }
    None
}

fn split_first<'t>(text: &'t str, by: &str) -> Option<(&'t str, &'t str)> {
    outside(text, by).next().map(|at| parts(text, at, by))
}

fn split_last<'t>(text: &'t str, by: &str) -> Option<(&'t str, &'t str)> {
    outside(text, by).last().map(|at| parts(text, at, by))
}

fn parts<'t>(text: &'t str, at: usize, by: &str) -> (&'t str, &'t str) {
    let (before, from) = text.split_at(at);
    (before, from.get(by.len()..).unwrap_or_default())
}

/// Where `by` is outside of brackets.
fn outside<'t>(text: &'t str, by: &'t str) -> impl Iterator<Item = usize> + 't {
    let mut depth = 0_usize;
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, character)| {
        match character {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = character;
        (depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(by))).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_a_person_would_write() {
        for (name, wanted) in [
            ("shop::cart::total", "shop::cart::total"),
            ("main", "main"),
            ("shop::main::{{closure}}", "shop::main::{closure}"),
            ("shop::main::{closure#0}", "shop::main::{closure}"),
            (
                "shop::main::{closure#0}::{closure#1}",
                "shop::main::{closure}::{closure}",
            ),
            ("shop::total::<alloc::string::String>", "shop::total"),
            ("shop::Cart<T>::total", "shop::Cart::total"),
            ("<shop::Cart>::total", "shop::Cart::total"),
            (
                "<shop::Cart<u8> as core::ops::Drop>::drop",
                "shop::Cart::drop",
            ),
            (
                "<alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once",
                "alloc::boxed::Box::call_once",
            ),
            (
                "shop::web::<impl core::fmt::Display for shop::Cart<u8>>::fmt",
                "shop::Cart::fmt",
            ),
            (
                "shop::web::<impl shop::Cart>::total::<u8>",
                "shop::Cart::total",
            ),
            ("<T as shop::Priced>::price", "shop::Priced::price"),
            (
                "<&mut shop::Cart as shop::Priced>::price",
                "shop::Cart::price",
            ),
            ("<dyn shop::Priced>::price", "shop::Priced::price"),
            ("<fn(u8) -> u8 as shop::Call>::call", "shop::Call::call"),
            (
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                "core::ops::function::FnOnce::call_once{shim}",
            ),
            ("", ""),
            ("a<b", "a<b"),
            ("a{b", "a{b"),
            (">>", ">>"),
        ] {
            assert_eq!(short(name), wanted, "{name}");
        }
    }

    #[test]
    fn nesting_without_end_is_no_harm() {
        let name = format!("{}shop{}", "<".repeat(5_000), ">".repeat(5_000));
        assert!(short(&name).contains("shop"));
    }
}
