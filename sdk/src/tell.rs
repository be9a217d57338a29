//! What the SDK says of itself.

use std::{fmt, io::Write};

use crate::Options;

/// Says it on the standard error stream, where the application asked for that.
pub(crate) fn tell(options: &Options, said: fmt::Arguments<'_>) {
    if options.debug {
        // A closed stream is none of our business; `eprintln!` would panic.
        let _ = writeln!(std::io::stderr(), "rollcage: {said}");
    }
}
