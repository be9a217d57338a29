//! Getting parcels to people.

use rollcage::{Breadcrumb, Level, Occurrence};

/// Why no label was made.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The carrier's server fails.
    #[error("the carrier answered {status} to a label for {country}")]
    Carrier {
        /// With which status.
        status: u16,
        /// Where the parcel goes.
        country: &'static str,
    },
    /// Nobody goes there.
    #[error("no carrier goes to {0}")]
    NoCarrier(&'static str),
    /// It is too heavy.
    #[error("a parcel of {grams} g is heavier than {carrier} takes")]
    TooHeavy {
        /// How heavy.
        grams: u32,
        /// For whom.
        carrier: &'static str,
    },
}

/// Makes a label for a parcel.
pub fn label(order: u32, country: &'static str, grams: u32, carrier_status: u16) {
    if goes_to(order, country)
        && let Some(carrier) = weigh(order, grams)
    {
        ask(order, carrier, country, carrier_status);
    }
}

fn goes_to(order: u32, country: &'static str) -> bool {
    let goes = ["DE", "AT", "NL", "FR", "GB"].contains(&country);
    if !goes {
        let error = LabelError::NoCarrier(country);
        rollcage::capture(Occurrence::error(&error).custom("order", order));
    }
    goes
}

fn weigh(order: u32, grams: u32) -> Option<&'static str> {
    let carrier = "Parcelpost";
    if grams <= 31_500 {
        return Some(carrier);
    }
    let error = LabelError::TooHeavy { grams, carrier };
    rollcage::capture(Occurrence::error(&error).custom("order", order));
    None
}

fn ask(order: u32, carrier: &str, country: &'static str, status: u16) {
    let url = "https://labels.example.net/v1/labels";
    rollcage::add_breadcrumb(Breadcrumb::network("POST", url, status).with("carrier", carrier));
    if status >= 400 {
        let error = LabelError::Carrier { status, country };
        rollcage::capture(Occurrence::error(&error).custom("order", order));
    }
}

/// Asks where a parcel is.
pub fn track(order: u32, carrier_status: u16) {
    rollcage::capture(
        Occurrence::message(
            Level::Warning,
            format!(
                "no news of the parcel of order {order}: the carrier answered {carrier_status}"
            ),
        )
        .fingerprint("carrier-is-silent")
        .custom("order", order)
        .custom("status", carrier_status),
    );
}
