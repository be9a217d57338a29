//! Who is told of what, and how the telling gets out of the house.

mod account_mail;
mod item_mail;
pub mod limits;
pub mod mailer;
mod rule_mail;
mod summary;
pub mod transport;
pub mod triggers;
pub mod wording;
