//! What whoever runs the shop decides.

use std::env::VarError;

use rollcage::{Level, Occurrence};

/// A setting that is missing.
#[derive(Debug, thiserror::Error)]
#[error("{name} has to be set")]
pub struct Missing {
    name: &'static str,
    #[source]
    cause: VarError,
}

/// Reads the settings of the payments.
pub fn payments() {
    if let Err(error) = variable("SHOP_PAYMENT_ACCOUNT") {
        rollcage::capture_error(&error);
    }
}

fn variable(name: &'static str) -> Result<String, Missing> {
    std::env::var(name).map_err(|cause| Missing { name, cause })
}

/// A switch that nobody knows any more.
pub fn unknown_switch(name: &'static str) {
    rollcage::capture(
        Occurrence::message(Level::Debug, format!("no switch is called {name}"))
            .custom("switch", name),
    );
}

/// A migration that was not run.
#[derive(Debug, thiserror::Error)]
#[error("relation {0:?} does not exist")]
pub struct NoRelation(&'static str);

/// Looks whether the schema is what the program expects.
pub fn check_schema(relation: &'static str) {
    look_for(relation);
}

fn look_for(relation: &'static str) {
    rollcage::capture(Occurrence::error(&NoRelation(relation)).level(Level::Critical));
}
