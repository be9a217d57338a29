//! A small web shop and its workers: what the demo plays.
//!
//! Ordinary code that reports to the SDK where it deals with its errors. It fails for real, from what
//! it is given: an order, a file, a gateway that is slow today. The traces, the chains of causes and
//! the panics that the demo shows are those of this code.

pub mod accounts;
pub mod cache;
pub mod cart;
pub mod catalogue;
pub mod checkout;
pub mod images;
pub mod import;
pub mod invoices;
pub mod jobs;
pub mod mail;
pub mod payments;
pub mod prices;
pub mod reports;
pub mod search;
pub mod settings;
pub mod shipping;
pub mod stock;
pub mod warehouse;
pub mod web;
pub mod webhooks;
