//! What people mean to buy.

use rollcage::{Breadcrumb, Level, Occurrence};

use crate::{checkout::Line, stock};

/// Why something cannot be put into a cart.
#[derive(Debug, thiserror::Error)]
pub enum CartError {
    /// There is not enough of it.
    #[error("only {left} of {sku} are left, {wanted} are wanted")]
    OutOfStock {
        /// The article.
        sku: &'static str,
        /// How many are wanted.
        wanted: u32,
        /// How many there are.
        left: u32,
    },
    /// It is two things at once.
    #[error("the voucher {0:?} is for another customer")]
    NotYourVoucher(String),
}

/// Puts a line into a cart.
pub fn add(line: &Line) {
    rollcage::add_breadcrumb(
        Breadcrumb::log(Level::Info, "cart loaded").with("lines", line.quantity % 5),
    );
    if let Err(error) = reserve(line) {
        rollcage::capture(
            Occurrence::error(&error)
                .level(Level::Warning)
                .custom("sku", line.sku)
                .custom("wanted", line.quantity),
        );
    }
}

fn reserve(line: &Line) -> Result<(), CartError> {
    let left = stock::left(line.sku);
    if line.quantity > left {
        return Err(CartError::OutOfStock {
            sku: line.sku,
            wanted: line.quantity,
            left,
        });
    }
    Ok(())
}

/// Changes how many are wanted of a line. Two tabs may disagree on how many lines there are.
pub fn set_quantity(lines: &mut [Line], index: usize, quantity: u32) {
    rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "changing a line").with("index", index));
    change(lines, index, quantity);
}

fn change(lines: &mut [Line], index: usize, quantity: u32) {
    lines[index].quantity = quantity;
}

/// Takes a voucher.
pub fn redeem(voucher: &str, customer: u64) {
    if let Err(error) = check(voucher, customer) {
        rollcage::capture(Occurrence::error(&error).level(Level::Info));
    }
}

fn check(voucher: &str, customer: u64) -> Result<(), CartError> {
    let owner = voucher.bytes().map(u64::from).sum::<u64>();
    if owner == customer {
        Ok(())
    } else {
        Err(CartError::NotYourVoucher(voucher.to_owned()))
    }
}
