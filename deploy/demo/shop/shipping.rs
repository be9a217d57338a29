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
    let made = choose(country, grams).and_then(|carrier| ask(carrier, country, carrier_status));
    if let Err(error) = made {
        rollcage::capture(Occurrence::error(&error).custom("order", order));
    }
}

fn choose(country: &'static str, grams: u32) -> Result<&'static str, LabelError> {
    if !["DE", "AT", "NL", "FR", "GB"].contains(&country) {
        return Err(LabelError::NoCarrier(country));
    }
    weigh(grams)
}

fn weigh(grams: u32) -> Result<&'static str, LabelError> {
    let carrier = "Parcelpost";
    if grams > 31_500 {
        return Err(LabelError::TooHeavy { grams, carrier });
    }
    Ok(carrier)
}

fn ask(carrier: &str, country: &'static str, status: u16) -> Result<(), LabelError> {
    let url = "https://labels.example.net/v1/labels";
    rollcage::add_breadcrumb(Breadcrumb::network("POST", url, status).with("carrier", carrier));
    if status >= 400 {
        return Err(LabelError::Carrier { status, country });
    }
    rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "label made"));
    Ok(())
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
