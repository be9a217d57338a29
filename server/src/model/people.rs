//! How many different people an item met: exact while they are few, an estimate once they are many.
//!
//! Up to [`EXACT_MAX`] their hashes are listed. Beyond, it is a `HyperLogLog` of 2^12 registers, whose
//! standard error is 1.04 / 2^6, 1.6 %. Both forms can be united, and counting somebody again changes
//! nothing. The libraries there are write numbers of their process's memory into what is stored, or
//! forms that they may change; this one is read for years.
//!
//! Source: O. Ertl, "New cardinality estimation algorithms for `HyperLogLog` sketches" (2017), section
//! 4: an estimator without tables.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// People that are counted exactly. As many hashes take a quarter of the registers.
pub const EXACT_MAX: usize = 128;

/// Bits of a hash that choose its register.
const REGISTER_BITS: u32 = 12;
const REGISTERS: usize = 1 << REGISTER_BITS;
/// The highest value of a register: of a hash whose other 52 bits are all 0.
const RANK_MAX: u8 = 53;

/// The first byte of the stored forms.
const LIST: u8 = 1;
const SKETCH: u8 = 2;

/// A count of different people.
#[derive(Clone, Debug, PartialEq)]
pub enum People {
    /// A hash of each.
    Few(BTreeSet<u64>),
    /// Of the hashes that fall to a register, one more than the most zeros that one ends with.
    Many(Box<[u8; REGISTERS]>),
}

impl Default for People {
    fn default() -> Self {
        Self::Few(BTreeSet::new())
    }
}

impl People {
    /// Counts a person by what they are known by; somebody known changes nothing.
    pub fn add(&mut self, person: &str) {
        let sha256 = Sha256::digest(person);
        let hash = sha256.first_chunk().expect("it has 32 bytes");
        self.add_hash(u64::from_le_bytes(*hash));
    }

    /// Counts all that the other has.
    pub fn unite(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Few(hashes)) => hashes.iter().for_each(|hash| self.add_hash(*hash)),
            (Self::Many(ours), Self::Many(theirs)) => {
                for (our, their) in ours.iter_mut().zip(theirs.iter()) {
                    *our = (*our).max(*their);
                }
            }
            (Self::Few(_), Self::Many(_)) => {
                let few = std::mem::replace(self, other.clone());
                self.unite(&few);
            }
        }
    }

    /// How many they are.
    pub fn count(&self) -> i64 {
        match self {
            Self::Few(hashes) => i64::try_from(hashes.len()).unwrap_or(i64::MAX),
            Self::Many(registers) => estimate(registers),
        }
    }

    /// As it is stored.
    pub fn pack(&self) -> Vec<u8> {
        match self {
            Self::Few(hashes) => std::iter::once(LIST)
                .chain(hashes.iter().flat_map(|hash| hash.to_le_bytes()))
                .collect(),
            Self::Many(registers) => std::iter::once(SKETCH).chain(**registers).collect(),
        }
    }

    /// Reads what `pack` made; `None` for anything else.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [LIST, hashes @ ..] => {
                let (hashes, rest) = hashes.as_chunks::<8>();
                let is_whole = rest.is_empty() && hashes.len() <= EXACT_MAX;
                let hashes = hashes.iter().map(|hash| u64::from_le_bytes(*hash));
                is_whole.then(|| Self::Few(hashes.collect()))
            }
            [SKETCH, registers @ ..] => {
                let registers: [u8; REGISTERS] = registers.try_into().ok()?;
                let is_sane = registers.iter().all(|rank| *rank <= RANK_MAX);
                is_sane.then(|| Self::Many(Box::new(registers)))
            }
            _ => None,
        }
    }

    fn add_hash(&mut self, hash: u64) {
        match self {
            Self::Few(hashes) => {
                hashes.insert(hash);
                if hashes.len() > EXACT_MAX {
                    let mut registers = Box::new([0; REGISTERS]);
                    for hash in &*hashes {
                        note(&mut registers, *hash);
                    }
                    *self = Self::Many(registers);
                }
            }
            Self::Many(registers) => note(registers, hash),
        }
    }
}

fn note(registers: &mut [u8; REGISTERS], hash: u64) {
    let register = (hash >> (u64::BITS - REGISTER_BITS)) as usize;
    // The register's own bits are no part of the rank: a one above the others ends it.
    let others = hash | 1 << (u64::BITS - REGISTER_BITS);
    let rank = u8::try_from(others.trailing_zeros() + 1);
    registers[register] = registers[register].max(rank.unwrap_or(RANK_MAX));
}

/// Ertl's improved raw estimate.
fn estimate(registers: &[u8; REGISTERS]) -> i64 {
    let mut multiplicities = [0_u32; RANK_MAX as usize + 1];
    for rank in registers {
        multiplicities[usize::from(*rank)] += 1;
    }
    let m = f64::from(1_u32 << REGISTER_BITS);
    let highest = usize::from(RANK_MAX);
    let mut z = m * tau(1.0 - f64::from(multiplicities[highest]) / m);
    for multiplicity in multiplicities[1..highest].iter().rev() {
        z = 0.5 * (z + f64::from(*multiplicity));
    }
    z += m * sigma(f64::from(multiplicities[0]) / m);
    let alpha = 1.0 / (2.0 * std::f64::consts::LN_2);
    #[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
    let count = (alpha * m * m / z).round() as i64;
    count
}

fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z.to_bits() == before.to_bits() {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z.to_bits() == before.to_bits() {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(people: std::ops::Range<u32>) -> People {
        let mut counted = People::default();
        people.for_each(|number| counted.add(&format!("person {number}")));
        counted
    }

    #[test]
    fn few_are_counted_exactly_and_many_nearly() {
        assert_eq!(People::default().count(), 0);
        for number in [1, 2, 100, 128] {
            assert_eq!(of(0..number).count(), i64::from(number));
        }
        // Six times the standard error; whoever changes the hash draws once.
        for number in [129_u32, 1_000, 5_000, 20_000, 300_000] {
            let off = of(0..number).count().abs_diff(i64::from(number));
            assert!(off * 10 < u64::from(number), "{number}: off by {off}");
        }
    }

    #[test]
    fn what_is_damaged_is_nothing_and_no_panic() {
        let many = of(0..1_000).pack();
        let mut insane = many.clone();
        insane[1] = RANK_MAX + 1;
        let long = [vec![LIST], vec![0; 8 * (EXACT_MAX + 1)]].concat();
        for bytes in [
            &b""[..],
            &[0],
            &[LIST, 1],
            &[SKETCH, 1],
            &many[..99],
            &insane,
            &long,
        ] {
            assert_eq!(People::unpack(bytes), None);
        }
    }

    proptest! {
        #[test]
        fn uniting_is_counting_all(ours in 0..300_u32, shared in 0..200_u32, theirs in 0..300_u32) {
            let (first, second) = (of(0..ours + shared), of(ours..ours + shared + theirs));
            let mut united = first.clone();
            united.unite(&second);
            let mut other_way = second;
            other_way.unite(&first);
            let all = of(0..ours + shared + theirs);
            prop_assert_eq!(&united, &all);
            prop_assert_eq!(&other_way, &all);
            prop_assert_eq!(People::unpack(&all.pack()), Some(all));
        }
    }
}
