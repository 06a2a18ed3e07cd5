//! What the bus asks of the engine that keeps its events: the log's side. (The other side, the registry of
//! subscriptions, is in [`crate::registry`].)
//!
//! Everything above (HTTP, streams, push) is written against this trait, so that the embedded log, one file on this
//! machine, can be replaced by a replicated one without their noticing. It is object safe for that reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::{Envelope, EventId, LogId, Sequence, Timestamp};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::entry::Entry;

/// Which events a reader wants. The default wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these types.
    pub types: Option<BTreeSet<Box<str>>>,
    /// Only this subject.
    pub subject: Option<Box<str>>,
}

impl Selection {
    /// Whether an entry is wanted.
    pub fn matches(&self, entry: &Entry) -> bool {
        self.wants(&entry.type_name, &entry.subject)
    }

    /// The same for an entry of which only these two are at hand.
    pub fn wants(&self, type_name: &str, subject: &str) -> bool {
        self.types.as_ref().is_none_or(|types| types.contains(type_name))
            && self.subject.as_deref().is_none_or(|wanted| wanted == subject)
    }
}

/// A piece of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What was wanted, in order.
    pub entries: Vec<Arc<Entry>>,
    /// How far the log was looked through, including what was not wanted: where to go on from.
    pub upto: Sequence,
    /// The log's last sequence at that time.
    pub head: Sequence,
}

/// What an id names. With its source it is one event's identity; alone it may be several's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Nothing that is in the log.
    Nothing,
    /// One event.
    One(Arc<Entry>),
    /// One event of each of these sources, in the log's order; of very many only the first ones.
    Several(Vec<Box<str>>),
}

/// Where an event comes from and what came of it, as far as events name their causes. Each event stands in it once,
/// even where foreign ones name each other in a circle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// What led to the event, the first cause first. A cause that is not in the log ends the way up.
    pub causes: Vec<Arc<Entry>>,
    /// What the event caused, and what that caused, and so on, in the log's order.
    pub effects: Vec<Arc<Entry>>,
    /// Whether there is more than was asked for.
    pub truncated: bool,
}

/// What became of one event that was to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It is in the log, on disk.
    Logged {
        /// The event's id.
        id: EventId,
        /// Its place.
        sequence: Sequence,
        /// Whether it was there before, with the same content.
        duplicate: bool,
    },
    /// Its identity is taken by an event with another type, subject or data.
    Conflict {
        /// The event's id.
        id: EventId,
        /// Where the other event stands.
        taken_by: Sequence,
    },
    /// Its identity stands in the log, at a place that is damaged: what is there cannot be held against it.
    Damaged {
        /// The event's id.
        id: EventId,
        /// The damaged place.
        sequence: Sequence,
    },
    /// Not looked at, because an event of the same source and subject before it in the same request was refused:
    /// taking this one would change their order.
    Held {
        /// The event's id.
        id: EventId,
    },
}

/// Why nothing was appended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// Too much is waiting to be written.
    #[error("too many appends are waiting")]
    Overloaded,
    /// There is no room left on the disk.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The engine failed; nothing was kept.
    #[error("the log cannot be written: {0}")]
    Failed(String),
    /// The engine failed, and whether the events are in the log is not known. To send them again is harmless.
    #[error("whether the events are in the log is not known: {0}")]
    Unknown(String),
}

/// Why the log could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The place to read from is beyond the head: it was meant for another log, or for what this one has lost.
    #[error("there is no sequence {after} yet: the log ends at {head}")]
    Ahead {
        /// The place that was asked for.
        after: Sequence,
        /// Where the log ends.
        head: Sequence,
    },
    /// What was read is not what was written. It is never served.
    #[error("the log is damaged at sequence {sequence}: {reason}")]
    Damaged {
        /// The first damaged entry on the way.
        sequence: Sequence,
        /// What does not fit.
        reason: &'static str,
    },
    /// The engine failed.
    #[error("the log cannot be read: {0}")]
    Failed(String),
}

/// Events in the order in which they were committed, numbered without holes.
pub trait Log: Send + Sync + 'static {
    /// This log's id. A log that was begun anew has another.
    fn id(&self) -> LogId;

    /// The last committed sequence, and a wake-up when it moves.
    fn head(&self) -> watch::Receiver<Sequence>;

    /// Appends events in one transaction and answers when they are on disk; one result per event, in order.
    fn append(&self, events: Vec<Envelope>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>>;

    /// Reads what is wanted after a place, in order, up to a place (including it) or the head.
    ///
    /// At most `max_events`, and at most `max_bytes` of JSON except that one event is always given. May stop earlier
    /// while it looks through what is not wanted: go on from [`Page::upto`] until that is the end.
    fn read<'a>(
        &'a self,
        after: Sequence,
        upto: Option<Sequence>,
        selection: &'a Selection,
        max_events: usize,
        max_bytes: usize,
    ) -> BoxFuture<'a, Result<Page, ReadError>>;

    /// The event with this id, of this source if one is given.
    fn event<'a>(&'a self, id: &'a str, source: Option<&'a str>) -> BoxFuture<'a, Result<Named, ReadError>>;

    /// What caused an event and what it caused: at most `most` causes, the nearest, and at most `most` effects,
    /// generation by generation, in at most `max_bytes` of JSON.
    ///
    /// Events name their cause by its id alone. Where several sources used that id, the earliest such event is the
    /// cause, and what names it is an effect of each.
    fn lineage<'a>(
        &'a self,
        event: &'a Entry,
        most: usize,
        max_bytes: usize,
    ) -> BoxFuture<'a, Result<Lineage, ReadError>>;

    /// The last sequence that was recorded before a time: reading after it gives everything since then.
    fn before_time(&self, time: Timestamp) -> BoxFuture<'_, Result<Sequence, ReadError>>;

    /// How many wanted events there are after a place.
    fn count<'a>(&'a self, after: Sequence, selection: &'a Selection) -> BoxFuture<'a, Result<u64, ReadError>>;
}
