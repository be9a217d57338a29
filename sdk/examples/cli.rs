//! A command that adds up the numbers in a file, and reports why it cannot.
//!
//! `ROLLCAGE_TOKEN=… cargo run -p rollcage --example cli -- numbers.txt`
//!
//! What `main` returns is reported with all its causes, and printed as ever. Without a token
//! nothing is reported and everything else is the same.

use std::{error::Error, fmt, fs, num::ParseIntError};

use rollcage::{Breadcrumb, Level, Person, ReportExt as _};

fn main() -> Result<(), SumError> {
    // Its drop, when `main` returns, waits for what is not sent yet, and no longer than that takes.
    let _guard = rollcage::init(rollcage::options!());
    rollcage::configure_scope(|scope| {
        scope.set_context("sum");
        if let Ok(user) = std::env::var("USER") {
            scope.set_person(Person::new(user));
        }
    });

    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "numbers.txt".into());
    let sum = sum(&path).report()?;
    println!("{sum}");
    Ok(())
}

fn sum(path: &str) -> Result<i64, SumError> {
    let text =
        fs::read_to_string(path).map_err(|error| SumError::Unreadable(path.into(), error))?;
    rollcage::add_breadcrumb(
        Breadcrumb::log(Level::Info, "file read").with("lines", text.lines().count()),
    );
    let mut sum = 0;
    for (line, text) in (1..).zip(text.lines()) {
        let number: i64 = text
            .trim()
            .parse()
            .map_err(|error| SumError::NoNumber(line, error))?;
        sum += number;
    }
    Ok(sum)
}

#[derive(Debug)]
enum SumError {
    Unreadable(String, std::io::Error),
    NoNumber(usize, ParseIntError),
}

impl fmt::Display for SumError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, _) => write!(formatter, "cannot read {path}"),
            Self::NoNumber(line, _) => write!(formatter, "line {line} is not a number"),
        }
    }
}

impl Error for SumError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::NoNumber(_, error) => Some(error),
        }
    }
}
