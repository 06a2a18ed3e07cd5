//! Group commit: many commands, one transaction, and each of them answered for itself.

use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use chassis::store::{Store, StoreError, StoreSettings, WriteError};
use diesel::prelude::*;
use futures_util::future::{join, join_all};

use super::{answers, note, notes, open, texts, try_open, write};

/// Runs these writes in as few groups as possible: all of them wait behind a command that holds up the writer.
async fn together<T>(store: &Store, writes: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let (open, gate) = mpsc::channel::<()>();
    let held = store.write::<_, (), _>(move |_| {
        // It ends, with an error, when the sender is dropped.
        gate.recv().map_err(|_| WriteError::Refused(()))
    });
    let queued = join_all(writes);
    // Each is polled in turn: the gate is queued first, then the writes, and then the gate is opened.
    let (_, (answers, ())) = join(held, join(queued, async move { drop(open) })).await;
    answers
}

#[tokio::test]
async fn a_refused_command_takes_back_its_own_changes_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let writes = (0..100).map(|number| {
        store.write(move |tx| {
            note(tx, &number.to_string())?;
            if number % 3 == 0 { Err(WriteError::Refused(number)) } else { Ok(number) }
        })
    });
    for (number, answer) in together(&store, writes).await.into_iter().enumerate() {
        match answer {
            Ok(written) => assert!(written == number && number % 3 != 0),
            Err(WriteError::Refused(refused)) => assert!(refused == number && number % 3 == 0),
            Err(error) => panic!("{number}: {error}"),
        }
    }
    let expected: Vec<String> = (0..100).filter(|number| number % 3 != 0).map(|number| number.to_string()).collect();
    assert_eq!(store.read(texts).await.unwrap(), expected);
}

#[tokio::test]
async fn a_command_that_panics_is_answered_and_spoils_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let writes = (0..10).map(|number| {
        store.write::<(), (), _>(move |tx| {
            note(tx, &number.to_string())?;
            assert_ne!(number, 4, "this panic is meant");
            Ok(())
        })
    });
    for (number, answer) in together(&store, writes).await.into_iter().enumerate() {
        assert_eq!(matches!(answer, Err(WriteError::Failed(StoreError::Panicked))), number == 4);
        assert_eq!(answer.is_ok(), number != 4);
    }
    write(&store, "after").await.unwrap();
    assert_eq!(store.read(texts).await.unwrap(), ["0", "1", "2", "3", "5", "6", "7", "8", "9", "after"]);
}

#[tokio::test]
async fn if_the_commit_fails_everyone_in_it_failed_and_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let done = Arc::new(Mutex::new(0));
    let writes = (0..10).map(|number| {
        let done = Arc::clone(&done);
        store.write::<(), (), _>(move |tx| {
            note(tx, &number.to_string())?;
            tx.after_commit(move || *done.lock().unwrap() += 1);
            if number == 4 {
                // No such note: every statement succeeds, and the commit does not.
                diesel::insert_into(answers::table).values(answers::note.eq(999_999)).execute(tx.connection())?;
            }
            Ok(())
        })
    });
    for (number, answer) in together(&store, writes).await.into_iter().enumerate() {
        assert!(matches!(answer, Err(WriteError::Failed(StoreError::Database(_)))), "{number}: {answer:?}");
    }
    assert_eq!(store.read(texts).await.unwrap(), [""; 0]);
    write(&store, "after").await.unwrap();
    assert_eq!(store.read(texts).await.unwrap(), ["after"]);
    assert_eq!(*done.lock().unwrap(), 0, "nothing is done after a commit that was none");
}

#[tokio::test]
async fn on_a_full_disk_what_was_answered_is_there_and_the_rest_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .write::<(), (), _>(|tx| {
            diesel::sql_query("PRAGMA max_page_count = 64").execute(tx.connection())?;
            Ok(())
        })
        .await
        .unwrap();
    let writes = (0..64).map(|number| {
        let text = format!("{number} {}", "x".repeat(if number % 2 == 0 { 20_000 } else { 10 }));
        let kept = text.clone();
        let write = store.write::<(), (), _>(move |tx| Ok(note(tx, &text)?));
        async move { (kept, write.await) }
    });
    let answers = together(&store, writes).await;
    let failed = answers.iter().filter(|(_, answer)| answer.is_err()).count();
    assert!(failed > 0, "the disk is not full");
    let acknowledged: Vec<_> = answers.into_iter().filter(|(_, answer)| answer.is_ok()).map(|(text, _)| text).collect();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.read(texts).await.unwrap(), acknowledged);
    write(&store, "there is room again").await.unwrap();
}

#[tokio::test]
async fn what_is_to_be_done_after_a_commit_is_done_in_order_and_before_the_answers() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let done = Arc::new(Mutex::new(Vec::new()));
    let writes = (0..50).map(|number| {
        let (later, seen) = (Arc::clone(&done), Arc::clone(&done));
        let write = store.write::<(), (), _>(move |tx| {
            note(tx, &number.to_string())?;
            tx.after_commit(move || later.lock().unwrap().push(number));
            if number % 5 == 0 { Err(WriteError::Refused(())) } else { Ok(()) }
        });
        async move {
            let answer = write.await;
            assert_eq!(answer.is_ok(), seen.lock().unwrap().contains(&number), "{number}");
        }
    });
    together(&store, writes).await;
    let expected: Vec<_> = (0..50).filter(|number| number % 5 != 0).collect();
    assert_eq!(*done.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_part_of_a_command_may_fail_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let done = Arc::new(Mutex::new(Vec::new()));
    let later = Arc::clone(&done);
    let write = store.write::<(), (), _>(move |tx| {
        note(tx, "before")?;
        for number in 0..4 {
            let later = Arc::clone(&later);
            let part = tx.savepoint(|tx| {
                note(tx, &number.to_string())?;
                tx.after_commit(move || later.lock().unwrap().push(number));
                if number % 2 == 0 { Err(WriteError::Refused(())) } else { Ok(()) }
            });
            assert_eq!(part.is_ok(), number % 2 == 1);
        }
        Ok(note(tx, "after")?)
    });
    write.await.unwrap();
    assert_eq!(store.read(texts).await.unwrap(), ["before", "1", "3", "after"]);
    assert_eq!(*done.lock().unwrap(), [1, 3]);
}

#[tokio::test]
async fn a_part_that_panics_takes_the_whole_command_with_it_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let panics = store.write::<(), (), _>(|tx| {
        note(tx, "first part")?;
        tx.savepoint(|tx| {
            note(tx, "second part")?;
            tx.savepoint(|_| -> Result<(), WriteError<()>> { panic!("a bug in a part of a part") })
        })
    });
    let (lost, kept) = tokio::join!(panics, write(&store, "another"));
    assert!(matches!(lost, Err(WriteError::Failed(StoreError::Panicked))), "{lost:?}");
    kept.unwrap();
    assert_eq!(store.read(texts).await.unwrap(), ["another"]);
}

#[tokio::test]
async fn a_read_sees_every_write_that_was_answered_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 1..=100_i64 {
        write(&store, "x").await.unwrap();
        let seen: i64 = store.read(|connection| notes::table.count().get_result(connection)).await.unwrap();
        assert_eq!(seen, number);
    }
}

#[tokio::test]
async fn a_read_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let written = store.read(|connection| diesel::delete(notes::table).execute(connection)).await;
    assert!(matches!(written, Err(StoreError::Unwritable(_))), "{written:?}");
}

#[tokio::test]
async fn a_folder_that_is_in_use_is_refused_and_free_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let settings = StoreSettings { lock_timeout: Duration::from_millis(100), ..StoreSettings::default() };
    let second = try_open(folder.path(), &settings).err();
    let Some(StoreError::Locked(path)) = second else { panic!("{second:?}") };
    assert!(path.contains("notes"), "{path}");
    write(&store, "kept").await.unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.read(texts).await.unwrap(), ["kept"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let error = try_open(&file, &StoreSettings::default()).err().map(|error| error.to_string());
    assert!(error.as_deref().is_some_and(|error| error.contains("file")), "{error:?}");
}

#[tokio::test]
async fn what_was_committed_moves_into_the_file_beside_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let size = || std::fs::metadata(folder.path().join("notes.db")).unwrap().len();
    let before = size();
    write(&store, &"x".repeat(1 << 20)).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while size() < before + (1 << 20) {
        assert!(Instant::now() < deadline, "it is still {} bytes", size());
        tokio::time::sleep(Duration::from_millis(20)).await; // why: between two looks at a condition with a deadline
    }
    assert_eq!(store.read(texts).await.unwrap()[0].len(), 1 << 20);
}
