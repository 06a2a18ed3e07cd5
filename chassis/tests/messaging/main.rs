//! Store, outbox, relay, inbox and receiver, as a service uses them: one that keeps notes, and notes down what it hears.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a test fails by panicking")]

mod commits;
mod crowded;
mod hearing;
mod migrating;
mod misled;
mod relaying;
mod restoring;
mod standing;

use std::convert::Infallible;
use std::path::Path;

use chassis::store::{Connection, DbError, Store, StoreError, StoreSettings, Tx, WriteError};
use contract::{Envelope, EventId, PostCreated, PostId, Revision, Timestamp};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/messaging/migrations");

diesel::table! {
    notes (id) {
        id -> BigInt,
        text -> Text,
        mark -> Text,
    }
}

diesel::table! {
    answers (note) {
        note -> BigInt,
    }
}

fn open(folder: &Path) -> Store {
    try_open(folder, &StoreSettings::default()).unwrap()
}

fn try_open(folder: &Path, settings: &StoreSettings) -> Result<Store, StoreError> {
    Store::open(folder, "notes", MIGRATIONS, settings)
}

fn note(tx: &mut Tx<'_>, text: &str) -> Result<(), DbError> {
    diesel::insert_into(notes::table).values(notes::text.eq(text)).execute(tx.connection()).map(drop)
}

fn texts(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    notes::table.order(notes::id).select(notes::text).load(connection)
}

/// Writes a note.
async fn write(store: &Store, text: &str) -> Result<(), WriteError<Infallible>> {
    let text = text.to_owned();
    store.write(move |tx| Ok(note(tx, &text)?)).await
}

/// Writes a note and says so.
async fn write_and_say(store: &Store, text: &str) -> Result<EventId, WriteError<Infallible>> {
    let event = said(PostId::new(), text);
    let text = text.to_owned();
    store
        .write(move |tx| {
            note(tx, &text)?;
            tx.say(&event)?;
            Ok(event.id)
        })
        .await
}

/// An event that tells of this text.
fn said(subject: PostId, text: &str) -> Envelope {
    let event = PostCreated {
        id: subject,
        revision: Revision::FIRST,
        title: text.to_owned(),
        content: None,
        author_id: None,
        author_name: None,
        owner_key: None,
        created_at: Timestamp::EPOCH,
    };
    Envelope::say("/posts", &event.into(), EventId::new(), None, None)
}

/// The texts that events tell of.
fn told(events: &[Envelope]) -> Vec<String> {
    let title = |event: &Envelope| {
        let data: serde_json::Value = serde_json::from_str(event.data.as_ref()?.get()).ok()?;
        data["title"].as_str().map(str::to_owned)
    };
    events.iter().filter_map(title).collect()
}
