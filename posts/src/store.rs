//! How posts are kept, and the one way in which they change: read, decide, write and say, in one transaction.
//!
//! The writer runs commands one after another, each in a savepoint of its own, so between reading a post and writing it
//! nobody else changes it. A creation does not read at all unless it may be a repetition: its id is new.

mod table;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chassis::author::Caller;
use chassis::creation::Creation;
use chassis::restore::Restored;
use chassis::store::{Store, StoreError, StoreSettings, Tx, WriteError};
use chassis::trace;
use contract::{Envelope, Event, EventId, PostChange, PostCreated, PostId, PostItem, Timestamp};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use crate::post::{self, Edit, Refusal};
use crate::{NAME, SOURCE};

/// How long a command waits for what is being read back.
const PATIENCE: Duration = Duration::from_secs(1);

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// A post as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The post's id.
    pub id: PostId,
    /// All that is known of it.
    pub item: PostItem,
    /// The event that told of the last change made here.
    pub last_event: Option<EventId>,
    /// Whether it was there before the request that this answers, which asked for it with the same key.
    pub replayed: bool,
}

/// A part of the list, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The posts.
    pub posts: Vec<Stored>,
    /// What the next page continues from; `None` if this is the last one.
    pub next: Option<i64>,
}

/// Posts and their database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Posts {
    store: Store,
    restored: Restored,
    /// The posts that this process has created while the database was being filled: all that was ever said of them is
    /// here.
    made: Arc<Mutex<HashSet<PostId>>>,
}

impl Posts {
    /// Opens the database file in `folder`, making it if there is none.
    ///
    /// # Errors
    /// If it is in use by another process, cannot be used, or cannot be migrated.
    pub async fn open(folder: &Path, settings: &StoreSettings) -> Result<Self, StoreError> {
        let store = Store::open(folder, NAME, MIGRATIONS, settings)?;
        let restored = Restored::of(&store).await?;
        Ok(Self { store, restored, made: Arc::default() })
    }

    /// Whether everything that was said before is in this database. False only while a new one is being filled.
    pub fn restored(&self) -> &Restored {
        &self.restored
    }

    /// Whether everything that was ever said of this post is here.
    fn is_whole(&self, id: PostId) -> bool {
        self.restored.is_so() || self.made().contains(&id)
    }

    /// The same, after waiting a moment: on a new board everything is back at once.
    async fn becomes_whole(&self, id: Option<PostId>) -> bool {
        if id.map_or_else(|| self.restored.is_so(), |id| self.is_whole(id)) {
            return true;
        }
        self.restored.within(PATIENCE).await
    }

    fn made(&self) -> MutexGuard<'_, HashSet<PostId>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything is back: which posts were created meanwhile makes no difference any more.
    pub fn settle(&self) {
        *self.made() = HashSet::new();
    }

    /// The store beneath, which also holds outbox and inbox.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Creates a post, or finds the one that the same request made before.
    ///
    /// # Errors
    /// If the key came with another request before, the post was deleted since, it is not known yet whether the request
    /// came before, or nothing can be written.
    pub async fn create(&self, creation: Creation, created: PostCreated) -> Result<Stored, WriteError<Refusal>> {
        if creation.digest.is_some() && !self.becomes_whole(None).await {
            return Err(WriteError::Refused(Refusal::NotYet));
        }
        let said = say(&creation.event, &created.clone().into());
        let this = self.clone();
        self.store
            .write(move |tx| {
                let id = created.id;
                if !this.restored.is_so() {
                    tx.after_commit(move || {
                        this.made().insert(id);
                    });
                }
                let before = match &creation.digest {
                    Some(_) => table::find(tx.connection(), id)?,
                    None => None,
                };
                let mut item = match before {
                    Some(before) if before.item.origin.is_some() => return repeated(tx, before, &creation),
                    Some(only_heard_of) => {
                        table::remove(tx.connection(), id)?;
                        only_heard_of.item
                    }
                    None => PostItem::new(),
                };
                item.apply(PostChange::from(created).change);
                let stored = Stored { id, item, last_event: Some(creation.event), replayed: false };
                table::insert(tx.connection(), &stored, creation.digest.as_deref())?;
                tx.say(&said)?;
                Ok(stored)
            })
            .await
    }

    /// Changes a post's text.
    ///
    /// # Errors
    /// If the caller may not, or nothing can be written.
    pub async fn edit(&self, id: PostId, edit: Edit, caller: Caller) -> Result<Stored, WriteError<Refusal>> {
        let now = Timestamp::now();
        self.change(id, move |item| Ok(post::edit(id, item, edit, &caller, now)?.map(Event::from))).await
    }

    /// Deletes a post's text for good; what stays is that it was there, and whose it was.
    ///
    /// # Errors
    /// If the caller may not, or nothing can be written.
    pub async fn delete(&self, id: PostId, caller: Caller) -> Result<Stored, WriteError<Refusal>> {
        self.change(id, move |item| Ok(post::delete(id, item, &caller)?.map(Event::from))).await
    }

    async fn change(
        &self,
        id: PostId,
        decide: impl FnOnce(&PostItem) -> Result<Option<Event>, Refusal> + Send + 'static,
    ) -> Result<Stored, WriteError<Refusal>> {
        if !self.becomes_whole(Some(id)).await {
            return Err(WriteError::Refused(Refusal::NotYet));
        }
        let traceparent = trace::current_traceparent();
        self.store
            .write(move |tx| {
                let found = table::find(tx.connection(), id)?;
                let mut stored = found.ok_or(WriteError::Refused(Refusal::Unknown))?;
                let Some(event) = decide(&stored.item).map_err(WriteError::Refused)? else { return Ok(stored) };
                let said = Envelope::say(SOURCE, &event, EventId::new(), None, traceparent.as_deref());
                if let Some(change) = PostChange::of(&event) {
                    stored.item.apply(change.change);
                }
                stored.last_event = Some(said.id.clone());
                table::update(tx.connection(), &stored)?;
                tx.say(&said)?;
                Ok(stored)
            })
            .await
    }

    /// The post with this id, whatever has become of it.
    ///
    /// # Errors
    /// If there is none, what became of it is still being read back, or the database fails.
    pub async fn find(&self, id: PostId) -> Result<Stored, WriteError<Refusal>> {
        // Before a verdict on it is read back, a post would be shown that was rejected.
        if !self.becomes_whole(Some(id)).await {
            return Err(WriteError::Refused(Refusal::NotYet));
        }
        self.store.read(move |c| table::find(c, id)).await?.ok_or(WriteError::Refused(Refusal::Unknown))
    }

    /// What everyone may see, newest first, at most `limit` of it, beginning below `before`.
    ///
    /// # Errors
    /// If posts are still being read back, or the database fails.
    pub async fn list(&self, before: Option<i64>, limit: usize) -> Result<Listed, WriteError<Refusal>> {
        if !self.becomes_whole(None).await {
            return Err(WriteError::Refused(Refusal::NotYet));
        }
        Ok(self.store.read(move |c| table::list(c, before, limit)).await?)
    }
}

/// Joins to a post what an event that was heard says of it, in that event's transaction. A post that is not known yet
/// is noted with what was heard.
///
/// # Errors
/// If the database fails.
pub fn hear(tx: &mut Tx<'_>, heard: PostChange) -> Result<(), chassis::store::DbError> {
    let Some(mut stored) = table::find(tx.connection(), heard.id)? else {
        let mut item = PostItem::new();
        item.apply(heard.change);
        return table::insert(tx.connection(), &Stored { id: heard.id, item, last_event: None, replayed: false }, None);
    };
    if stored.item.apply(heard.change).is_changed() {
        table::update(tx.connection(), &stored)?;
    }
    Ok(())
}

fn say(id: &EventId, event: &Event) -> Envelope {
    Envelope::say(SOURCE, event, id.clone(), None, trace::current_traceparent().as_deref())
}

/// The answer to a creation that was made before: the post as it is now.
fn repeated(tx: &mut Tx<'_>, before: Stored, creation: &Creation) -> Result<Stored, WriteError<Refusal>> {
    let made = table::request_digest(tx.connection(), before.id)?;
    let repeats = creation.repeats(made.as_deref(), before.item.deleted.is_some());
    repeats.map_err(|why| WriteError::Refused(why.into()))?;
    Ok(Stored { last_event: Some(creation.event.clone()), replayed: true, ..before })
}
