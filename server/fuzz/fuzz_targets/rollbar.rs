//! Rollbar's items and batches: any bytes are an item or refused by name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::{
    protocol::{Received, rollbar},
    take,
};

fuzz_target!(|bytes: &[u8]| {
    let received = Received::default();
    let json = rollbar::json_of_form(bytes);
    if let Ok(item) = rollbar::parse(&json, &received) {
        rollbar::payload(&item.occurrence);
        take(item.occurrence);
    }
    if let Ok(batch) = rollbar::parse_batch(bytes, &received) {
        assert!(batch.items.iter().filter(|item| item.is_ok()).count() <= 100);
        batch.items.into_iter().flatten().for_each(take);
    }
});
