//! Crashes and broken disks.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use proptest::prelude::*;

use super::{record::Salt, segment::Header, *};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The crash: pages of the group that was not synced are there or not, each by itself, and the
    /// file ends anywhere behind what was synced.
    #[test]
    fn every_acknowledged_record_comes_back_once_and_in_order_after_any_cut(
        groups in prop::collection::vec(prop::collection::vec(0usize..9000, 1..8), 0..12),
        unfinished in prop::collection::vec(0usize..9000, 1..10),
        written_pages in prop::collection::vec(any::<bool>(), 64),
        cut_at in 0.0f64..=1.0,
        restart_before in any::<bool>(),
    ) {
        let dir = Dir::new();
        let mut seeds = 0..;
        let mut make = |lengths: &[usize]| -> Vec<Vec<u8>> {
            lengths.iter().zip(&mut seeds).map(|(length, seed)| payload(seed, *length)).collect()
        };
        let mut journal = Groups::open(dir.settings(100_000));
        let mut acknowledged = Vec::new();
        for (number, lengths) in groups.iter().enumerate() {
            if restart_before && number == groups.len() / 2 {
                journal = Groups::open(dir.settings(100_000));
            }
            let records = make(lengths);
            for answer in journal.commit(&records) { answer.expect("there is room"); }
            acknowledged.extend(records);
        }

        let before = journal.folder.end();
        let old = fs::read(dir.segment(before.segment)).expect("a segment");
        let records = make(&unfinished);
        let answers = journal.commit(&records);
        let end = journal.folder.end();
        // A part that filled a segment was synced before the next was begun.
        let (finished, pending): (Vec<_>, Vec<_>) = records.into_iter().zip(answers)
            .partition(|(_, answer)| answer.expect("there is room").segment < end.segment);
        acknowledged.extend(finished.into_iter().map(|(record, _)| record));
        let rolled = end.segment > before.segment;
        let synced = if rolled { segment::START } else { before.offset };

        let path = dir.segment(end.segment);
        let mut bytes = fs::read(&path).expect("a segment");
        let from = usize::try_from(synced).expect("small");
        let pages = bytes.len().div_ceil(4096);
        for (page, _) in written_pages.iter().cycle().zip(0..pages).enumerate().filter(|(_, (written, _))| !**written) {
            let to = (page * 4096 + 4096).min(bytes.len());
            let from = from.max(page * 4096).min(to);
            for (at, byte) in bytes.iter_mut().enumerate().take(to).skip(from) {
                *byte = if rolled { 0 } else { old.get(at).copied().unwrap_or(0) };
            }
        }
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        bytes.truncate(from + ((bytes.len() - from) as f64 * cut_at) as usize);
        fs::write(&path, &bytes).expect("writes");

        let mut journal = Groups::open(dir.settings(100_000));
        let found = read_all(&journal.folder, None);
        prop_assert!(found.len() >= acknowledged.len());
        prop_assert_eq!(&found[..acknowledged.len()], &acknowledged[..]);
        for (found, (sent, _)) in found[acknowledged.len()..].iter().zip(&pending) {
            prop_assert_eq!(found, sent);
        }
        prop_assert!(found.len() <= acknowledged.len() + pending.len());
        prop_assert_eq!(journal.folder.end().sequence, found.len() as u64);

        // And it goes on from there, also over another start.
        let more = make(&[10, 20, 5000]);
        journal.commit(&more);
        let expected = [found, more].concat();
        prop_assert_eq!(&read_all(&journal.folder, None), &expected);
        let journal = Groups::open(dir.settings(100_000));
        prop_assert_eq!(&read_all(&journal.folder, None), &expected);
        prop_assert_eq!(journal.folder.damage(), Damage::default());
    }

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

#[test]
fn a_segment_with_a_damaged_header_is_set_aside() {
    let dir = Dir::new();
    let mut journal = Groups::open(dir.settings(80_000));
    let all = payloads(0..60, 3000);
    let answers = journal.commit(&all);
    overwrite(&dir.segment(2), 30, &[0xff; 8]);

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
fn stale_bytes_of_an_earlier_life_of_the_file_are_not_records() {
    let dir = Dir::new();
    let mut journal = Groups::open(dir.settings(MIB));
    journal.commit(&payloads(0..20, 1000));
    let stale = fs::read(dir.segment(1)).expect("a segment");
    let path = dir.segment(1);
    let header = Header::read(&path).expect("reads").expect("is good");

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
        segment::list(&journal_dir)
            .expect("a folder")
            .into_iter()
            .for_each(|number| {
                fs::remove_file(dir.segment(number)).expect("is there");
            });
        segment::create(&journal_dir, &Header { salt, ..header }, 4096).expect("creates");
        let start = usize::try_from(segment::START).expect("small");
        overwrite(&path, segment::START, &stale[start..]);
        let journal = Groups::open(dir.settings(MIB));
        assert_eq!(read_all(&journal.folder, None), Vec::<Vec<u8>>::new());
        assert_eq!(journal.folder.end().sequence, 0);
    }
}

#[tokio::test]
async fn a_failed_sync_fails_its_group_and_no_other() {
    static FAILING: AtomicBool = AtomicBool::new(false);
    fn sync(file: &File) -> io::Result<()> {
        if FAILING.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is gone"));
        }
        file.sync_data()
    }

    let dir = Dir::new();
    let settings = Settings {
        sync,
        ..dir.settings(MIB)
    };
    let writer = Writer::open(settings).expect("opens");
    let before = writer
        .append(b"before".to_vec())
        .await
        .expect("the disk is there");
    FAILING.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(
            writer.append(b"lost".to_vec()).await,
            Err(AppendError::Failed)
        );
    }
    FAILING.store(false, Ordering::SeqCst);
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
    let journal = Groups::open(dir.settings(MIB));
    assert_eq!(read_all(&journal.folder, None), expected);
    assert_eq!(journal.folder.damage(), Damage::default());
}

fn overwrite(path: &Path, offset: u64, bytes: &[u8]) {
    let file = File::options().write(true).open(path).expect("the segment");
    file.write_all_at(bytes, offset).expect("writes");
}
