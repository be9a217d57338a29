//! A token as ingest knows it: what it gives access to, and the buckets that it is taken from.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, atomic::AtomicI64},
    time::Instant,
};

use super::{
    rate::{Bucket, Rate},
    rejection::Rejection,
};
use crate::{
    filter::Judge,
    model::{id::ProjectId, project::Access},
    scrub::ScrubKeys,
};

/// Occurrences a minute of a token that has no rate of its own, on this node: more than two cores
/// can take, so that only a runaway of a larger machine meets it.
const DEFAULT_PER_MINUTE: NonZeroU32 = NonZeroU32::new(6_000_000).expect("not zero");

/// A token, with its bucket and its project's.
pub struct Entry {
    /// What it gives access to.
    pub access: Access,
    /// What is removed from the project's occurrences.
    pub scrub_keys: ScrubKeys,
    /// What the project does not want to hear of.
    pub judge: Judge,
    /// Shared by the token's entries from one refresh to the next.
    bucket: Arc<Bucket>,
    /// Shared by the project's tokens; `None` where it has no rate.
    pub(super) project_bucket: Option<Arc<Bucket>>,
    pub(super) used: Arc<Used>,
}

/// When a token was last honoured, in microseconds since 1970; 0 for not since the start.
#[derive(Default)]
pub(super) struct Used {
    pub at_us: AtomicI64,
    pub stored_us: AtomicI64,
}

impl Entry {
    /// The bucket is that of the entry `before`, unless the rate changed.
    pub fn new(
        access: Access,
        before: Option<&Self>,
        project_bucket: Option<Arc<Bucket>>,
        now: Instant,
    ) -> Self {
        let per_minute = access
            .rate_per_minute
            .and_then(NonZeroU32::new)
            .unwrap_or(DEFAULT_PER_MINUTE);
        let bucket = match before {
            Some(before) if before.bucket.per_minute() == per_minute => Arc::clone(&before.bucket),
            _ => Arc::new(Bucket::new(per_minute, now)),
        };
        let scrub_keys = ScrubKeys::new(&access.scrub_keys);
        let judge = Judge::new(&access.filters);
        let used = before.map_or_else(Arc::default, |before| Arc::clone(&before.used));
        Self {
            access,
            scrub_keys,
            judge,
            bucket,
            project_bucket,
            used,
        }
    }

    /// Takes one from the token's bucket and one from its project's, or from neither: how the one
    /// with less in it stands then, and whether there was one.
    pub fn take(&self, now: Instant) -> (Rate, Result<(), Rejection>) {
        let own = match self.bucket.take(now) {
            Ok(rate) => rate,
            Err(retry_after) => {
                let rejection = Rejection::RateLimited {
                    per_minute: self.bucket.per_minute().get(),
                    retry_after,
                };
                return (self.bucket.empty(retry_after), Err(rejection));
            }
        };
        let Some(project_bucket) = &self.project_bucket else {
            return (own, Ok(()));
        };
        match project_bucket.take(now) {
            Ok(projects) if projects.remaining < own.remaining => (projects, Ok(())),
            Ok(_has_more) => (own, Ok(())),
            Err(retry_after) => {
                self.bucket.give_back();
                let rejection = Rejection::ProjectRateLimited {
                    per_minute: project_bucket.per_minute().get(),
                    retry_after,
                };
                (project_bucket.empty(retry_after), Err(rejection))
            }
        }
    }
}

/// The bucket that a project's tokens share: the one there is, unless the rate changed.
pub(super) fn project_bucket(
    access: &Access,
    buckets: &mut HashMap<ProjectId, Arc<Bucket>>,
    now: Instant,
) -> Option<Arc<Bucket>> {
    let per_minute = NonZeroU32::new(access.project_per_minute?)?;
    let bucket = buckets
        .entry(access.project)
        .or_insert_with(|| Arc::new(Bucket::new(per_minute, now)));
    if bucket.per_minute() != per_minute {
        *bucket = Arc::new(Bucket::new(per_minute, now));
    }
    Some(Arc::clone(bucket))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        model::{filters::Filters, id::TokenId, project::Scope},
    };

    fn access(token: i64, per_minute: u32, of_project: u32) -> Access {
        Access {
            project: ProjectId(1),
            token: TokenId(token),
            scope: Scope::PostServerItem,
            enabled: true,
            expires_at: None,
            rate_per_minute: Some(per_minute),
            project_per_minute: Some(of_project),
            scrub_keys: Vec::new(),
            filters: Filters::default(),
        }
    }

    #[test]
    fn one_is_taken_from_both_buckets_or_from_neither() {
        let now = Clock::default().instant();
        let mut buckets = HashMap::new();
        let mut entry = |token, per_minute| {
            let access = access(token, per_minute, 3);
            let shared = project_bucket(&access, &mut buckets, now);
            Entry::new(access, None, shared, now)
        };
        let (one, two) = (entry(1, 2), entry(2, 9));
        let remaining = |entry: &Entry| entry.take(now).0.remaining;
        assert_eq!((remaining(&one), remaining(&two)), (1, 1));
        let (rate, taken) = one.take(now);
        assert!(taken.is_ok());
        assert_eq!((rate.limit, rate.remaining), (2, 0));
        // Both are empty now, and the other token is refused for its project's sake: its own bucket
        // stays as it is.
        for _ in 0..5 {
            let (rate, taken) = two.take(now);
            assert!(matches!(
                taken,
                Err(Rejection::ProjectRateLimited { per_minute: 3, .. })
            ));
            assert_eq!((rate.limit, rate.remaining), (3, 0));
        }
        assert_eq!(two.bucket.take(now).map(|rate| rate.remaining), Ok(7));
        // A token's refusal takes nothing from its project.
        let (_, taken) = one.take(now);
        assert!(matches!(
            taken,
            Err(Rejection::RateLimited { per_minute: 2, .. })
        ));
    }

    #[test]
    fn a_bucket_stays_until_its_rate_changes() {
        let now = Clock::default().instant();
        let mut buckets = HashMap::new();
        let mut bucket = |of_project| {
            let access = access(1, 2, of_project);
            project_bucket(&access, &mut buckets, now).expect("it has a rate")
        };
        let (first, same, other, again) = (bucket(3), bucket(3), bucket(4), bucket(4));
        assert!(Arc::ptr_eq(&first, &same));
        assert!(!Arc::ptr_eq(&first, &other) && Arc::ptr_eq(&other, &again));
    }
}
