//! What a database has lost shows at the next start: its mark lies beside it, and knows better.

use std::path::Path;
use std::time::{Duration, Instant};

use chassis::doubles::PATIENCE;
use chassis::meta;
use chassis::store::{Mismatch, Older, Store, StoreError, StoreSettings, closed_within};
use tempfile::TempDir;

use super::{open, texts, try_open, write};

/// The files as a kill at this moment would leave them, elsewhere.
pub(super) fn killed(folder: &Path) -> TempDir {
    let left = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        // SQLite's own memory is made again by whoever opens the file.
        if !entry.file_name().to_str().unwrap().ends_with("-shm") {
            std::fs::copy(entry.path(), left.path().join(entry.file_name())).unwrap();
        }
    }
    left
}

pub(super) fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn older(folder: &Path) -> Older {
    match try_open(folder, &StoreSettings::default()) {
        Err(StoreError::Older(older)) => older,
        other => panic!("{other:?}"),
    }
}

fn accepting(folder: &Path, older: &Older) -> Store {
    let settings = StoreSettings { accept_older: format!("other:1, {}", older.accept), ..StoreSettings::default() };
    try_open(folder, &settings).unwrap()
}

#[tokio::test]
async fn a_log_that_one_damaged_byte_cuts_short_is_named_and_accepted_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    meta::get_or_make(&store, "generation", || "first".to_owned()).await.unwrap();
    for number in 0..5 {
        write(&store, &number.to_string()).await.unwrap();
    }
    let left = killed(folder.path());
    drop(store);
    let path = left.path().join("notes.db-wal");
    // In the last frame but some: what comes before it is whole.
    let length = usize::try_from(std::fs::metadata(&path).unwrap().len()).unwrap();
    flip(&path, length - 5000);

    let named = older(left.path());
    assert!(matches!(named.what, Mismatch::Behind { at, acknowledged } if at < acknowledged), "{named:?}");
    let text = named.to_string();
    assert!(text.contains("notes.db") && text.contains("--accept-older-database=notes:"), "{text}");
    assert_eq!(older(left.path()), named, "to look at it changes nothing");
    let wrong = StoreSettings { accept_older: "notes:1".to_owned(), ..StoreSettings::default() };
    assert!(matches!(try_open(left.path(), &wrong), Err(StoreError::Older(_))));

    let store = accepting(left.path(), &named);
    assert!(store.read(texts).await.unwrap().len() < 5);
    let generation = store.read(|c| meta::get(c, "generation")).await.unwrap();
    assert_eq!(generation, None, "the bus is asked for everything once more");
    write(&store, "after").await.unwrap();
    drop(store);
    assert!(closed_within(PATIENCE));
    assert_eq!(open(left.path()).read(texts).await.unwrap().last().unwrap(), "after");
}

#[tokio::test]
async fn an_older_copy_and_another_database_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = |name: &str| folder.path().join(name);
    let store = open(folder.path());
    write(&store, "yesterday").await.unwrap();
    drop(store);
    assert!(closed_within(PATIENCE));
    std::fs::copy(here("notes.db"), here("yesterday")).unwrap();
    let store = open(folder.path());
    write(&store, "today").await.unwrap();
    drop(store);
    assert!(closed_within(PATIENCE));
    std::fs::copy(here("notes.db"), here("today")).unwrap();

    std::fs::copy(here("yesterday"), here("notes.db")).unwrap();
    assert!(matches!(older(folder.path()).what, Mismatch::Behind { .. }));
    let other = tempfile::tempdir().unwrap();
    drop(open(other.path()));
    assert!(closed_within(PATIENCE));
    std::fs::copy(other.path().join("notes.db"), here("notes.db")).unwrap();
    assert_eq!(older(folder.path()).what, Mismatch::Another);
    std::fs::write(here("notes.db-mark"), "nothing that one could read").unwrap();
    assert_eq!(older(folder.path()).what, Mismatch::Unreadable);

    std::fs::copy(here("yesterday"), here("notes.db")).unwrap();
    std::fs::remove_file(here("notes.db-mark")).unwrap();
    let store = open(folder.path());
    assert_eq!(store.read(texts).await.unwrap(), ["yesterday"], "a copy that was put back without its mark is taken");
    assert_eq!(store.damaged_places(), 0);
}

#[tokio::test]
async fn a_mark_that_is_older_than_its_database_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    write(&store, "one").await.unwrap();
    let before = std::fs::read(folder.path().join("notes.db-mark")).unwrap();
    write(&store, "two").await.unwrap();
    drop(store);
    assert!(closed_within(PATIENCE));
    std::fs::write(folder.path().join("notes.db-mark"), before).unwrap();
    assert_eq!(open(folder.path()).read(texts).await.unwrap(), ["one", "two"]);
}

#[tokio::test]
async fn little_stands_in_the_log_alone_when_nothing_is_written_and_nothing_after_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let log = || std::fs::metadata(folder.path().join("notes.db-wal")).map_or(0, |file| file.len());
    let store = open(folder.path());
    write(&store, "x").await.unwrap();
    assert!(log() > 0);
    let deadline = Instant::now() + PATIENCE;
    while log() > 0 {
        assert!(Instant::now() < deadline, "it still has {} bytes", log());
        tokio::time::sleep(Duration::from_millis(50)).await; // why: between two looks at a condition with a deadline
    }
    write(&store, "y").await.unwrap();
    drop(store);
    assert!(closed_within(PATIENCE));
    assert_eq!(log(), 0);
    assert_eq!(open(folder.path()).read(texts).await.unwrap(), ["x", "y"]);
}
