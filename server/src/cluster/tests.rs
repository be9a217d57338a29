//! A real Postgres in a temporary folder; as root it runs as `nobody`.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{Cluster, ClusterError, ClusterSettings};

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Dir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rollcage-{}-{number}{name}", process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Dir(path)
    }

    fn settings(&self) -> ClusterSettings {
        ClusterSettings {
            data_dir: self.0.clone(),
            bin_dir: None,
            user: "nobody".to_owned(),
        }
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("nothing writes here any more");
    }
}

fn server_pid(data_dir: &Path) -> String {
    let content = fs::read_to_string(data_dir.join("postgres/postmaster.pid")).expect("it runs");
    content.lines().next().expect("a number").to_owned()
}

#[tokio::test]
async fn it_is_made_adopted_stopped_and_started_again() {
    let dir = Dir::new("");
    // What an interrupted `initdb` leaves.
    fs::create_dir_all(dir.0.join("postgres.new.1/base")).expect("a folder");

    let first = Cluster::start(&dir.settings()).await.expect("starts");
    assert!(!dir.0.join("postgres.new.1").exists());
    let metadata = fs::metadata(dir.0.join("postgres")).expect("a folder");
    assert_eq!(metadata.mode() & 0o777, 0o700);
    assert_ne!(metadata.uid(), 0);
    let found = Cluster::find_running(&dir.0).await.expect("may ask");
    assert_eq!(found, Some(first.url()));

    let pid = server_pid(&dir.0);
    drop(first); // the server was killed
    let adopted = Cluster::start(&dir.settings()).await.expect("adopts");
    assert_eq!(server_pid(&dir.0), pid);
    adopted.stop().await;
    assert_eq!(Cluster::find_running(&dir.0).await.expect("may ask"), None);

    // A number that now belongs to another process: this one.
    let stale = format!(
        "{}\n{}\n0\n5432\n\n\n0 0\nready\n",
        process::id(),
        dir.0.display()
    );
    fs::write(dir.0.join("postgres/postmaster.pid"), stale).expect("writes");
    let again = Cluster::start(&dir.settings()).await.expect("starts again");
    again.stop().await;
}

#[tokio::test]
async fn what_a_crash_left_of_a_replacement_is_ended_at_the_next_start() {
    let dir = Dir::new("");
    let start = async || Cluster::start(&dir.settings()).await.expect("starts");
    start().await.stop().await;
    let at = |name: &str| dir.0.join(name);
    let identity =
        |name: &str| fs::read(at(name).join("global/pg_control")).map(|it| it[..8].to_vec());
    let old = identity("postgres").expect("a cluster");

    // Before the new one got its name.
    fs::rename(at("postgres"), at("postgres.replaced")).expect("it is stopped");
    fs::create_dir(at("postgres.new.upgrade")).expect("a new folder");
    start().await.stop().await;
    assert_eq!(identity("postgres").expect("it is back"), old);
    assert!(!at("postgres.new.upgrade").exists());

    // After it.
    fs::rename(at("postgres"), at("postgres.replaced")).expect("it is stopped");
    let elsewhere = Dir::new("");
    let settings = elsewhere.settings();
    Cluster::start(&settings)
        .await
        .expect("starts")
        .stop()
        .await;
    fs::rename(elsewhere.0.join("postgres"), at("postgres")).expect("the same disk");
    let new = identity("postgres").expect("a cluster");
    assert_ne!(new, old);
    start().await.stop().await;
    assert_eq!(identity("postgres").expect("it stays"), new);
    let major = fs::read_to_string(at("postgres/PG_VERSION")).expect("a cluster");
    let kept = format!("postgres.{}", major.trim());
    assert_eq!(identity(&kept).expect("it is kept"), old);
    assert!(!at("postgres.replaced").exists());
}

#[tokio::test]
async fn a_long_folder_has_its_socket_in_a_short_one_of_its_own() {
    let dir = Dir::new(&format!(" a,ä+{}", "x".repeat(100)));
    let cluster = Cluster::start(&dir.settings()).await.expect("starts");
    let found = Cluster::find_running(&dir.0).await.expect("may ask");
    assert_eq!(found, Some(cluster.url()));
    let socket_dir = fs::read_to_string(dir.0.join("postgres.socket")).expect("is named");
    assert_eq!(
        fs::metadata(&socket_dir).expect("a folder").mode() & 0o777,
        0o700
    );

    cluster.stop().await;
    let again = Cluster::start(&dir.settings()).await.expect("starts");
    assert_eq!(Some(again.url()), found, "the folder is used again");
    again.stop().await;
    fs::remove_dir_all(socket_dir).expect("it is there");
}

#[tokio::test]
async fn what_postgres_says_is_in_the_error() {
    let dir = Dir::new("");
    Cluster::start(&dir.settings())
        .await
        .expect("starts")
        .stop()
        .await;
    let configuration = dir.0.join("postgres/postgresql.conf");
    let text = fs::read_to_string(&configuration).expect("reads");
    fs::write(&configuration, text + "shared_buffers = 'much'\n").expect("writes");
    let error = Cluster::start(&dir.settings())
        .await
        .expect_err("it is wrong")
        .to_string();
    assert!(error.starts_with("postgres failed: "), "{error}");
    assert!(
        error.contains("shared_buffers") && !error.contains('\n'),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_that_others_may_not_enter_is_named() {
    let dir = Dir::new("");
    if fs::metadata(&dir.0).expect("a folder").uid() != 0 {
        return; // only root runs Postgres as somebody else
    }
    fs::set_permissions(&dir.0, fs::Permissions::from_mode(0o700)).expect("is ours");
    let data_dir = dir.0.join("data");
    let settings = ClusterSettings {
        data_dir,
        ..dir.settings()
    };
    match Cluster::start(&settings).await {
        Err(ClusterError::OutOfReach { barrier, .. }) => assert_eq!(barrier, dir.0),
        other => panic!("{other:?}"),
    }
}
