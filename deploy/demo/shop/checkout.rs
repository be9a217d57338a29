//! From a cart to an order.

use rollcage::{Breadcrumb, Level};

use crate::payments::{self, Gateway};

/// An order, as far as the checkout is concerned.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its number.
    pub number: u32,
    /// What it costs.
    pub cents: i64,
    /// Where it goes; none where it is fetched.
    pub address: Option<Address>,
    /// What is bought.
    pub lines: Vec<Line>,
}

/// Where an order goes.
#[derive(Clone, Debug)]
pub struct Address {
    /// Two letters.
    pub country: &'static str,
}

/// So many of one article.
#[derive(Clone, Debug)]
pub struct Line {
    /// The article.
    pub sku: &'static str,
    /// How many.
    pub quantity: u32,
}

/// Places an order and takes the money for it.
pub fn place(order: &Order, gateway: Gateway) -> bool {
    let text = format!("placing order {}", order.number);
    rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, text).with("lines", order.lines.len()));
    settle(order, gateway)
}

fn settle(order: &Order, gateway: Gateway) -> bool {
    let tax = tax(order);
    payments::charge(order.number, order.cents + tax, gateway)
}

/// The tax on an order. An order that is fetched has no address, which was forgotten here.
fn tax(order: &Order) -> i64 {
    let address = order.address.as_ref();
    let country = address.expect("an order has an address").country;
    order.cents * rate(country) / 100
}

fn rate(country: &str) -> i64 {
    match country {
        "DE" => 19,
        "AT" | "FR" => 20,
        "NL" => 21,
        // Nothing is sold elsewhere; or so it was.
        _ => unreachable!("no rate of tax for {country}"),
    }
}
