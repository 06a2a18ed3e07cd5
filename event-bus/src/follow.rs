//! Past, then live: one loop for every kind of stream, so that there is one place where a gap or a double could be.
//!
//! It reads a page after its cursor and moves the cursor to where the page ends; only where there is nothing more does
//! it wait for the head to move. Live events are not handed over from anywhere: they are the next page.

use std::sync::Arc;

use contract::Sequence;
use tokio::sync::watch;

use crate::engine::{Log, Page, ReadError, Selection};

/// The most events in one batch.
const BATCH_EVENTS: usize = 512;
/// The most bytes in one batch, except for a single event.
const BATCH_BYTES: usize = 256 * 1024;

/// A reader that goes on for ever.
pub(crate) struct Follower {
    log: Arc<dyn Log>,
    selection: Selection,
    cursor: Sequence,
    head: watch::Receiver<Sequence>,
    /// The head at opening, until it was told that it is reached.
    mark: Option<Sequence>,
}

/// What a follower comes upon.
#[derive(Debug)]
pub(crate) enum Step {
    /// Events.
    Batch(Page),
    /// Everything up to the head at opening has been given.
    CaughtUp(Sequence),
}

impl Follower {
    pub(crate) fn new(log: Arc<dyn Log>, selection: Selection, after: Sequence) -> Self {
        let mut head = log.head();
        let mark = Some(*head.borrow_and_update());
        Self { log, selection, cursor: after, head, mark }
    }

    /// The head at opening.
    pub(crate) fn mark(&self) -> Sequence {
        self.mark.unwrap_or(self.cursor)
    }

    /// The next step. May be dropped while it waits: nothing is lost.
    pub(crate) async fn next(&mut self) -> Result<Step, ReadError> {
        loop {
            if let Some(mark) = self.mark.take_if(|mark| self.cursor >= *mark) {
                return Ok(Step::CaughtUp(mark));
            }
            let moved = *self.head.borrow_and_update() > self.cursor;
            if !moved {
                // The sender lives as long as the log, which is held here.
                drop(self.head.changed().await);
                continue;
            }
            // Up to the mark first, so that it is told between the events before and after it.
            let page = self.log.read(self.cursor, self.mark, &self.selection, BATCH_EVENTS, BATCH_BYTES).await?;
            self.cursor = page.upto;
            if !page.entries.is_empty() {
                return Ok(Step::Batch(page));
            }
        }
    }
}
