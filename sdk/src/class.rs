//! What an error is called.
//!
//! The type's name where it is known: `ParseIntError`, and `sqlx::Error` or `shop::cart::Error` where
//! the name alone would say nothing. Of a cause only a `dyn Error` is known; then the word that its `Debug` begins with
//! is used, which is the type or the variant wherever it is derived.

use std::{any, error::Error};

use crate::text;

/// Longest name. `Debug` of an error without a name may be anything.
const MAX_BYTES: usize = 128;

/// The class of an error whose type may be known.
pub(crate) fn of<E: Error + ?Sized>(error: &E) -> String {
    let name = any::type_name::<E>();
    if name.starts_with("dyn ") {
        return debug_name(error).unwrap_or_else(|| "Error".to_owned());
    }
    short(name)
}

/// The class of a cause.
pub(crate) fn of_dyn(error: &(dyn Error + 'static)) -> String {
    // `Debug` of this one begins with how it is made, `Os` or `Custom`.
    if error.is::<std::io::Error>() {
        return "std::io::Error".to_owned();
    }
    debug_name(error).unwrap_or_else(|| "Error".to_owned())
}

/// `shop::cart::Missing<alloc::string::String>` as `Missing`; `sqlx::error::Error` as `sqlx::Error`.
fn short(name: &str) -> String {
    let path = name.split('<').next().unwrap_or(name);
    let mut segments: Vec<&str> = path.trim_start_matches('&').split("::").collect();
    let last = segments.last().copied().unwrap_or(path);
    if last != "Error" {
        return text::head(last, MAX_BYTES).to_owned();
    }
    segments.retain(|segment| !matches!(*segment, "error" | "errors"));
    text::head(&segments.join("::"), MAX_BYTES).to_owned()
}

fn debug_name<E: Error + ?Sized>(error: &E) -> Option<String> {
    let debug = text::write_head(format_args!("{error:?}"), MAX_BYTES);
    let end = debug
        .find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(debug.len());
    let name = debug.get(..end)?;
    // A type or a variant; a text in quotes, or a sentence, is none.
    let is_name = name.starts_with(char::is_uppercase)
        && debug
            .get(end..)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(', '{']))
        && !debug
            .get(end..)
            .is_some_and(|rest| rest.starts_with(' ') && !rest.starts_with(" {"));
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::{fmt, io};

    use super::*;

    #[derive(Debug)]
    struct Missing<T>(T);

    impl<T> fmt::Display for Missing<T> {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("missing")
        }
    }

    impl<T: fmt::Debug> Error for Missing<T> {}

    #[test]
    fn a_type_is_called_by_its_last_name_unless_that_says_nothing() {
        assert_eq!(of(&Missing(1)), "Missing");
        assert_eq!(of(&Missing(String::new())), "Missing");
        assert_eq!(of(&io::Error::other("x")), "std::io::Error");
        assert_eq!(of(&"x".parse::<u8>().unwrap_err()), "ParseIntError");
    }

    #[test]
    fn of_a_cause_the_debug_form_tells() {
        let cause: Box<dyn Error> = Box::new(Missing("x"));
        assert_eq!(of_dyn(&*cause), "Missing");
        assert_eq!(of(&*cause), "Missing");
        let cause: Box<dyn Error> = "No such cart".into();
        assert_eq!(of_dyn(&*cause), "Error");
        let cause: Box<dyn Error> = Box::new(io::Error::other("x"));
        assert_eq!(of_dyn(&*cause), "std::io::Error");
    }
}
