//! Who is told of what, and how the telling gets out of the house.

pub mod mailer;
pub mod transport;
pub mod triggers;
