//! `main` that returns a `Result`.

use std::error::Error;

use uuid::Uuid;

use crate::{Occurrence, client};

/// Reports the error of a `Result`, and gives the `Result` back.
///
/// For `main`, which is the last to have it:
///
/// ```
/// use rollcage::ReportExt;
///
/// fn run() -> Result<(), std::num::ParseIntError> {
///     "12".parse::<u16>().map(drop)
/// }
///
/// fn main() -> Result<(), std::num::ParseIntError> {
///     let _guard = rollcage::init(rollcage::options!());
///     run().report()
/// }
/// ```
///
/// The error may be any `Error`, a `Box<dyn Error>`, and with the features of their names an
/// `anyhow::Error` or an `eyre::Report`. `Kind` is inferred.
pub trait ReportExt<Kind> {
    /// Captures the error, if it is one.
    #[must_use = "it is the result that it was called on"]
    fn report(self) -> Self;
}

impl<T, E: Reportable<Kind>, Kind> ReportExt<Kind> for Result<T, E> {
    #[track_caller]
    fn report(self) -> Self {
        if let Err(error) = &self {
            error.capture();
        }
        self
    }
}

/// Something that can be captured as an error. `Kind` keeps apart those that are an `Error` and
/// those that hold one, which may be one some day.
pub trait Reportable<Kind> {
    /// Captures it.
    fn capture(&self) -> Uuid;
}

/// An error by itself.
#[derive(Debug)]
pub enum Plain {}

/// Something that holds an error.
#[derive(Debug)]
pub enum Boxed {}

impl<E: Error> Reportable<Plain> for E {
    #[track_caller]
    fn capture(&self) -> Uuid {
        crate::capture_error(self)
    }
}

macro_rules! boxed {
    ($($type:ty),*) => {$(
        impl Reportable<Boxed> for $type {
            #[track_caller]
            fn capture(&self) -> Uuid {
                let location = std::panic::Location::caller();
                client::capture(move || {
                    let mut occurrence = Occurrence::error(&**self);
                    occurrence.location = Some(location.into());
                    occurrence
                })
            }
        }
    )*};
}

boxed!(
    Box<dyn Error>,
    Box<dyn Error + Send>,
    Box<dyn Error + Send + Sync>
);

#[cfg(feature = "anyhow")]
impl Reportable<Boxed> for anyhow::Error {
    #[track_caller]
    fn capture(&self) -> Uuid {
        crate::capture_anyhow(self)
    }
}

#[cfg(feature = "eyre")]
impl Reportable<Boxed> for eyre::Report {
    #[track_caller]
    fn capture(&self) -> Uuid {
        crate::capture_eyre(self)
    }
}
