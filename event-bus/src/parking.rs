//! What to push next, and what an answer to it changes: the decisions of one subscription, as a state machine
//! without clock, network or disk. `worker` carries them out.
//!
//! **Window.** Behind the cursor lie the next wanted events. They are pushed in order, one push at a time; those of
//! a subject never overtake each other. The cursor moves up to the first that is neither delivered nor parked.
//!
//! **Refused.** A receiver that answers that it will not have an event speaks of that event: its subject is parked at
//! once, however many in a row, and what is behind it goes on without a pause. A batch that is refused as a whole is
//! followed by pushes of one event, growing again with success, to find which of its events are refused.
//!
//! **Poison or outage?** An event that fails otherwise may be poison, or the receiver may be down, and no single answer
//! tells. So after `patience` failures at one event, the next event of *another* subject is tried, the probe. If it
//! fails too, nothing is known, and both are tried again later, each time with another probe. If it is answered, taken
//! or refused, the first event is tried once more: when it still fails, its subject is parked. In a batch whose answer
//! has a result per event, the others' results beside it say the same as a probe. A push that fails as a whole is
//! followed by pushes of one event too.
//!
//! **Doubt.** A receiver that fails by turns could get subject after subject parked. So when `parks_in_row` parks that
//! come from failures follow each other without an ordinary success between them, they are all undone: back to where
//! the first stood. The next time it takes twice as many, so that as much real poison in a row gets parked in the end.
//! What was refused stays parked.

mod settle;
mod trouble;
mod window;

#[cfg(test)]
mod refusals;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use contract::Sequence;

use crate::entry::Entry;

pub use window::Window;

/// The bounds within which a [`Window`] decides.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The most events in one push.
    pub batch: usize,
    /// The most bytes of events in one push; one event is always pushed.
    pub bytes: usize,
    /// Failures at one event after which another subject's is tried.
    pub patience: u32,
    /// Parks in a row that come from failures and undo themselves.
    pub parks_in_row: usize,
    /// The most subjects parked; beyond, delivery stops at the next one that would be.
    pub most_parked: usize,
}

/// What to push now.
#[derive(Debug, Clone)]
pub struct Push {
    /// The events, in order; at least one.
    pub entries: Vec<Arc<Entry>>,
    /// Where the cursor will be if all of them succeed.
    pub upto: Sequence,
    /// The log's head at the last look.
    pub head: Sequence,
    /// Sent to learn whether another event's failures are its own.
    pub probe: bool,
}

/// A subject that is to be parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Park {
    /// The subject.
    pub subject: Box<str>,
    /// Its event that fails.
    pub first: Sequence,
    /// What the receiver said.
    pub error: Box<str>,
}

/// What follows from an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Subjects to park, in one transaction with the cursor.
    pub park: Vec<Park>,
    /// Parks to undo, in that transaction.
    pub unpark: Vec<Box<str>>,
    /// The cursor went back; what was read of the log is void.
    pub rewound: bool,
    /// The front moved: pauses start from the shortest again.
    pub moved: bool,
    /// Pause before the next push, growing as long as the front does not move.
    pub wait: bool,
    /// The receiver asked for at least this pause.
    pub at_least: Option<Duration>,
    /// The receiver wants no more.
    pub gone: Option<Box<str>>,
    /// What failed.
    pub error: Option<Box<str>>,
}
