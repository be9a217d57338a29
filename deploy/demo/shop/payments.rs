//! Charging cards, by a gateway that is somebody else's.

use std::{io, num::TryFromIntError};

use rollcage::{Breadcrumb, Level, Occurrence};

/// What the gateway does with a charge.
#[derive(Clone, Copy, Debug)]
pub enum Gateway {
    /// It declines, and says why.
    Declines(&'static str),
    /// It is not heard of again.
    TimesOut,
    /// It answers with that status.
    Answers(u16),
    /// It answers 200, and this.
    Says(&'static str),
}

/// Why a payment was not made.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// By the bank.
    #[error("card declined by the issuer: {0}")]
    Declined(&'static str),
    /// By the gateway.
    #[error("the payment of order {order} could not be made")]
    Gateway {
        /// Of which order.
        order: u32,
        /// Why.
        source: GatewayError,
    },
}

/// What is wrong with the gateway.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It does not answer.
    #[error("no answer from pay.example.net")]
    TimedOut(#[source] io::Error),
    /// It answers with a failure.
    #[error("pay.example.net answered {0}")]
    Failed(u16),
    /// It answers with something else.
    #[error("the answer of pay.example.net cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// It takes no such amount.
    #[error("{0} cents are more than the gateway takes")]
    Amount(i64, #[source] TryFromIntError),
}

/// Takes the money for an order. Whatever goes wrong is reported; the customer is asked to try again.
pub fn charge(order: u32, cents: i64, gateway: Gateway) -> bool {
    match request(order, cents, gateway) {
        Ok(()) => true,
        Err(GatewayOrBank::Bank(reason)) => {
            declined(order, &PaymentError::Declined(reason));
            false
        }
        Err(GatewayOrBank::Gateway(source)) => {
            failed(order, &PaymentError::Gateway { order, source });
            false
        }
    }
}

enum GatewayOrBank {
    Bank(&'static str),
    Gateway(GatewayError),
}

fn request(order: u32, cents: i64, gateway: Gateway) -> Result<(), GatewayOrBank> {
    let amount = i32::try_from(cents)
        .map_err(|error| GatewayOrBank::Gateway(GatewayError::Amount(cents, error)))?;
    rollcage::add_breadcrumb(
        Breadcrumb::log(Level::Info, "charging")
            .with("order", order)
            .with("cents", amount),
    );
    let (status, answer) = match gateway {
        Gateway::Declines(reason) => return Err(GatewayOrBank::Bank(reason)),
        Gateway::TimesOut => (
            0,
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "timed out after 10 s",
            )),
        ),
        Gateway::Answers(status) => (status, Ok("")),
        Gateway::Says(text) => (200, Ok(text)),
    };
    let url = "https://pay.example.net/v2/charges";
    rollcage::add_breadcrumb(Breadcrumb::network("POST", url, status));
    let answer = answer.map_err(|error| GatewayOrBank::Gateway(GatewayError::TimedOut(error)))?;
    if status >= 400 {
        return Err(GatewayOrBank::Gateway(GatewayError::Failed(status)));
    }
    serde_json::from_str::<serde_json::Value>(answer)
        .map(drop)
        .map_err(|error| GatewayOrBank::Gateway(GatewayError::Unreadable(error)))
}

fn declined(order: u32, error: &PaymentError) {
    rollcage::capture(
        Occurrence::error(error)
            .level(Level::Warning)
            .custom("order", order),
    );
}

fn failed(order: u32, error: &PaymentError) {
    rollcage::capture(Occurrence::error(error).custom("order", order));
}
