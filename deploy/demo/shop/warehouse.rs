//! The hand scanners of the warehouse, which report to a project of their own.

use rollcage::{Level, Occurrence};

/// Why a scan was not booked.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a barcode: its last digit should be {1}")]
pub struct BadBarcode(String, u32);

/// Books a barcode.
pub fn scan(code: &str) {
    if let Err(error) = check(code) {
        rollcage::capture(Occurrence::error(&error).level(Level::Warning));
    }
}

/// The check digit of GTIN-13: digits weigh 1 and 3 in turn.
fn check(code: &str) -> Result<(), BadBarcode> {
    let digits: Vec<u32> = code
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .collect();
    let Some((last, rest)) = digits.split_last() else {
        return Err(BadBarcode(code.to_owned(), 0));
    };
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = rest
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum();
    let wanted = (10 - sum % 10) % 10;
    if *last == wanted {
        Ok(())
    } else {
        Err(BadBarcode(code.to_owned(), wanted))
    }
}

/// A scanner that is about to fall silent.
pub fn battery(percent: u64) {
    rollcage::capture(
        Occurrence::message(Level::Info, format!("the battery is at {percent} %"))
            .custom("percent", percent),
    );
}

/// Where a pallet goes.
pub fn shelf_of(aisles: &[&str], aisle: usize) -> String {
    aisles[aisle].to_owned()
}
