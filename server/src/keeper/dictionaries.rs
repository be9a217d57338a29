//! Training dictionaries that bodies of occurrences are compressed with.
//!
//! What one SDK sends of one project is nearly the same each time: names of keys, paths, lines of
//! source, versions of packages. With a dictionary of it a body takes a third of what it takes alone,
//! on disk and in the work of compressing it.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    model::{
        body::{self, Dictionary, DictionaryName},
        id::ProjectId,
        occurrence::Occurrence,
    },
    store::{
        Db,
        dictionaries::{self, Row},
        listener::{self, Notice},
        silence::{LONG_PATIENCE, within},
    },
};

/// How often it is looked for projects that want one.
const EVERY: Duration = Duration::from_secs(20);
/// How often a project's dictionaries are compared with what it sends now.
const CHECKED_EVERY: TimeDelta = TimeDelta::hours(1);
/// How far back it looks.
const LOOKS_BACK: TimeDelta = TimeDelta::days(1);
/// Bytes of a dictionary: twice as much saves another twentieth, half as much costs a tenth.
const DICTIONARY_BYTES: usize = 64 << 10;
/// Occurrences that are looked at; with a tenth of that a dictionary knows half as much.
const SAMPLE: i64 = 1_500;
/// Bytes of their JSON together: training takes three times as much memory.
const SAMPLE_MAX_BYTES: usize = 12 << 20;
/// Occurrences of a project within a day that are worth looking at.
const BUSY: i64 = 500;
/// Occurrences of an SDK among them that are worth a dictionary.
const SAMPLE_MIN: usize = 60;
/// SDKs of a project that have one: senders choose their names.
const SDKS_MAX: usize = 16;
/// One occurrence of so many is not trained on, but compressed to see how well that goes.
const JUDGED: usize = 4;
/// How many times better a dictionary has to be than what there is.
const BETTER: f32 = 1.15;

/// Trains dictionaries until cancelled.
pub async fn train_until(db: Db, clock: Clock, cancelled: CancellationToken) {
    let mut trainer = Trainer::default();
    loop {
        tokio::select! {
            () = cancelled.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = within(LONG_PATIENCE, trainer.train(&db, clock.now())).await {
            warn!(
                error = format!("{error:#}"),
                "no dictionary could be trained; it is tried again"
            );
        }
    }
}

/// Trains what projects' SDKs lack, and remembers when it looked.
#[derive(Default)]
pub struct Trainer {
    checked: HashMap<ProjectId, DateTime<Utc>>,
}

impl Trainer {
    /// Looks at each project that sends much, unless it was looked at within the hour. Two nodes may
    /// train the same; the newer one is used.
    pub async fn train(&mut self, db: &Db, now: DateTime<Utc>) -> anyhow::Result<()> {
        self.checked.retain(|_, at| now - *at < CHECKED_EVERY);
        for project in dictionaries::busy_projects(db, now - LOOKS_BACK, BUSY).await? {
            if let Entry::Vacant(unchecked) = self.checked.entry(project) {
                train_project(db, project, now).await?;
                unchecked.insert(now);
            }
        }
        Ok(())
    }
}

async fn train_project(db: &Db, project: ProjectId, now: DateTime<Utc>) -> anyhow::Result<()> {
    let sample = sample(db, project, now).await?;
    let known = dictionaries::of_project(db, project).await?;
    let trained =
        tokio::task::spawn_blocking(move || train_all(project, &sample, &known, now)).await?;
    for (row, bytes) in &trained {
        dictionaries::insert(db, row, bytes, now).await?;
        info!(
            project.id = %project,
            sdk = row.sdk,
            ratio = row.ratio,
            "trained a dictionary; without one the ratio is {:.1}",
            row.plain_ratio
        );
    }
    if !trained.is_empty() {
        // Whoever listens takes them over at once, others within seconds.
        let told = listener::notify(db, &Notice::Dictionaries).await;
        told.context("telling what was trained")?;
    }
    Ok(())
}

/// JSON of what a project's SDKs sent, by their names.
type Sample = BTreeMap<String, Vec<Vec<u8>>>;

async fn sample(db: &Db, project: ProjectId, now: DateTime<Utc>) -> anyhow::Result<Sample> {
    let bodies = dictionaries::sample(db, project, now - LOOKS_BACK, SAMPLE)
        .await
        .context("reading a sample")?;
    let mut known: HashMap<DictionaryName, Option<Vec<u8>>> = HashMap::new();
    for name in bodies.iter().filter_map(|stored| body::dictionary(stored)) {
        if let Entry::Vacant(vacant) = known.entry(name) {
            vacant.insert(dictionaries::bytes(db, project, name).await?);
        }
    }
    let sample = tokio::task::spawn_blocking(move || {
        let mut sample = Sample::new();
        let mut bytes = 0;
        for stored in bodies {
            let dictionary =
                body::dictionary(&stored).and_then(|name| known.get(&name)?.as_deref());
            // What cannot be read is no sample.
            let Ok(mut occurrence) = body::decode(&stored, dictionary) else {
                continue;
            };
            let sdk = body::sdk(&occurrence).to_owned();
            forget_person(&mut occurrence);
            let json = serde_json::to_vec(&occurrence).unwrap_or_default();
            bytes += json.len();
            if bytes > SAMPLE_MAX_BYTES {
                break;
            }
            sample.entry(sdk).or_default().push(json);
        }
        sample
    });
    Ok(sample.await?)
}

/// A dictionary outlives what it was trained on: it is to know nobody.
fn forget_person(occurrence: &mut Occurrence<'_>) {
    occurrence.person = None;
    if let Some(request) = &mut occurrence.request {
        request.user_ip = None;
    }
}

/// Dictionaries for SDKs that have none, or one that does not know any more what they send.
fn train_all(
    project: ProjectId,
    sample: &Sample,
    known: &[(Row, Vec<u8>)],
    now: DateTime<Utc>,
) -> Vec<(Row, Vec<u8>)> {
    let mut of_sdks: Vec<_> = sample
        .iter()
        .filter(|(_, jsons)| jsons.len() >= SAMPLE_MIN)
        .collect();
    of_sdks.sort_by_key(|(_, jsons)| std::cmp::Reverse(jsons.len()));
    of_sdks.truncate(SDKS_MAX);
    let trained = of_sdks.into_iter().filter_map(|(sdk, jsons)| {
        let (judged, learnt): (Vec<_>, Vec<_>) = jsons
            .iter()
            .enumerate()
            .partition(|(at, _)| at % JUDGED == 0);
        let judged: Vec<_> = judged.into_iter().map(|(_, json)| json).collect();
        let plain_ratio = ratio(&judged, None);
        let now_ratio = match known.iter().find(|(row, _)| row.sdk == *sdk) {
            None => plain_ratio,
            Some((row, bytes)) => {
                let ratio = ratio(&judged, Some(bytes));
                if ratio * BETTER > row.ratio {
                    return None;
                }
                ratio
            }
        };
        let learnt: Vec<_> = learnt.into_iter().map(|(_, json)| json).collect();
        // There is none in what is too short or all the same.
        let bytes = zstd::dict::from_samples(&learnt, DICTIONARY_BYTES).ok()?;
        let ratio = ratio(&judged, Some(&bytes));
        let row = Row {
            project,
            name: DictionaryName::of(&bytes),
            sdk: sdk.clone(),
            ratio,
            plain_ratio,
            trained_at: now,
        };
        (ratio > now_ratio * BETTER).then_some((row, bytes))
    });
    trained.collect()
}

/// Bytes of JSON for one compressed.
fn ratio(jsons: &[&Vec<u8>], dictionary: Option<&Vec<u8>>) -> f32 {
    let dictionary = dictionary.map(|bytes| Dictionary::new(bytes));
    let of = |bytes: usize| f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
    let before: usize = jsons.iter().map(|json| json.len()).sum();
    let after: usize = jsons
        .iter()
        .map(|json| body::pack(json, dictionary.as_ref()).len())
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "two digits of it are shown"
    )]
    {
        (of(before) / of(after.max(1))) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an application sends: a skeleton that repeats, and values that do not.
    fn jsons(application: &str, count: usize) -> Vec<Vec<u8>> {
        let lines: Vec<String> = (0..200)
            .map(|line| {
                let hash = DictionaryName::of(format!("{application} {line}").as_bytes());
                format!("\"def {application}_{hash}(self):\"")
            })
            .collect();
        (0..count)
            .map(|number| {
                let from = (number * 7) % 150;
                let id = DictionaryName::of(&number.to_le_bytes());
                format!(
                    "{{\"uuid\":\"{id}\",\"code\":[{}]}}",
                    lines[from..from + 50].join(",")
                )
                .into_bytes()
            })
            .collect()
    }

    #[test]
    fn an_sdk_gets_one_that_helps_and_another_once_it_does_not() {
        let now = DateTime::UNIX_EPOCH;
        let project = ProjectId(1);
        let of = |application| Sample::from([("pyrollbar".to_owned(), jsons(application, 400))]);
        let first = train_all(project, &of("shop"), &[], now);
        let [(row, bytes)] = first.as_slice() else {
            panic!("one was trained")
        };
        assert_eq!((row.project, row.sdk.as_str()), (project, "pyrollbar"));
        assert_eq!(row.name, DictionaryName::of(bytes));
        assert!(row.ratio > row.plain_ratio * BETTER);

        assert_eq!(train_all(project, &of("shop"), &first, now), []);
        let second = train_all(project, &of("another"), &first, now);
        let [(other, _)] = second.as_slice() else {
            panic!("another was trained")
        };
        assert_ne!(other.name, row.name);
    }

    #[test]
    fn few_or_senseless_samples_train_none() {
        let now = DateTime::UNIX_EPOCH;
        let few = Sample::from([("a".to_owned(), jsons("shop", SAMPLE_MIN - 1))]);
        assert_eq!(train_all(ProjectId(1), &few, &[], now), []);
        let empty = Sample::from([("a".to_owned(), vec![Vec::new(); SAMPLE_MIN])]);
        assert_eq!(train_all(ProjectId(1), &empty, &[], now), []);
        assert_eq!(train_all(ProjectId(1), &Sample::new(), &[], now), []);
    }
}
