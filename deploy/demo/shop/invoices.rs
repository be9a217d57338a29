//! Invoices, whose numbers the law wants without gaps.

use std::collections::BTreeSet;

use rollcage::{Level, Occurrence};

/// Why an invoice was not written.
#[derive(Debug, thiserror::Error)]
#[error("invoice {year}-{number:05} exists already")]
pub struct Duplicate {
    year: u16,
    number: u32,
}

/// Writes an invoice under the next number.
pub fn write(numbers: &BTreeSet<u32>, next: u32) {
    if let Err(error) = reserve(numbers, next) {
        rollcage::capture(
            Occurrence::error(&error)
                .level(Level::Critical)
                .custom("next", next),
        );
    }
}

fn reserve(numbers: &BTreeSet<u32>, number: u32) -> Result<(), Duplicate> {
    if numbers.contains(&number) {
        return Err(Duplicate { year: 2026, number });
    }
    Ok(())
}
