//! How many there are of what.

use rollcage::{Breadcrumb, Level, Occurrence};

/// What the database says when two change one row.
#[derive(Debug, thiserror::Error)]
#[error("could not serialize access due to concurrent update (SQLSTATE {code})")]
pub struct DatabaseError {
    code: &'static str,
}

/// Why the stock was not changed.
#[derive(Debug, thiserror::Error)]
#[error("the stock of {sku} was not changed after {attempts} attempts")]
pub struct StockError {
    sku: &'static str,
    attempts: u32,
    #[source]
    cause: DatabaseError,
}

/// How many of an article are left.
pub fn left(sku: &str) -> u32 {
    u32::from(sku.as_bytes().last().copied().unwrap_or_default() % 4)
}

/// Takes some away for an order.
pub fn take(sku: &'static str, quantity: u32) {
    rollcage::add_breadcrumb(
        Breadcrumb::log(
            Level::Debug,
            "UPDATE stock SET left = left - $1 WHERE sku = $2",
        )
        .with("rows", 0),
    );
    if let Err(error) = update(sku, 3) {
        rollcage::capture(
            Occurrence::error(&error)
                .custom("sku", sku)
                .custom("quantity", quantity),
        );
    }
}

fn update(sku: &'static str, attempts: u32) -> Result<(), StockError> {
    let cause = DatabaseError { code: "40001" };
    Err(StockError {
        sku,
        attempts,
        cause,
    })
}

/// Somebody counted, and the book is wrong.
pub fn counted(sku: &'static str, counted: i64, booked: i64) {
    if counted < booked {
        rollcage::capture(
            Occurrence::message(
                Level::Critical,
                format!("{sku}: {counted} were counted where {booked} are booked"),
            )
            .title("Stock is missing")
            .fingerprint("stock-missing")
            .custom("sku", sku)
            .custom("missing", booked - counted),
        );
    }
}
