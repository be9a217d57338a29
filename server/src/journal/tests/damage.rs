//! Crashes and broken disks.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
};

use proptest::prelude::*;

use super::{
    record::Salt,
    segment::Header,
    simulated::{Failures, Simulated},
    *,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The reader never takes anything for a record that was not appended, whatever a disk does.
    #[test]
    fn whatever_is_damaged_the_rest_comes_back_in_order_and_the_loss_is_counted(
        damage in prop::collection::vec((1u64..4, 0.0f64..1.0, 1usize..6000, any::<u8>()), 1..5),
    ) {
        let dir = Dir::new();
        let all = payloads(0..60, 3000);
        let mut journal = Groups::open(dir.settings(80_000));
        for group in all.chunks(3) { journal.commit(group); }
        let newest = journal.folder.end().segment;
        prop_assert!(newest >= 3);
        drop(journal);
        for (number, place, length, byte) in damage {
            let path = dir.segment(number.min(newest - 1));
            let bytes = fs::metadata(&path).expect("a segment").len();
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let offset = ((bytes as f64) * place) as u64;
            let length = length.min(usize::try_from(bytes - offset).expect("small"));
            overwrite(&path, offset, &vec![byte; length]);
        }

        let journal = Groups::open(dir.settings(80_000));
        let found = read_all(&journal.folder, None);
        let mut rest = all.iter();
        for record in &found {
            prop_assert!(rest.any(|sent| sent == record), "out of order, twice or never sent");
        }
        // A lost first segment was before anything the reader knows of.
        let first = journal.folder.start_of_first_from(0).expect("segments").sequence;
        let lost = all.len() as u64 - first - found.len() as u64;
        prop_assert_eq!(journal.folder.damage().records, lost);
    }
}

#[test]
fn damage_in_the_middle_is_skipped_counted_once_and_kept() {
    let dir = Dir::new();
    let all = payloads(0..40, 3000);
    let mut journal = Groups::open(dir.settings(2 * MIB));
    let answers: Vec<_> = all
        .iter()
        .flat_map(|record| journal.commit(std::slice::from_ref(record)))
        .collect();
    let before = answers[9].expect("there is room");
    overwrite(&dir.segment(1), before.offset + 100, &[0; 4096]); // the records 10 and 11

    let journal = Groups::open(dir.settings(2 * MIB));
    let expected = [&all[..10], &all[12..]].concat();
    assert_eq!(read_all(&journal.folder, None), expected);
    assert_eq!(
        journal.folder.damage(),
        Damage {
            gaps: 1,
            records: 2
        }
    );
    assert_eq!(dir.quarantined(), [1]);

    let mut reader = Reader::new(journal.folder.clone(), Some(before));
    let first = reader.next_batch(100, usize::MAX).expect("reads");
    reader.seek(first.start);
    assert_eq!(reader.next_batch(100, usize::MAX).expect("reads"), first);
    assert_eq!(journal.folder.damage().gaps, 2, "one for each reader");
    assert_eq!(first.end.records_until(journal.folder.end()), 0);
}

/// A disk, or a folder that was restored, may be behind Postgres.
#[test]
fn a_journal_that_ends_before_its_cursor_is_read_from_its_end() {
    let dir = Dir::new();
    let mut journal = Groups::open(dir.settings(MIB));
    journal.commit(&payloads(0..3, 100));
    let older = fs::read(dir.segment(1)).expect("a segment");
    journal.commit(&payloads(3..9, 100));
    let cursor = journal.folder.end();
    drop(journal);
    fs::write(dir.segment(1), older).expect("writes");

    let mut journal = Groups::open(dir.settings(MIB));
    let end = journal.folder.end();
    assert_eq!(cursor.sequence - end.sequence, 6);
    let mut reader = Reader::new(journal.folder.clone(), Some(cursor));
    let skipped = reader.skipped().expect("the cursor is not there");
    assert_eq!((skipped.asked, skipped.began), (cursor, end));
    // Not only when there are six again.
    let more = payloads(9..10, 100);
    journal.commit(&more);
    assert_eq!(reader.position().records_until(journal.folder.end()), 1);
    let batch = reader.next_batch(10, usize::MAX).expect("reads");
    assert_eq!(batch.records, more);
}

#[test]
fn a_segment_with_a_damaged_header_is_set_aside() {
    let dir = Dir::new();
    let mut journal = Groups::open(dir.settings(80_000));
    let all = payloads(0..60, 3000);
    let answers = journal.commit(&all);
    overwrite(&dir.segment(2), 30, &[0xff; 2048]); // both copies

    let journal = Groups::open(dir.settings(80_000));
    let in_second = |answer: &Result<Position, _>| answer.is_ok_and(|at| at.segment == 2);
    let (lost, kept): (Vec<_>, Vec<_>) = all
        .into_iter()
        .zip(&answers)
        .partition(|(_, answer)| in_second(answer));
    let kept: Vec<_> = kept.into_iter().map(|(record, _)| record).collect();
    assert_eq!(read_all(&journal.folder, None), kept);
    assert_eq!(dir.quarantined(), [2]);
    assert_eq!(
        journal.folder.damage(),
        Damage {
            gaps: 1,
            records: lost.len() as u64
        }
    );
}

#[test]
fn a_segment_that_the_disk_does_not_give_back_costs_no_other_and_no_start() {
    let disk = Simulated::new(1);
    let settings = Settings {
        disk: Arc::new(disk.clone()),
        segment_bytes: 20_000,
        ..Settings::new(Path::new("/data"), MIB)
    };
    let all = payloads(0..40, 1000);
    let mut journal = Groups::open(settings.clone());
    let answers = journal.commit(&all);
    let segments = journal.folder.end().segment;
    assert_eq!(segments, 3);
    journal.close();
    let in_second = |answer: &Result<Position, _>| answer.is_ok_and(|at| at.segment == 2);
    let lost = answers.iter().filter(|answer| in_second(answer)).count();
    let kept: Vec<_> = all
        .into_iter()
        .zip(&answers)
        .filter(|(_, answer)| !in_second(answer))
        .map(|(record, _)| record)
        .collect();
    let expected = Damage {
        gaps: 1,
        records: lost as u64,
    };

    // While it runs, and at each start; it cannot even be taken away.
    disk.break_file(&segment::path(&settings.dir, 2));
    assert_eq!(read_all(&journal.folder, None), kept);
    assert_eq!(journal.folder.damage(), expected);
    for _ in 0..2 {
        let journal = Groups::open(settings.clone());
        assert_eq!(read_all(&journal.folder, None), kept);
        assert_eq!(journal.folder.damage(), expected);
    }
}

/// A start that is cut short twice leaves two of them.
#[test]
fn segments_without_records_between_others_are_no_damage() {
    let dir = Dir::new();
    let mut journal = Groups::open(dir.settings(MIB));
    let first = payloads(0..3, 100);
    journal.commit(&first);
    journal.close();
    let header = Header::read(&System, &dir.segment(1))
        .expect("reads")
        .expect("is good");
    let journal_dir = dir.0.join("journal");
    for number in 2..5 {
        let header = Header {
            number,
            first_sequence: 3,
            ..header
        };
        segment::draft(&System, &journal_dir, &header, 8192).expect("creates");
        segment::name(&System, &journal_dir, number).expect("names");
    }

    let mut journal = Groups::open(dir.settings(MIB));
    let second = payloads(3..6, 100);
    journal.commit(&second);
    assert_eq!(read_all(&journal.folder, None), [first, second].concat());
    assert_eq!(journal.folder.damage(), Damage::default());
}

#[test]
fn stale_bytes_of_an_earlier_life_of_the_file_are_not_records() {
    let dir = Dir::new();
    let mut journal = Groups::open(dir.settings(MIB));
    journal.commit(&payloads(0..20, 1000));
    let stale = fs::read(dir.segment(1)).expect("a segment");
    let path = dir.segment(1);
    let header = Header::read(&System, &path)
        .expect("reads")
        .expect("is good");

    // The same file, made anew under another salt, with all its old records still in place.
    for salt in [
        Salt {
            magic: 1,
            ..header.salt
        },
        Salt {
            crc: 1,
            ..header.salt
        },
    ] {
        let journal_dir = dir.0.join("journal");
        segment::list(&System, &journal_dir)
            .expect("a folder")
            .into_iter()
            .for_each(|number| {
                fs::remove_file(dir.segment(number)).expect("is there");
            });
        segment::draft(&System, &journal_dir, &Header { salt, ..header }, 4096).expect("creates");
        segment::name(&System, &journal_dir, header.number).expect("names");
        let start = usize::try_from(segment::START).expect("small");
        overwrite(&path, segment::START, &stale[start..]);
        let journal = Groups::open(dir.settings(MIB));
        assert_eq!(read_all(&journal.folder, None), Vec::<Vec<u8>>::new());
        assert_eq!(journal.folder.end().sequence, 0);
    }
}

#[tokio::test]
async fn a_failed_sync_fails_its_group_and_no_other() {
    let disk = Simulated::new(1);
    let settings = Settings {
        disk: Arc::new(disk.clone()),
        ..Settings::new(Path::new("/data"), 8 * MIB)
    };
    let writer = Writer::open(settings.clone()).expect("opens");
    let before = writer
        .append(b"before".to_vec())
        .await
        .expect("the disk is there");
    disk.set_failures(Failures {
        syncs: 1000,
        ..Failures::default()
    });
    for _ in 0..3 {
        assert_eq!(
            writer.append(b"lost".to_vec()).await,
            Err(AppendError::Failed)
        );
    }
    disk.set_failures(Failures::default());
    let after = writer
        .append(b"after".to_vec())
        .await
        .expect("the disk is back");

    assert!(
        after.segment > before.segment,
        "the file is not written again"
    );
    assert_eq!(after.sequence, before.sequence + 1);
    let expected = [b"before".to_vec(), b"after".to_vec()];
    assert_eq!(read_all(writer.folder(), None), expected);
    writer.close();
    disk.lose_power();
    let journal = Groups::open(settings);
    assert_eq!(read_all(&journal.folder, None), expected);
    assert_eq!(journal.folder.damage(), Damage::default());
}

fn overwrite(path: &Path, offset: u64, bytes: &[u8]) {
    let file = File::options().write(true).open(path).expect("the segment");
    file.write_all_at(bytes, offset).expect("writes");
}
