//! Limits, closing and releasing.

use std::{
    process,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{simulated::Simulated, *};

#[tokio::test]
async fn a_full_journal_refuses_until_something_is_released() {
    let dir = Dir::new();
    let settings = Settings {
        segment_bytes: MIB,
        ..Settings::new(&dir.0, 4 * MIB)
    };
    let writer = Writer::open(settings).expect("opens");
    let mut sent = 0;
    let refused = loop {
        match writer.append(payload(sent, 100_000)).await {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, AppendError::Full);
    assert!(sent > 30, "{sent}");
    assert!(writer.folder().bytes_on_disk() <= 4 * MIB);

    let mut reader = Reader::new(writer.folder().clone(), None);
    let batch = reader.next_batch(1000, usize::MAX).expect("reads");
    assert_eq!(batch.records.len(), sent);
    // Kept for an hour, but not at the price of refusing.
    let hour = Duration::from_hours(1);
    let released = reader
        .release(batch.end, hour, SystemTime::UNIX_EPOCH)
        .expect("deletes");
    assert_eq!(released, 2, "down to half of the limit");
    writer
        .append(payload(sent, 100_000))
        .await
        .expect("there is room again");
    assert_eq!(
        reader
            .next_batch(1000, usize::MAX)
            .expect("reads")
            .records
            .len(),
        1
    );
}

#[test]
fn a_full_disk_refuses_until_there_is_room_again() {
    let disk = Simulated::new(1);
    disk.set_capacity(MIB);
    let mut journal = Groups::open(Settings {
        disk: Arc::new(disk.clone()),
        segment_bytes: 200_000,
        preallocated_bytes: 50_000,
        ..Settings::new(Path::new("/data"), 64 * MIB)
    });
    let mut sent = Vec::new();
    let refused = loop {
        let record = payload(sent.len(), 10_000);
        match journal.commit(std::slice::from_ref(&record))[0] {
            Ok(_) => sent.push(record),
            Err(error) => break error,
        }
    };
    assert_eq!(refused, AppendError::Full);
    assert!(sent.len() > 80, "{}", sent.len());
    // Small ones still fit into what is there.
    let small = payload(1000, 10);
    journal.commit(std::slice::from_ref(&small))[0].expect("it needs no room");
    sent.push(small);

    disk.set_capacity(2 * MIB);
    let more = payloads(2000..2020, 10_000);
    for answer in journal.commit(&more) {
        answer.expect("there is room again");
    }
    sent.extend(more);
    disk.lose_power();
    assert_eq!(read_all(&journal.folder, None), sent);
    assert_eq!(journal.folder.damage(), Damage::default());
}

#[test]
fn a_part_of_the_disk_is_left_to_postgres() {
    let disk = Simulated::new(1);
    disk.set_capacity(4 * MIB);
    disk.tell_room();
    let mut journal = Groups::open(Settings {
        disk: Arc::new(disk.clone()),
        segment_bytes: 200_000,
        preallocated_bytes: 50_000,
        ..Settings::new(Path::new("/data"), 64 * MIB).beside_postgres()
    });
    let record = payload(1, 10_000);
    while journal.commit(std::slice::from_ref(&record))[0].is_ok() {}
    let used = journal.folder.bytes_on_disk();
    assert!(used <= 4 * MIB * 7 / 8, "{used}");
    assert!(used > 4 * MIB * 7 / 8 - 50_000, "{used}");

    // What is digested goes at once then, though it is no hour old.
    let mut reader = Reader::new(journal.folder.clone(), None);
    let read = reader.next_batch(1000, usize::MAX).expect("reads");
    let hour = Duration::from_hours(1);
    let released = reader
        .release(read.end, hour, SystemTime::UNIX_EPOCH)
        .expect("deletes");
    assert_eq!(released, 1, "as much as is needed");
    journal.commit(&[record])[0].expect("there is room again");
}

#[tokio::test]
async fn closing_commits_what_was_queued() {
    let dir = Dir::new();
    let writer = Writer::open(dir.settings(MIB)).expect("opens");
    let name = writer.folder().journal();
    let mut reader = Reader::new(writer.folder().clone(), None);
    let (answer, ()) = tokio::join!(writer.append(b"last".to_vec()), async { writer.close() });
    let end = answer.expect("it was queued before");
    assert_eq!(
        writer.append(b"late".to_vec()).await,
        Err(AppendError::Closed)
    );
    reader.readable().await;
    assert_eq!(
        reader.next_batch(10, 10).expect("reads").records,
        [b"last".to_vec()]
    );
    assert_eq!(end, writer.folder().end());

    let again = Writer::open(dir.settings(MIB)).expect("opens");
    assert_eq!(again.folder().journal(), name);
    assert_eq!(again.folder().bytes_behind(end), 0);
    assert_eq!(end.records_until(again.folder().end()), 0);
}

#[tokio::test]
async fn records_that_are_too_long_or_too_many_are_refused() {
    let disk = Simulated::new(1);
    let writer = Writer::open(Settings {
        disk: Arc::new(disk.clone()),
        ..Settings::new(Path::new("/data"), 128 * MIB)
    })
    .expect("opens");
    disk.pause(true);
    let writer = Arc::new(writer);
    let too_large = writer.append(vec![0; RECORD_MAX_BYTES + 1]).await;
    assert_eq!(
        too_large,
        Err(AppendError::TooLarge {
            max_bytes: RECORD_MAX_BYTES
        })
    );

    // The disk takes its time: one group is in its hands, the queue fills behind it.
    let mut waiting = tokio::task::JoinSet::new();
    for seed in 0..3000 {
        let writer = writer.clone();
        waiting.spawn(async move { writer.append(payload(seed, 10)).await });
    }
    for _ in 2048..3000 {
        let answer = waiting.join_next().await.expect("three thousand");
        assert_eq!(answer.expect("no panic"), Err(AppendError::Full));
    }
    disk.pause(false);
    let answers = waiting.join_all().await;
    let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!((1024..=2048).contains(&accepted), "{accepted}");
    assert_eq!(read_all(writer.folder(), None).len(), accepted);
}

#[test]
fn segments_behind_the_cursor_go_after_their_time_and_the_last_one_never() {
    let dir = Dir::new();
    let mut journal = Groups::open(dir.settings(80_000));
    journal.commit(&payloads(0..60, 3000));
    let newest = journal.folder.end().segment;
    let mut reader = Reader::new(journal.folder.clone(), None);
    let batch = reader.next_batch(100, usize::MAX).expect("reads");
    let middle = batch.ends[30];
    let hour = Duration::from_hours(1);
    let start = SystemTime::UNIX_EPOCH + hour * 24;

    assert_eq!(reader.release(middle, hour, start).expect("deletes"), 0);
    assert_eq!(
        reader
            .release(middle, hour, start + hour / 2)
            .expect("deletes"),
        0
    );
    assert_eq!(
        reader.release(middle, hour, start + hour).expect("deletes"),
        1
    );
    assert_eq!(
        reader
            .release(batch.end, hour, start + hour)
            .expect("deletes"),
        0
    );
    reader
        .release(batch.end, hour, start + hour * 2)
        .expect("deletes");
    assert_eq!(
        segment::list(&System, &dir.0.join("journal")).expect("a folder"),
        [newest]
    );

    // A cursor whose segment is gone goes on after it, and says what it missed.
    let from_first = Reader::new(journal.folder.clone(), Some(batch.ends[0]));
    let skipped = from_first.skipped().expect("its segment is gone");
    assert_eq!(skipped.asked, batch.ends[0]);
    assert_eq!(skipped.began, from_first.position());
    assert_eq!(skipped.began.segment, newest);
    let lost = batch.ends[0].records_until(skipped.began);
    assert_eq!(
        journal.folder.damage(),
        Damage {
            gaps: 1,
            records: lost
        }
    );
}

#[test]
fn a_restart_costs_a_page_and_no_segment_without_records_stays() {
    let dir = Dir::new();
    for _ in 0..5 {
        Groups::open(dir.settings(64 * MIB));
    }
    assert_eq!(
        segment::list(&System, &dir.0.join("journal"))
            .expect("a folder")
            .len(),
        1
    );
    let mut journal = Groups::open(dir.settings(64 * MIB));
    journal.commit(&payloads(0..1, 100));
    drop(journal);
    let journal = Groups::open(dir.settings(64 * MIB));
    assert!(journal.folder.bytes_on_disk() < 5 * MIB);
}

#[test]
fn positions_pass_through_a_database() {
    let position = Position {
        segment: 1,
        offset: 2,
        sequence: 3,
    };
    assert_eq!(position.to_columns(), [1, 2, 3]);
    assert_eq!(Position::from_columns([1, 2, 3]), Some(position));
    assert_eq!(Position::from_columns([1, -2, 3]), None);
}

#[test]
fn a_data_folder_is_one_servers_at_a_time() {
    let dir = Dir::new();
    let lock = DataDirLock::acquire(&dir.0).expect("free");
    let taken = DataDirLock::acquire(&dir.0).expect_err("taken").to_string();
    let me = format!("is in use by another rollcage (process {})", process::id());
    assert!(taken.ends_with(&me), "{taken}");
    drop(lock);
    DataDirLock::acquire(&dir.0).expect("free again");
}
