//! Who is told of what, and how the telling gets out of the house.

mod account_mail;
mod item_mail;
pub mod mailer;
pub mod transport;
pub mod triggers;
