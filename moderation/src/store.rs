//! How items are kept, and the one way in which they change: read, decide, write and say, in one transaction.
//!
//! The writer runs commands one after another, each in a savepoint of its own, so between reading an item and writing it
//! nobody else changes it: a ruling and a moderator's decision that race come one after the other.

mod log;
mod table;

use std::convert::Infallible;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use chassis::receiver::Heard;
use chassis::restore::Restored;
use chassis::store::{DbError, Store, StoreError, StoreSettings, Tx, WriteError};
use chassis::trace;
use contract::{Cause, Change, Envelope, EventId, PostId, Timestamp, Verdict};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use metrics::Gauge;

use crate::item::{self, Key, Kind, News, Text};
use crate::rules::Ruling;
use crate::undo::{self, Before, Undo};
use crate::verdict::{self, Decision, Record, Refusal, Terms};
use crate::{NAME, SOURCE, measure};

pub use log::{Entry, LogCursor, Logged};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Items and their database. Cheap to clone.
#[derive(Clone)]
pub struct Moderation {
    store: Store,
    threshold: u32,
    /// Until then verdicts are not said, only owed.
    restored: Restored,
    queue: Gauge,
}

impl fmt::Debug for Moderation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moderation").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Where a page of the queue begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    since: i64,
    number: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.since, self.number)
    }
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is what the Link of a page says")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (since, number) = text.split_once('.').ok_or(CursorError)?;
        let number_of = |digits: &str| digits.parse().map_err(|_| CursorError);
        Ok(Self { since: number_of(since)?, number: number_of(number)? })
    }
}

/// A part of the queue, longest waiting first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What waits.
    pub records: Vec<Record>,
    /// What the next page continues from; `None` if this is the last one.
    pub next: Option<Cursor>,
}

/// What a moderator does to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Decides.
    Decide(Decision),
    /// Takes back what was decided.
    Undo(Undo),
}

/// A verdict that came of it, and the event that tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The item.
    pub key: Key,
    /// The post that it stands under, or is.
    pub post_id: PostId,
    /// The verdict.
    pub verdict: Verdict,
    /// The event.
    pub event: EventId,
}

impl Moderation {
    /// Opens the database file in `folder`, making it if there is none. `threshold` is how many
    /// reports put an approved item into the queue.
    ///
    /// # Errors
    /// If it is in use by another process, cannot be used, or cannot be migrated.
    pub async fn open(folder: &Path, settings: &StoreSettings, threshold: u32) -> Result<Self, StoreError> {
        let store = Store::open(folder, NAME, MIGRATIONS, settings)?;
        let queue = measure::queue();
        let (restored, queued) = (Restored::of(&store).await?, store.read(table::queued).await?);
        #[expect(clippy::cast_precision_loss, reason = "a gauge; exact up to 2^53 items")]
        queue.set(queued as f64);
        Ok(Self { store, threshold, restored, queue })
    }

    /// The store beneath, which also holds outbox and inbox.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether everything that was said before this database was made is known here.
    pub fn restored(&self) -> &Restored {
        &self.restored
    }

    /// Joins what an event says to the item it is about, in that event's transaction, and says the verdict that follows.
    ///
    /// # Errors
    /// If the database fails.
    pub fn hear(&self, tx: &mut Tx<'_>, heard: &Heard, news: News, ruling: Option<&Ruling>) -> Result<(), DbError> {
        let brought = news.to_judge().cloned();
        let News { key, post_id, mut change } = news;
        let before = table::find(tx.connection(), key)?;
        let known_deleted = before.as_ref().is_some_and(|record| record.item.deleted.is_some());
        if key.kind == Kind::Comment && !known_deleted {
            // Nothing is said of each comment when its post goes.
            if let Some(by) = table::post_deleted(tx.connection(), post_id)? {
                change = Change::Deleted(by);
            }
        }
        let cause = Cause::of(&heard.envelope);
        let terms = Terms {
            cause: &cause,
            causation: heard.envelope.causationid.as_ref(),
            threshold: self.threshold,
            speaking: self.restored.is_so(),
        };
        if let Change::Moderated(verdict) = &change {
            let undone = before.as_ref().and_then(|record| record.before.as_ref());
            let undoes = undone.filter(|undone| terms.causation == Some(&undone.event)).map(|undone| undone.decision);
            log::note(tx.connection(), key, post_id, verdict, undoes, cause.time)?;
        }
        let mut record = before.clone().unwrap_or_else(|| Record::new(key, post_id));
        let verdict = verdict::hear(&mut record, change, brought.as_ref(), ruling, &terms);
        self.keep(tx, before.as_ref(), &record)?;
        if let Some(verdict) = verdict {
            let event = item::moderated(key, post_id, verdict.clone());
            say(tx, &heard.say(SOURCE, &event, &key.id.to_string()), key, post_id, verdict, None)?;
        }
        if let (Kind::Post, false, Some(by)) = (key.kind, known_deleted, &record.item.deleted) {
            let unqueued = table::close_thread(tx.connection(), post_id, by)?;
            self.count(tx, -unqueued);
        }
        Ok(())
    }

    /// The name that an item is under, as far as it is known.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn author_name(&self, key: Key) -> Result<Option<String>, StoreError> {
        self.store.read(move |c| table::author_name(c, key)).await
    }

    /// The same, within a transaction.
    ///
    /// # Errors
    /// If the database fails.
    pub fn author_name_in(&self, tx: &mut Tx<'_>, key: Key) -> Result<Option<String>, DbError> {
        table::author_name(tx.connection(), key)
    }

    /// Counts a report on an item, known or not.
    ///
    /// # Errors
    /// If the database fails.
    pub fn report(&self, tx: &mut Tx<'_>, heard: &Heard, key: Key, post_id: PostId) -> Result<(), DbError> {
        // Unlike everything else it cannot be joined: the same report from a log that was filled again counts once.
        if tx.heard_elsewhere(heard.log, &heard.envelope.id)? {
            return Ok(());
        }
        let before = table::find(tx.connection(), key)?;
        let mut record = before.clone().unwrap_or_else(|| Record::new(key, post_id));
        verdict::report(&mut record, self.threshold, Cause::of(&heard.envelope).time);
        self.keep(tx, before.as_ref(), &record)
    }

    /// A moderator decides, or takes back, one thing after the other. Each counts by itself; all that count are written
    /// together.
    ///
    /// # Errors
    /// If nothing is decided yet, or nothing can be written.
    pub async fn act(&self, acts: Vec<Act>) -> Result<Vec<Result<Decided, Refusal>>, WriteError<Refusal>> {
        if !self.restored.is_so() {
            return Err(WriteError::Refused(Refusal::Restoring));
        }
        let (this, traceparent) = (self.clone(), trace::current_traceparent());
        self.store
            .write(move |tx| {
                let mut results = Vec::with_capacity(acts.len());
                for act in acts {
                    results.push(match tx.savepoint(|tx| this.act_once(tx, act, traceparent.as_deref())) {
                        Ok(decided) => Ok(decided),
                        Err(WriteError::Refused(refusal)) => Err(refusal),
                        Err(failed) => return Err(failed),
                    });
                }
                Ok(results)
            })
            .await
    }

    fn act_once(&self, tx: &mut Tx<'_>, act: Act, traceparent: Option<&str>) -> Result<Decided, WriteError<Refusal>> {
        let key = match &act {
            Act::Decide(decision) => decision.key,
            Act::Undo(undo) => undo.key,
        };
        let before = table::find(tx.connection(), key)?.ok_or(WriteError::Refused(Refusal::Unknown))?;
        let mut record = before.clone();
        let (verdict, cause, undoes) = match act {
            Act::Decide(decision) => (verdict::decide(&mut record, decision).map_err(WriteError::Refused)?, None, None),
            Act::Undo(Undo { decision, .. }) => {
                let undone = undo::undo(&mut record, decision, self.threshold, Timestamp::now());
                let (verdict, cause) = undone.map_err(WriteError::Refused)?;
                (verdict, Some(cause), Some(decision))
            }
        };
        let event = item::moderated(key, record.post_id, verdict.clone());
        let id = cause.as_ref().map(|cause| cause.derive(SOURCE, event.type_name(), &key.id.to_string()));
        let said = Envelope::say(SOURCE, &event, id.unwrap_or_else(EventId::new), cause.as_ref(), traceparent);
        record.before = Some(Before::of(&before, &record, verdict.decision, &Cause::of(&said)));
        self.keep(tx, Some(&before), &record)?;
        say(tx, &said, key, record.post_id, verdict.clone(), undoes)?;
        Ok(Decided { key, post_id: record.post_id, verdict, event: said.id })
    }

    /// Some of the items that a verdict is owed to, with the text to be judged and the name under it. It is asked of the writer: whatever was
    /// heard before the database was restored is then committed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn owed(&self, limit: usize) -> Result<Vec<(Key, Text, Option<String>)>, StoreError> {
        let asked = self.store.write::<_, Infallible, _>(move |tx| Ok(table::owed(tx.connection(), limit)?));
        asked.await.map_err(WriteError::into_store_error)
    }

    /// Gives an item the verdict that it is owed, if that is still so and its text is still this one.
    ///
    /// # Errors
    /// If nothing can be written.
    pub async fn settle(&self, key: Key, text: Text, ruling: Ruling) -> Result<(), StoreError> {
        let this = self.clone();
        let settled = self
            .store
            .write::<_, Infallible, _>(move |tx| {
                let Some(before) = table::find(tx.connection(), key)? else { return Ok(()) };
                let mut record = before.clone();
                let settled = verdict::settle(&mut record, &text, &ruling, this.threshold);
                this.keep(tx, Some(&before), &record)?;
                if let Some((cause, verdict)) = settled {
                    let event = item::moderated(key, record.post_id, verdict.clone());
                    let id = cause.derive(SOURCE, event.type_name(), &key.id.to_string());
                    let said = Envelope::say(SOURCE, &event, id, Some(&cause), None);
                    say(tx, &said, key, record.post_id, verdict, None)?;
                }
                Ok(())
            })
            .await;
        settled.map_err(WriteError::into_store_error)
    }

    /// What waits for a moderator, longest waiting first, at most `limit` of it, beginning behind `after`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn queue(&self, after: Option<Cursor>, limit: usize) -> Result<Listed, StoreError> {
        self.store.read(move |c| table::queue(c, after, limit)).await
    }

    /// What was decided, latest first, at most `limit` of it, beginning behind `after`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn log(&self, after: Option<LogCursor>, limit: usize) -> Result<Logged, StoreError> {
        self.store.read(move |c| log::page(c, after, limit)).await
    }

    /// Writes an item, if it is another than before.
    fn keep(&self, tx: &mut Tx<'_>, before: Option<&Record>, record: &Record) -> Result<(), DbError> {
        match before {
            Some(before) if before == record => return Ok(()),
            Some(_) => table::update(tx.connection(), record)?,
            None => table::insert(tx.connection(), record)?,
        }
        let was_queued = before.is_some_and(|before| before.queued.is_some());
        self.count(tx, i64::from(record.queued.is_some()) - i64::from(was_queued));
        Ok(())
    }

    fn count(&self, tx: &mut Tx<'_>, difference: i64) {
        if difference != 0 {
            let queue = self.queue.clone();
            #[expect(clippy::cast_precision_loss, reason = "a gauge; exact up to 2^53 items")]
            tx.after_commit(move || queue.increment(difference as f64));
        }
    }
}

/// Says a verdict, and notes that it was said.
fn say(
    tx: &mut Tx<'_>,
    said: &Envelope,
    key: Key,
    post_id: PostId,
    verdict: Verdict,
    undoes: Option<u32>,
) -> Result<(), DbError> {
    tx.say(said)?;
    log::note(tx.connection(), key, post_id, &verdict, undoes, Cause::of(said).time)?;
    tx.after_commit(move || measure::verdict(&verdict));
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::{
        CommentCreated, CommentId, DeletedBy, Event, LogId, Parsed, PostCreated, PostDeleted, Revision, Sequence,
        Status,
    };

    use super::*;
    use crate::rules::Rules;

    impl Moderation {
        async fn hears(&self, sequence: u64, event: impl Into<Event>) {
            let event = event.into();
            let envelope = Envelope::say("/test", &event, EventId::new(), None, None);
            let (news, this) = (News::of(&event).unwrap(), self.clone());
            let ruling = news.to_judge().map(|v| Rules::built_in().unwrap().judge(news.key.kind, &v.content));
            let heard =
                Heard { envelope, event: Parsed::Known(event), log: LogId::new(), sequence: Sequence::new(sequence) };
            let written =
                self.store.write::<_, Infallible, _>(move |tx| Ok(this.hear(tx, &heard, news, ruling.as_ref())?));
            written.await.unwrap();
        }

        async fn record(&self, key: Key) -> Record {
            self.store.read(move |c| table::find(c, key)).await.unwrap().unwrap()
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_of_what_was_deleted_but_that_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let moderation = Moderation::open(folder.path(), &StoreSettings::default(), 3).await.unwrap();
        moderation.restored().set();
        let (post, comment) = (PostId::new(), CommentId::new());
        moderation
            .hears(
                1,
                PostCreated {
                    id: post,
                    revision: Revision::FIRST,
                    title: "title".to_owned(),
                    content: None,
                    author_id: None,
                    author_name: Some("Ada".to_owned()),
                    owner_key: None,
                    created_at: Timestamp::now(),
                },
            )
            .await;
        moderation
            .hears(
                2,
                CommentCreated {
                    id: comment,
                    revision: Revision::FIRST,
                    post_id: post,
                    parent_id: None,
                    content: "casino".to_owned(),
                    status: Status::Pending,
                    author_id: None,
                    author_name: Some("Bob".to_owned()),
                    owner_key: None,
                    created_at: Timestamp::now(),
                },
            )
            .await;
        let keys = [Key::post(post), Key::comment(comment)];
        assert!(moderation.record(keys[0]).await.item.standing_verdict().is_some());
        assert!(moderation.record(keys[1]).await.queued.is_some());
        moderation.hears(3, PostDeleted { id: post, deleted_by: DeletedBy::Author }).await;
        for key in keys {
            let mut gone = Record::new(key, post);
            gone.item.deleted = Some(DeletedBy::Author);
            assert_eq!(moderation.record(key).await, gone);
        }
        assert_eq!(moderation.queue(None, 10).await.unwrap(), Listed { records: Vec::new(), next: None });
    }
}
