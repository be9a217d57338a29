//! What things cost.

use std::num::ParseFloatError;

use rollcage::{Breadcrumb, Level, Occurrence};

/// Why a price was not taken.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not a price")]
pub struct NoPrice {
    text: String,
    #[source]
    cause: ParseFloatError,
}

/// Sets the price of an article as an editor typed it.
pub fn set(sku: &'static str, text: &str) {
    if let Err(error) = parse(text) {
        rollcage::capture(
            Occurrence::error(&error)
                .level(Level::Warning)
                .custom("sku", sku)
                .description("cannot set the price"),
        );
    }
}

fn parse(text: &str) -> Result<f64, NoPrice> {
    text.parse().map_err(|cause| NoPrice {
        text: text.to_owned(),
        cause,
    })
}

/// What is left to pay after a discount.
pub fn discounted(cents: i64, discount: i64) -> i64 {
    rollcage::add_breadcrumb(
        Breadcrumb::log(Level::Info, "voucher found").with("discount", discount),
    );
    subtract(cents, discount)
}

fn subtract(cents: i64, discount: i64) -> i64 {
    assert!(
        discount <= cents,
        "a discount of {discount} cents on {cents} cents"
    );
    cents - discount
}

/// Exchange rates that are too old to sell by.
pub fn rates_are_old(hours: u64) {
    rollcage::capture(
        Occurrence::message(
            Level::Error,
            format!("the exchange rates are {hours} h old, prices in CHF are not shown"),
        )
        .custom("hours", hours),
    );
}
