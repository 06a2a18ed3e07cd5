//! A database file of an older version comes back whole, with today's tables.
//!
//! `old/notes-v1.db` was written by the first version: three events heard, two said, one of which is unsent, and a
//! table of notes without marks. `UPDATE_SNAPSHOTS=1` writes it anew, which is right only before a release.

use std::path::PathBuf;

use chassis::bus::BusClient;
use chassis::doubles::FakeBus;
use chassis::hearing::Hearing;
use chassis::ops::Readiness;
use chassis::serve::Lifetime;
use chassis::store::{Store, StoreError, StoreSettings};
use chassis::{inbox, meta, relay};
use contract::{LogId, PostId, Sequence};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::{note, notes, open, said, texts, told, write_and_say};

const FIRST: EmbeddedMigrations = embed_migrations!("tests/old/migrations-v1");
const TWICE: EmbeddedMigrations = embed_migrations!("migrations");

fn old_file() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/old/notes-v1.db"))
}

/// Writes the file as the first version would have left it.
async fn write_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "notes", FIRST, &StoreSettings::default()).unwrap();
    let bus = FakeBus::start().await;
    let lifetime = Lifetime::new();
    let (hearing, ready) = (Hearing::default(), Readiness::new(&[]));
    relay::start(store.clone(), BusClient::new(&bus.url(), None).unwrap(), hearing, ready, &lifetime);
    write_and_say(&store, "sent").await.unwrap();
    bus.wait_for(1).await;
    bus.hang();
    assert!(lifetime.end(chassis::doubles::PATIENCE).await);
    write_and_say(&store, "unsent").await.unwrap();
    store
        .write::<_, std::convert::Infallible, _>(|tx| {
            for number in 1..=3 {
                let event = said(PostId::new(), "heard");
                tx.heard(LogId::new(), Sequence::new(number), &event.id)?;
                note(tx, "heard")?;
            }
            Ok(meta::put(tx.connection(), "generation", "the-first-one")?)
        })
        .await
        .unwrap();
    drop(store);
    // The lock is let go after the last of it is in the file.
    drop(Store::open(folder.path(), "notes", FIRST, &StoreSettings::default()).unwrap());
    std::fs::copy(folder.path().join("notes.db"), old_file()).unwrap();
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of a service")]
async fn everything_of_an_older_version_is_there() {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        write_old_file().await;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(old_file(), folder.path().join("notes.db")).unwrap();
    let store = open(folder.path());
    assert_eq!(store.read(texts).await.unwrap(), ["sent", "unsent", "heard", "heard", "heard"]);
    let marks: Vec<String> = store.read(|c| notes::table.select(notes::mark).load(c)).await.unwrap();
    assert_eq!(marks, ["none"; 5]);
    assert_eq!(store.read(inbox::count).await.unwrap(), 3);
    let generation = store.read(|c| meta::get(c, "generation")).await.unwrap();
    assert_eq!(generation.as_deref(), Some("the-first-one"));
    assert!(store.backlog().bytes() > 0);

    // Another bus than the one that it knew: it gets all that is kept, sent or not.
    let bus = FakeBus::start().await;
    let (hearing, ready) = (Hearing::default(), Readiness::new(&[]));
    relay::start(store.clone(), BusClient::new(&bus.url(), None).unwrap(), hearing, ready, &Lifetime::new());
    write_and_say(&store, "new").await.unwrap();
    let mut arrived = told(&bus.wait_for(3).await);
    arrived.sort();
    assert_eq!(arrived, ["new", "sent", "unsent"]);
}

#[test]
fn two_migrations_of_one_version_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open(folder.path(), "notes", TWICE, &StoreSettings::default());
    assert!(matches!(&opened, Err(StoreError::Migration { reason, .. }) if reason.contains("version")), "{opened:?}");
}
