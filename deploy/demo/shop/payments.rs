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

/// The bank does not pay.
#[derive(Debug, thiserror::Error)]
#[error("card declined by the issuer: {0}")]
pub struct Declined(&'static str);

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
    let Some(amount) = amount(order, cents) else {
        return false;
    };
    rollcage::add_breadcrumb(
        Breadcrumb::log(Level::Info, "charging")
            .with("order", order)
            .with("cents", amount),
    );
    match gateway {
        Gateway::Declines(reason) => decline(order, reason),
        Gateway::TimesOut => time_out(order),
        Gateway::Answers(status) => read(order, status, "{}"),
        Gateway::Says(text) => read(order, 200, text),
    }
}

fn amount(order: u32, cents: i64) -> Option<i32> {
    i32::try_from(cents)
        .map_err(|error| rollcage::capture(unpaid(order, &GatewayError::Amount(cents, error))))
        .ok()
}

fn decline(order: u32, reason: &'static str) -> bool {
    asked(402);
    rollcage::capture(
        Occurrence::error(&Declined(reason))
            .level(Level::Warning)
            .custom("order", order),
    );
    false
}

fn time_out(order: u32) -> bool {
    let error = io::Error::new(io::ErrorKind::TimedOut, "timed out after 10 s");
    rollcage::capture(unpaid(order, &GatewayError::TimedOut(error)));
    false
}

fn read(order: u32, status: u16, answer: &str) -> bool {
    asked(status);
    if status < 400 {
        parse(order, answer)
    } else {
        rollcage::capture(unpaid(order, &GatewayError::Failed(status)));
        false
    }
}

fn parse(order: u32, answer: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(answer)
        .map_err(|error| rollcage::capture(unpaid(order, &GatewayError::Unreadable(error))))
        .is_ok()
}

fn asked(status: u16) {
    let url = "https://pay.example.net/v2/charges";
    rollcage::add_breadcrumb(Breadcrumb::network("POST", url, status));
}

fn unpaid(order: u32, error: &GatewayError) -> Occurrence {
    Occurrence::error(error)
        .description(format!("order {order} is not paid"))
        .custom("order", order)
}
