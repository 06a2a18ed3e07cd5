//! Damage in a database file is told at the start, in the background and at once, wherever in the file it is.

use std::path::Path;
use std::time::{Duration, Instant};

use chassis::doubles::PATIENCE;
use chassis::store::{Store, StoreError, StoreSettings, closed_within};
use chassis::telemetry;

use super::{open, texts, try_open, write};

fn replace(path: &Path, needle: &[u8], with: &[u8]) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    bytes[at..at + with.len()].copy_from_slice(with);
    // In place, as a disk does it; the file stays the same one.
    std::fs::File::options().write(true).open(path).map(|file| rewrite(&file, &bytes)).unwrap();
}

fn rewrite(mut file: &std::fs::File, bytes: &[u8]) {
    std::io::Write::write_all(&mut file, bytes).unwrap();
}

async fn written(folder: &Path) {
    let store = open(folder);
    for number in 0..200 {
        write(&store, &format!("{number} an apple a day {}", "x".repeat(500))).await.unwrap();
    }
    drop(store);
    assert!(closed_within(PATIENCE));
}

async fn alarmed(store: &Store) {
    let deadline = Instant::now() + PATIENCE;
    while store.damaged_places() == 0 {
        assert!(Instant::now() < deadline, "no alarm");
        tokio::time::sleep(Duration::from_millis(20)).await; // why: between two looks at a condition with a deadline
    }
}

#[tokio::test]
async fn one_changed_letter_of_a_text_is_told_at_the_start() {
    telemetry::prometheus();
    let folder = tempfile::tempdir().unwrap();
    written(folder.path()).await;
    replace(&folder.path().join("notes.db"), b"100 an apple", b"100 an ample");
    let store = open(folder.path());
    assert_eq!(store.damaged_places(), 1);
    let metrics = telemetry::prometheus().render();
    assert!(metrics.contains("database_damage{service=\"notes\"} 1"), "{metrics}");
    assert_eq!(store.read(texts).await.unwrap().len(), 200, "the rest is there");
}

#[tokio::test]
async fn what_is_damaged_while_it_runs_is_told_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path()).await;
    let settings = StoreSettings { check_every: Duration::ZERO, ..StoreSettings::default() };
    let store = try_open(folder.path(), &settings).unwrap();
    write(&store, "while it is checked").await.unwrap();
    // A process of its own, for the file's locks are this one's.
    let path = folder.path().join("notes.db");
    let at = std::fs::read(folder.path().join("notes.db-sums")).map(|sums| sums.len() / 8).unwrap().min(20);
    let dd = std::process::Command::new("dd")
        .args(["if=/dev/zero", "bs=1", "count=64", "conv=notrunc", &format!("seek={}", at * 4096 + 2000)])
        .arg(format!("of={}", path.display()))
        .output()
        .unwrap();
    assert!(dd.status.success(), "{dd:?}");
    alarmed(&store).await;
}

#[tokio::test]
async fn a_read_that_meets_damage_tells_at_once() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path()).await;
    // Without sums nothing but SQLite itself can notice.
    std::fs::remove_file(folder.path().join("notes.db-sums")).unwrap();
    let path = folder.path().join("notes.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    for page in pages / 2..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0xff);
    }
    std::fs::write(&path, bytes).unwrap();
    let store = open(folder.path());
    assert_eq!(store.damaged_places(), 0);
    let read = store.read(texts).await;
    assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
    assert_eq!(store.damaged_places(), 1);
}

#[tokio::test]
async fn what_another_program_has_copied_or_changed_in_order_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    write(&store, "one").await.unwrap();
    let left = super::marks::killed(folder.path());
    // Whoever looks into the file after a kill copies the log, and takes it away.
    let copied = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "damage::another_program", "--nocapture"])
        .env("FOLKMOOT_TEST_DATABASE", left.path().join("notes.db"))
        .output()
        .unwrap();
    assert!(copied.status.success(), "{copied:?}");
    assert!(!left.path().join("notes.db-wal").exists());
    let store = open(left.path());
    assert_eq!(store.damaged_places(), 0);
    assert_eq!(store.read(texts).await.unwrap(), ["one"]);
}

/// What the test above runs in a process of its own; by itself it does nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of a service")]
fn another_program() {
    use diesel::Connection as _;
    let Some(path) = std::env::var_os("FOLKMOOT_TEST_DATABASE") else { return };
    let mut connection = chassis::store::Connection::establish(path.to_str().unwrap()).unwrap();
    assert_eq!(texts(&mut connection).unwrap(), ["one"]);
}
