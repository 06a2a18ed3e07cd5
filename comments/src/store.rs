//! How comments are kept, and the one way in which they change: read, decide, write and say, in one transaction.
//!
//! The writer runs commands one after another, each in a savepoint of its own. So between reading a comment and writing
//! it nobody else changes it, and an edit and a verdict that race come one after the other: whichever is second sees
//! what the first has done.

mod row;
mod table;

use std::path::Path;

use chassis::author::Caller;
use chassis::creation::{Creation, NotRepeated};
use chassis::receiver::Heard;
use chassis::restore::Restored;
use chassis::store::{DbError, Store, StoreError, StoreSettings, Tx, WriteError};
use chassis::trace;
use contract::{CommentChange, CommentId, Envelope, Event, EventId, PostId, Timestamp};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use crate::comment::{Comment, NewComment, Reaction, Refusal};
use crate::thread::{self, Cursor, Parent, Place, PostState};
use crate::{NAME, SOURCE};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// A comment as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// All that is known of it.
    pub comment: Comment,
    /// Its place in the thread.
    pub place: Place,
    /// The event that told of the last change made here.
    pub last_event: Option<EventId>,
    /// What the request that made it hashes to, if it carried an idempotency key.
    pub digest: Option<String>,
    /// Whether it was there before the request that this answers, which asked for it with the same key.
    pub replayed: bool,
}

/// A part of a thread, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The comments, tombstones among them.
    pub comments: Vec<Stored>,
    /// What the next page continues from; `None` if this is the last one.
    pub next: Option<Cursor>,
}

/// What a write comes to: the result, or why nothing was written.
pub type Written<T> = Result<T, WriteError<Refusal>>;

/// Comments and their database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Comments {
    store: Store,
    restored: Restored,
}

impl Comments {
    /// Opens the database file in `folder`, making it if there is none.
    ///
    /// # Errors
    /// If it is in use by another process, cannot be used, or cannot be migrated.
    pub async fn open(folder: &Path, settings: &StoreSettings) -> Result<Self, StoreError> {
        let store = Store::open(folder, NAME, MIGRATIONS, settings)?;
        let restored = Restored::of(&store).await?;
        Ok(Self { store, restored })
    }

    /// Whether what was said before this database was made has been read back.
    pub fn restored(&self) -> &Restored {
        &self.restored
    }

    /// The store beneath, which also holds outbox and inbox.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What is known of a post.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn post(&self, id: PostId) -> Result<PostState, StoreError> {
        self.store.read(move |c| table::post_state(c, id)).await
    }

    /// A comment whose post is open; `None` if there is none, which includes one of which only others have spoken.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(&self, id: CommentId) -> Result<Option<Stored>, StoreError> {
        self.store
            .read(move |c| {
                let Some(stored) = table::find(c, id)? else { return Ok(None) };
                let post = table::post_state(c, stored.comment.post_id)?;
                Ok((post != PostState::Closed && stored.comment.origin().is_some()).then_some(stored))
            })
            .await
    }

    /// What stands under a post behind a cursor, and what is known of the post.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(&self, post_id: PostId, after: Cursor, limit: usize) -> Result<(PostState, Listed), StoreError> {
        self.store
            .read(move |c| {
                let state = table::post_state(c, post_id)?;
                let mut rows = table::page(c, post_id, after, limit + 1)?;
                let more = rows.len() > limit;
                rows.truncate(limit);
                let next = rows.last().map(|(cursor, _)| *cursor).filter(|_| more);
                Ok((state, Listed { comments: rows.into_iter().map(|(_, stored)| stored).collect(), next }))
            })
            .await
    }

    /// Keeps a new comment. A request that is repeated finds what it made.
    ///
    /// # Errors
    /// [`Refusal`] if the post or the comment to answer does not take it; or if nothing can be written.
    pub async fn create(&self, new: NewComment, creation: Creation) -> Written<Stored> {
        let traceparent = trace::current_traceparent();
        self.store
            .write(move |tx| {
                if creation.digest.is_some()
                    && let Some(made) = table::find(tx.connection(), new.id)?
                {
                    return repeated(made, creation);
                }
                let post = table::post_state(tx.connection(), new.post_id)?;
                let above = match new.draft.parent_id {
                    Some(id) => table::find(tx.connection(), id)?,
                    None => None,
                };
                let parent = match (&above, new.draft.parent_id) {
                    (Some(above), _) => Parent::Known(&above.comment, above.place),
                    (None, Some(_)) => Parent::Unknown,
                    (None, None) => Parent::None,
                };
                let place = thread::place(post, new.post_id, parent).map_err(WriteError::Refused)?;
                let (comment, event) = Comment::create(new, Timestamp::now());
                let Creation { event: id, digest, .. } = creation;
                let stored = Stored { comment, place, last_event: Some(id.clone()), digest, replayed: false };
                table::save(tx.connection(), None, &stored)?;
                tx.say(&Envelope::say(SOURCE, &event, id, None, traceparent.as_deref()))?;
                Ok(stored)
            })
            .await
    }

    /// Replaces a comment's text; the new version is to be judged.
    ///
    /// # Errors
    /// [`Refusal`] if it is not there, not the caller's, or at another revision; or if nothing can be written.
    pub async fn edit(&self, id: CommentId, content: String, caller: Caller) -> Written<Stored> {
        self.change(id, move |comment| comment.edit(content, &caller, Timestamp::now())).await
    }

    /// Deletes a comment. Its author may ask again and is told the same.
    ///
    /// # Errors
    /// [`Refusal`] if it is not there, not the caller's, or at another revision; or if nothing can be written.
    pub async fn delete(&self, id: CommentId, caller: Caller) -> Written<Stored> {
        self.change(id, move |comment| comment.delete(&caller)).await
    }

    async fn change<F>(&self, id: CommentId, decide: F) -> Written<Stored>
    where
        F: FnOnce(&mut Comment) -> Result<Option<Event>, Refusal> + Send + 'static,
    {
        let traceparent = trace::current_traceparent();
        self.store
            .write(move |tx| {
                let before = present(tx, id)?;
                let mut now = before.clone();
                let Some(event) = decide(&mut now.comment).map_err(WriteError::Refused)? else { return Ok(before) };
                let event_id = EventId::new();
                now.last_event = Some(event_id.clone());
                table::save(tx.connection(), Some(&before), &now)?;
                tx.say(&Envelope::say(SOURCE, &event, event_id, None, traceparent.as_deref()))?;
                Ok(now)
            })
            .await
    }

    /// Passes on that somebody wants moderators to look at a comment: once per comment and person, as far as persons can
    /// be told apart. The answer is the event that told of it.
    ///
    /// # Errors
    /// [`Refusal`] if the comment is not there; or if nothing can be written.
    pub async fn report(&self, id: CommentId, reason: String, reporter: Option<String>) -> Written<EventId> {
        let traceparent = trace::current_traceparent();
        self.store
            .write(move |tx| {
                let stored = present(tx, id)?;
                let event = stored.comment.report(reason).map_err(WriteError::Refused)?;
                let event_id = EventId::new();
                if let Some(reporter) = &reporter {
                    if let Some(before) = table::report_by(tx.connection(), id, reporter)? {
                        return Ok(before);
                    }
                    table::keep_report(tx.connection(), id, reporter, &event_id)?;
                }
                tx.say(&Envelope::say(SOURCE, &event, event_id.clone(), None, traceparent.as_deref()))?;
                Ok(event_id)
            })
            .await
    }
}

/// A comment that commands may be about: it was created here, and its thread is open.
fn present(tx: &mut Tx<'_>, id: CommentId) -> Written<Stored> {
    let found = table::find(tx.connection(), id)?.filter(|stored| stored.comment.origin().is_some());
    let stored = found.ok_or(WriteError::Refused(Refusal::Unknown))?;
    match table::post_state(tx.connection(), stored.comment.post_id)? {
        PostState::Closed => Err(WriteError::Refused(Refusal::PostDeleted)),
        PostState::Open | PostState::Unknown => Ok(stored),
    }
}

fn repeated(made: Stored, creation: Creation) -> Written<Stored> {
    let repeats = match made.comment.origin() {
        Some(_) => creation.repeats(made.digest.as_deref(), !made.comment.is_there()),
        None => Err(NotRepeated::OtherRequest),
    };
    repeats.map_err(|why| WriteError::Refused(why.into()))?;
    Ok(Stored { last_event: Some(creation.event), replayed: true, ..made })
}

/// Notes that a post was created, in the transaction of its hearing.
///
/// # Errors
/// If the database fails.
pub fn post_created(tx: &mut Tx<'_>, id: PostId) -> Result<(), DbError> {
    table::post_created(tx.connection(), id)
}

/// Notes that a post was deleted, in the transaction of its hearing.
///
/// # Errors
/// If the database fails.
pub fn post_deleted(tx: &mut Tx<'_>, id: PostId) -> Result<(), DbError> {
    table::post_deleted(tx.connection(), id)
}

/// Joins what was heard of a comment to what is known of it, and says what follows, in the transaction of its hearing.
/// Of a comment that is not known it is kept until its creation is heard.
///
/// # Errors
/// If the database fails.
pub fn hear(tx: &mut Tx<'_>, heard: &Heard, said: CommentChange) -> Result<(), DbError> {
    let before = table::find(tx.connection(), said.id)?;
    let mut now = before.clone().unwrap_or_else(|| Stored {
        comment: Comment::unknown(said.id, said.post_id),
        place: Place::default(),
        last_event: None,
        digest: None,
        replayed: false,
    });
    let had_origin = now.comment.origin().is_some();
    let reaction = now.comment.hear(said.change);
    if reaction == Reaction::Nothing {
        return Ok(());
    }
    if !had_origin && now.comment.origin().is_some() {
        now.place = table::place_of(tx.connection(), &now.comment)?;
    }
    table::save(tx.connection(), before.as_ref(), &now)?;
    if let Reaction::Say(event) = reaction {
        tx.say(&heard.say(SOURCE, &event, &said.id.to_string()))?;
    }
    Ok(())
}
