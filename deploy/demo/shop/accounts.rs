//! Customers' accounts.

use std::{
    array::TryFromSliceError,
    net::{AddrParseError, IpAddr},
    str::Utf8Error,
};

use rollcage::{Level, Occurrence};

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The cookie is damaged.
    #[error("the session's cookie cannot be read")]
    Cookie(#[source] Utf8Error),
    /// The key has another length.
    #[error("the session's key is not one of ours")]
    Key(#[source] TryFromSliceError),
    /// A proxy wrote something that is none.
    #[error("{text:?} is not the address of a client")]
    Client {
        /// What it wrote.
        text: String,
        /// Why not.
        source: AddrParseError,
    },
}

/// Reads the session out of a cookie.
pub fn resume(cookie: &[u8]) -> Option<[u8; 16]> {
    key(text(cookie)?)
}

fn text(cookie: &[u8]) -> Option<&str> {
    std::str::from_utf8(cookie)
        .map_err(|error| rollcage::capture_error(&SessionError::Cookie(error)))
        .ok()
}

fn key(text: &str) -> Option<[u8; 16]> {
    text.as_bytes()
        .try_into()
        .map_err(|error| rollcage::capture_error(&SessionError::Key(error)))
        .ok()
}

/// Notes where a customer comes from.
pub fn note_client(forwarded_for: &str) {
    if let Err(error) = client(forwarded_for) {
        rollcage::capture(Occurrence::error(&error).level(Level::Warning));
    }
}

fn client(text: &str) -> Result<IpAddr, SessionError> {
    text.trim().parse().map_err(|source| SessionError::Client {
        text: text.to_owned(),
        source,
    })
}

/// Somebody tries many passwords.
pub fn locked_out(attempts: u64, address: &str) {
    rollcage::capture(
        Occurrence::message(
            Level::Warning,
            format!("{attempts} failed attempts to sign in from {address}"),
        )
        .title("Too many attempts to sign in")
        .fingerprint("sign-in-attempts")
        .custom("attempts", attempts),
    );
}

/// A link to set a password, used too late.
#[derive(Debug, thiserror::Error)]
#[error("the link to set a password ended {hours} h ago")]
pub struct LinkEnded {
    hours: u64,
}

/// Sets a password by a link.
pub fn set_password(link_age_hours: u64) {
    if let Err(error) = check_link(link_age_hours) {
        rollcage::capture(Occurrence::error(&error).level(Level::Info));
    }
}

fn check_link(age_hours: u64) -> Result<(), LinkEnded> {
    match age_hours.checked_sub(24) {
        None => Ok(()),
        Some(hours) => Err(LinkEnded { hours }),
    }
}
