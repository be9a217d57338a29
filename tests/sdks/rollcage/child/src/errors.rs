//! What goes wrong.

use std::{error::Error, fmt, num::ParseIntError};

/// An order without a price.
#[derive(Debug)]
pub struct NoPrice {
    sku: &'static str,
    source: ParseIntError,
}

impl fmt::Display for NoPrice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the price of {} cannot be read", self.sku)
    }
}

impl Error for NoPrice {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// An error like no other.
#[derive(Debug)]
pub struct Distinct(pub String);

impl fmt::Display for Distinct {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Distinct {}

#[inline(never)]
pub fn checkout(price: &str) -> Result<std::process::ExitCode, NoPrice> {
    let read: Result<u32, _> = price.parse();
    read.map(|_price| std::process::ExitCode::SUCCESS)
        .map_err(|source| NoPrice { sku: "ZZ9", source })
}

#[inline(never)]
pub fn panics() {
    let prices: Vec<u32> = Vec::new();
    let first = prices.first().expect("an order has a price");
    println!("{first}");
}

/// Panics again while the first panic is on its way.
#[inline(never)]
pub fn panics_twice() {
    struct Careless;
    impl Drop for Careless {
        fn drop(&mut self) {
            panic!("the second");
        }
    }
    let _careless = Careless;
    panic!("the first");
}

/// Panics in a function out of which no panic may come.
#[inline(never)]
pub fn panics_where_nothing_unwinds() {
    extern "C" fn callback() {
        panic!("in a callback");
    }
    callback();
}
