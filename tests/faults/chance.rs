//! Random choices that a seed repeats.

use std::time::Duration;

use uuid::Uuid;

/// `SplitMix64`: small, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The choices of that seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Choices of its own for a part that runs beside others.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    /// Yes or no.
    pub fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// A time between two, in steps of a microsecond: faults are to come anywhere.
    pub fn between_ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_micros(from * 1000 + self.next() % ((to - from) * 1000))
    }

    /// A version 4 UUID, as SDKs make them.
    pub fn id(&mut self) -> Uuid {
        let halves = [self.next().to_le_bytes(), self.next().to_le_bytes()];
        let mut bytes = [0; 16];
        bytes.copy_from_slice(halves.as_flattened());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
