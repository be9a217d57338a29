//! Each byte of a segment changed in turn, in a journal whose records hold copies of records.
//!
//! `ROLLCAGE_JOURNAL_BITS=8` changes each bit, which takes eight times as long.

use std::{env, ops::Range, path::PathBuf};

use super::{segment::Header, simulated::Simulated, *};

/// A header's page and some six records.
const SEGMENT_BYTES: u64 = segment::START + 1200;

const SEGMENTS: u64 = 3;

struct Journal {
    disk: Simulated,
    settings: Settings,
    records: Vec<Record>,
    /// Up to here the newest segment says that it was synced.
    certain_to: u64,
}

struct Record {
    payload: Vec<u8>,
    segment: u64,
    place: Range<u64>,
}

#[test]
fn a_changed_byte_of_a_segment_that_is_complete_costs_one_record_at_most() {
    let journal = Journal::make(true);
    for number in [1, SEGMENTS] {
        journal.flip_each_byte(number, 0, |at| journal.records_in(number, at..at + 1));
    }
}

/// Nothing says that the last group was ever synced: it ends where it is damaged.
#[test]
fn a_changed_byte_of_the_last_group_before_a_crash_ends_the_journal_there() {
    let journal = Journal::make(false);
    journal.flip_each_byte(SEGMENTS, segment::START, |at| {
        let to = if at < journal.certain_to {
            at + 1
        } else {
            u64::MAX
        };
        journal.records_in(SEGMENTS, at..to)
    });
}

impl Journal {
    fn make(is_closed: bool) -> Journal {
        let disk = Simulated::new(1);
        let settings = Settings {
            segment_bytes: SEGMENT_BYTES,
            preallocated_bytes: SEGMENT_BYTES,
            disk: Arc::new(disk.clone()),
            ..Settings::new(Path::new("/data"), MIB)
        };
        let mut groups = Groups::open(settings.clone());
        let mut journal = Journal {
            disk,
            settings,
            records: Vec::new(),
            certain_to: 0,
        };
        let mut begun = 0;
        while begun < SEGMENTS {
            let end = groups.folder.end();
            (begun, journal.certain_to) = (end.segment, end.offset);
            let payloads = journal.next_group();
            for (payload, answer) in payloads.iter().zip(groups.commit(&payloads)) {
                let end = answer.expect("there is room");
                journal.records.push(Record {
                    payload: payload.clone(),
                    segment: end.segment,
                    place: end.offset - record::bytes(payload.len())..end.offset,
                });
            }
        }
        assert_eq!(groups.folder.end().segment, SEGMENTS);
        if is_closed {
            groups.close();
            journal.certain_to = u64::MAX;
        }
        journal
    }

    /// Three records; one of them is what the segment holds last, under its own salt.
    fn next_group(&self) -> Vec<Vec<u8>> {
        let seed = self.records.len();
        let copied = self.records.last().map_or(Vec::new(), |last| {
            let content = self.disk.content(&self.path(last.segment));
            let to = usize::try_from(last.place.end).expect("small");
            content[to - 250.min(to - 4096)..to].to_vec()
        });
        vec![
            payload(seed, 60),
            [payload(seed + 1, 0), copied].concat(),
            payload(seed + 2, 30),
        ]
    }

    fn path(&self, number: u64) -> PathBuf {
        segment::path(&self.settings.dir, number)
    }

    /// Which records lie at some place.
    fn records_in(&self, number: u64, place: Range<u64>) -> Range<usize> {
        let is_there = |record: &Record| {
            record.segment == number
                && record.place.start < place.end
                && place.start < record.place.end
        };
        let first = self.records.iter().position(is_there).unwrap_or(0);
        let records = self.records[first..]
            .iter()
            .take_while(|record| is_there(record))
            .count();
        first..first + records
    }

    fn flip_each_byte(&self, number: u64, from: u64, lost: impl Fn(u64) -> Range<usize>) {
        let bits =
            env::var("ROLLCAGE_JOURNAL_BITS").map_or(1, |bits| bits.parse().expect("a number"));
        let from = usize::try_from(from).expect("small");
        for at in from..self.disk.content(&self.path(number)).len() {
            for bit in 0..bits {
                self.flip(number, at, 1 << ((at + bit) % 8), &lost(at as u64));
            }
        }
    }

    fn flip(&self, number: u64, at: usize, bit: u8, lost: &Range<usize>) {
        let disk = self.disk.copy();
        disk.damage(&self.path(number), |content| content[at] ^= bit);
        let settings = Settings {
            disk: Arc::new(disk),
            ..self.settings.clone()
        };
        let mut expected: Vec<_> = self
            .records
            .iter()
            .map(|record| record.payload.clone())
            .collect();
        expected.drain(lost.clone());

        let mut groups = Groups::open(settings.clone());
        assert_eq!(
            read_all(&groups.folder, None),
            expected,
            "byte {at} of segment {number}"
        );
        let damage = groups.folder.damage();
        if number < SEGMENTS || (at as u64) < self.certain_to {
            assert_eq!(
                damage.records,
                lost.len() as u64,
                "byte {at} of segment {number}"
            );
            assert!(
                damage.gaps <= 1 && (damage.gaps == 1 || lost.is_empty()),
                "byte {at} of segment {number}"
            );
        } else {
            assert_eq!(damage, Damage::default(), "byte {at} of segment {number}");
        }

        // And it goes on from there, also over another start.
        let more = payloads(100..101, 20);
        groups.commit(&more);
        drop(groups);
        expected.extend(more);
        let groups = Groups::open(settings);
        assert_eq!(
            read_all(&groups.folder, None),
            expected,
            "byte {at} of segment {number}, later"
        );
    }
}

#[test]
fn each_segment_has_a_salt_of_its_own() {
    let journal = Journal::make(true);
    let salts: Vec<_> = (1..=SEGMENTS)
        .map(|number| {
            let header = Header::read(&journal.disk, &journal.path(number)).expect("reads");
            header.expect("is good").salt
        })
        .collect();
    for (place, salt) in salts.iter().enumerate() {
        assert!(!salts[..place].contains(salt));
    }
}
