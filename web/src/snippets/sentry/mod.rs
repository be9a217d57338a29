//! Sentry's SDKs, in the order of their tabs.
//!
//! They know their project by a DSN, which holds the token, the address and the project's id.

mod javascript;
mod others;
mod python;

use super::Sdk;

/// As in [`super::Family::groups`].
pub static GROUPS: [&[Sdk]; 3] = [
    &[
        python::PYTHON,
        python::FLASK,
        python::DJANGO,
        python::FASTAPI,
    ],
    &[
        javascript::NODE,
        javascript::EXPRESS,
        javascript::BROWSER,
        javascript::REACT,
        javascript::VUE,
    ],
    &[
        others::RUST,
        others::RUBY,
        others::PHP,
        others::GO,
        others::JAVA,
        others::DOTNET,
    ],
];
