//! Makes the query macros read `server/.sqlx`, never a live database.
//!
//! Only `deploy/dev/prepare-queries` asks them to look at one, and to save what they saw.

fn main() {
    println!("cargo::rerun-if-env-changed=ROLLCAGE_PREPARE_QUERIES");
    println!("cargo::rerun-if-changed=../migrations");
    let preparing = std::env::var_os("ROLLCAGE_PREPARE_QUERIES").is_some();
    if !preparing {
        println!("cargo::rustc-env=SQLX_OFFLINE=true");
    }
}
