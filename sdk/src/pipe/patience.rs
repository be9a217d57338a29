//! How long somebody waits until what was captured is safe.

use std::time::Duration;

/// Time that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    sending: Duration,
    preparing: Duration,
}

impl Patience {
    /// That long for everything.
    pub(crate) fn of(timeout: Duration) -> Self {
        Self {
            sending: timeout,
            preparing: Duration::ZERO,
        }
    }

    /// That long for sending. While the worker is at work that time stands still, for as long as
    /// `preparing`.
    pub(crate) fn and_for_preparing(self, preparing: Duration) -> Self {
        Self { preparing, ..self }
    }

    /// How long to wait now, before it is spent. None where it is over.
    pub(super) fn left(&self, is_preparing: bool) -> Option<Duration> {
        let left = if is_preparing && !self.preparing.is_zero() {
            self.preparing
        } else {
            self.sending
        };
        (!left.is_zero()).then_some(left)
    }

    /// Takes away what was waited.
    pub(super) fn spend(&mut self, was_preparing: bool, waited: Duration) {
        let left = if was_preparing && !self.preparing.is_zero() {
            &mut self.preparing
        } else {
            &mut self.sending
        };
        *left = left.saturating_sub(waited);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_time_to_send_stands_still_while_the_worker_works() {
        let mut patience = Patience::of(seconds(2)).and_for_preparing(seconds(10));
        assert_eq!(patience.left(true), Some(seconds(10)));
        patience.spend(true, seconds(7));
        assert_eq!(patience.left(true), Some(seconds(3)));
        assert_eq!(patience.left(false), Some(seconds(2)));
        patience.spend(false, seconds(1));
        assert_eq!(patience.left(false), Some(seconds(1)));
        // Longer than it may work: from here on its time counts as well.
        patience.spend(true, seconds(4));
        assert_eq!(patience.left(true), Some(seconds(1)));
        patience.spend(true, seconds(1));
        assert_eq!(patience.left(true), None);
        assert_eq!(patience.left(false), None);
    }

    #[test]
    fn a_time_for_everything_is_that_time() {
        let mut patience = Patience::of(seconds(2));
        patience.spend(true, seconds(1));
        assert_eq!(patience.left(true), Some(seconds(1)));
        patience.spend(true, seconds(1));
        assert_eq!(patience.left(true), None);
        assert_eq!(Patience::of(Duration::ZERO).left(true), None);
    }
}
