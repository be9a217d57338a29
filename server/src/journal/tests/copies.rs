//! Copies that are made while the journal is written.

use std::{collections::HashSet, os::unix::fs::FileExt, sync::atomic::Ordering, thread};

use uuid::Uuid;

use super::*;

/// Records that are written while copies are made.
const RECORDS: usize = 3000;

#[test]
fn the_folder_is_the_one_that_the_journal_uses() {
    let dir = Dir::new();
    let made = Groups::open(dir.settings(MIB));
    let named = copy::name_of(&dir.0).expect("reads");
    assert_eq!(named, Some(made.folder.journal()));
    assert_eq!(copy::first_sequence(&dir.0).expect("reads"), Some(0));
    assert_eq!(
        copy::name_of(&dir.0.join("elsewhere")).expect("reads"),
        None
    );
}

#[test]
fn a_copy_while_it_is_written_holds_what_was_acknowledged_and_is_not_damaged() {
    let dir = Dir::new();
    let acknowledged = AtomicUsize::new(0);
    let mut groups = Groups::open(dir.settings(4 * MIB));
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut next = 0;
            while next < RECORDS {
                // Groups of many lengths, so that chunks of the copy end anywhere in them.
                let count = 1 + next % 40;
                let answers = groups.commit(&payloads(next..next + count, 3000));
                assert!(answers.iter().all(Result::is_ok), "{answers:?}");
                next += count;
                acknowledged.store(next, Ordering::Release);
            }
        });
        loop {
            let is_last = writer.is_finished();
            let before = acknowledged.load(Ordering::Acquire);
            let target = Dir::new();
            let held = copy::Held::open(&dir.0).expect("opens").expect("is there");
            held.copy_from(0, &target.0).expect("copies");
            let copied = Groups::open(target.settings(4 * MIB));
            let records = read_all(&copied.folder, None);
            assert_eq!(copied.folder.damage(), Damage::default());
            assert!(records.len() >= before, "{} of {before}", records.len());
            for (seed, record) in records.iter().enumerate() {
                assert!(*record == payload(seed, 3000), "record {seed}");
            }
            if is_last {
                break;
            }
        }
    });
}

#[test]
fn groups_that_are_written_between_two_reads_are_no_damage() {
    let (dir, target) = (Dir::new(), Dir::new());
    let mut groups = Groups::open(dir.settings(8 * MIB));
    // Less than a chunk: read first, it would lack what the next one has the end of.
    groups.commit(&payloads(0..30, 3000));
    let from = fs::File::open(dir.segment(1)).expect("is there");
    fs::create_dir(target.0.join("journal")).expect("a new folder");
    let to = fs::File::create(target.segment(1)).expect("a new file");
    let mut next = 30;
    let read = |chunk: &mut [u8], at: u64| {
        let read = from.read_at(chunk, at);
        // More than a chunk, in groups of which the later ones call the earlier ones synced.
        for _ in 0..8 {
            groups.commit(&payloads(next..next + 20, 3000));
            next += 20;
        }
        read
    };
    let bytes = from.metadata().expect("is there").len();
    copy::copy_from_its_end(bytes, read, &to).expect("copies");

    let copied = Groups::open(target.settings(8 * MIB));
    let records = read_all(&copied.folder, None);
    assert_eq!(copied.folder.damage(), Damage::default());
    assert!(records.len() >= 30 && records == payloads(0..records.len(), 3000));
}

#[test]
fn a_segment_that_is_deleted_is_copied_and_one_that_is_begun_is_found() {
    let dir = Dir::new();
    let mut groups = Groups::open(dir.settings(MIB));
    groups.commit(&payloads(0..100, 10_000));
    let mut held = copy::Held::open(&dir.0).expect("opens").expect("is there");
    groups.commit(&payloads(100..200, 10_000));
    fs::remove_file(dir.segment(1)).expect("is there");
    held.look_again().expect("reads");

    let target = Dir::new();
    held.copy_from(0, &target.0).expect("copies");
    let copied = Groups::open(target.settings(MIB));
    assert!(read_all(&copied.folder, None) == payloads(0..200, 10_000));

    // From a later one on, where the rest is digested.
    let rest = Dir::new();
    held.copy_from(2, &rest.0).expect("copies");
    let first = copy::first_sequence(&rest.0).expect("reads").expect("one");
    let first = usize::try_from(first).expect("not so many");
    assert!(first > 0);
    let copied = Groups::open(rest.settings(MIB));
    assert!(read_all(&copied.folder, None) == payloads(first..200, 10_000));
}

#[test]
fn a_copy_that_is_renamed_is_another_journal_with_the_same_records() {
    let dir = Dir::new();
    let mut groups = Groups::open(dir.settings(MIB));
    groups.commit(&payloads(0..150, 10_000));
    groups.close();
    let name = Uuid::new_v4();
    copy::rename(&dir.0, name).expect("renames");
    let renamed = Groups::open(dir.settings(MIB));
    assert_eq!(renamed.folder.journal(), name);
    assert!(read_all(&renamed.folder, None) == payloads(0..150, 10_000));
    assert_eq!(renamed.folder.damage(), Damage::default());
    let names: HashSet<_> = (1..=renamed.folder.end().segment)
        .filter_map(|number| segment::Header::read(&System, &dir.segment(number)).ok()?)
        .map(|header| header.journal)
        .collect();
    assert_eq!(names, HashSet::from([name]));
}
