//! A commit that fails: what is answered is so, or is said not to be known.

use chassis::doubles::PATIENCE;
use chassis::problem::Problem;
use chassis::store::{StoreError, WriteError, closed_within};
use diesel::connection::SimpleConnection as _;

use super::marks::killed;
use super::{note, open, texts, write};

#[tokio::test]
async fn a_group_of_unknown_fate_is_answered_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    // It commits by itself; the group's own commit fails, and everything is there.
    let answer = store
        .write::<(), std::convert::Infallible, _>(|tx| {
            note(tx, "kept all the same")?;
            tx.connection().batch_execute("COMMIT; SAVEPOINT command").map_err(StoreError::from)?;
            Ok(())
        })
        .await;
    let Err(WriteError::Failed(error @ StoreError::Unknown(_))) = answer else { panic!("{answer:?}") };
    let problem = Problem::from(error);
    assert!(problem.detail().contains("may have been kept"), "{problem}");
    write(&store, "after").await.unwrap();
    drop(store);
    assert!(closed_within(PATIENCE));
    assert_eq!(open(folder.path()).read(texts).await.unwrap(), ["kept all the same", "after"]);
}

/// What makes a lost group sure to be gone: a flush that fails leaves every frame of the group in the log's file, where a
/// recovery would find it; the next commit takes the place of its first one, and the chain ends there.
#[tokio::test]
async fn the_next_commit_overwrites_what_a_failed_one_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("notes.db-wal");
    let store = open(folder.path());
    let mut number = 0;
    let left = loop {
        number += 1;
        write(&store, &format!("kept {number}")).await.unwrap();
        // A twin commits what is lost here.
        let (twin, before) = (killed(folder.path()), std::fs::read(&log).unwrap());
        let other = open(twin.path());
        write(&other, "lost").await.unwrap();
        let after = std::fs::read(twin.path().join("notes.db-wal")).unwrap();
        // Unless one of them was copied and began again meanwhile.
        if after.len() > before.len() && after.starts_with(&before) && std::fs::read(&log).unwrap() == before {
            break after;
        }
        assert!(number < 100, "the logs never agree");
    };
    std::fs::write(&log, left).unwrap();
    let kill = killed(folder.path());
    let recovered = open(kill.path());
    assert_eq!(recovered.read(texts).await.unwrap().last().unwrap(), "lost", "a kill would bring it back");
    write(&store, "next").await.unwrap();
    let kill = killed(folder.path());
    let recovered = open(kill.path()).read(texts).await.unwrap();
    assert_eq!(recovered.last().unwrap(), "next");
    assert!(!recovered.contains(&"lost".to_owned()), "{recovered:?}");
}
