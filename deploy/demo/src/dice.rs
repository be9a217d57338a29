//! Chance that comes out the same for the same seed.

/// `SplitMix64`, by Steele, Lea and Flood: a few lines, and even enough for a play.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Of that seed, for that use of it.
    pub fn new(seed: u64, of: u64) -> Self {
        let mut dice = Self(seed ^ of.wrapping_mul(0xd6e8_feb8_6659_fd93));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1, without it.
    pub fn part(&mut self) -> f64 {
        let half = u32::try_from(self.next() >> 32).expect("it is half of 64 bits");
        f64::from(half) / (f64::from(u32::MAX) + 1.0)
    }

    /// One of so many, from 0 on.
    pub fn below(&mut self, count: u32) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is below `count`"
        )]
        let one = (self.part() * f64::from(count)) as u32;
        one
    }

    /// From `from` up to `to`, without it.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from)
    }

    /// One of some.
    pub fn one_of<T: Copy>(&mut self, some: &[T]) -> T {
        let count = u32::try_from(some.len()).expect("lists here are short");
        some[self.below(count) as usize]
    }
}
