//! More than fits: every queue is bounded, and its full case is an answer.

use std::convert::Infallible;
use std::sync::mpsc;

use chassis::store::{StoreSettings, WriteError};
use contract::PostId;
use futures_util::future::{join, join_all};

use super::{note, open, said, texts, try_open, write, write_and_say};

#[tokio::test]
async fn writes_beyond_the_queue_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (open, gate) = mpsc::channel::<()>();
    let held = store.write::<(), (), _>(move |_| gate.recv().map_err(|_| WriteError::Refused(())));
    let writes = join_all((0..10_000).map(|_| write(&store, "x")));
    let (_, (answers, ())) = join(held, join(writes, async move { drop(open) })).await;
    let overloaded = answers.iter().filter(|answer| matches!(answer, Err(WriteError::Overloaded))).count();
    let written = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(overloaded > 0 && written > 1000, "{overloaded} refused, {written} written");
    assert_eq!(overloaded + written, answers.len());
    assert_eq!(store.read(texts).await.unwrap().len(), written);
}

#[tokio::test]
async fn what_does_not_fit_into_the_outbox_is_not_written_either() {
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings { outbox_limit: 2000, ..StoreSettings::default() };
    let store = try_open(folder.path(), &settings).unwrap();
    let answers = join_all((0..20).map(|_| write_and_say(&store, "x"))).await;
    let full = answers.iter().filter(|answer| matches!(answer, Err(WriteError::OutboxFull))).count();
    let written = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(full > 0 && written > 0, "{full} refused, {written} written");
    assert_eq!(full + written, 20);
    assert_eq!(store.read(texts).await.unwrap().len(), written);
    assert!(store.backlog().bytes() <= 2000);
    write(&store, "says nothing").await.unwrap();
    let bytes = store.backlog().bytes();
    drop(store);
    let store = try_open(folder.path(), &settings).unwrap();
    assert_eq!(store.backlog().bytes(), bytes, "a restart counts the same");
    assert!(matches!(write_and_say(&store, "x").await, Err(WriteError::OutboxFull)));
}

#[tokio::test]
async fn what_was_taken_back_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let refused = store.write::<(), (), _>(|tx| {
        note(tx, "x")?;
        tx.say(&said(PostId::new(), "x"))?;
        Err(WriteError::Refused(()))
    });
    assert!(refused.await.is_err());
    assert_eq!(store.backlog().bytes(), 0);
    let event = said(PostId::new(), "once");
    for expected in [true, false] {
        let event = event.clone();
        let new = store.write::<_, Infallible, _>(move |tx| Ok(tx.say(&event)?)).await.unwrap();
        assert_eq!(new, expected, "an event is said once");
    }
    assert_eq!(store.backlog().bytes(), event.to_json().len() as u64);
}
