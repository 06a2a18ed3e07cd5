//! What an id names, what led to an event, and what came of it: single rows, each found by an index and checked like
//! every other before it is given out. Nothing is told from beyond the head that other readers know of: a commit is on
//! disk a moment before it is announced.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use chassis::store::Connection;
use contract::{EventId, Sequence};

use super::disk::{self, Fault};
use crate::digest::Digest;
use crate::engine::{Lineage, Named, ReadError};
use crate::entry::Entry;
use crate::store;

/// Sources that are named where one id has several.
const SOURCES: usize = 20;

/// What an id, of this source or of any, names.
pub(super) fn named(
    connection: &mut Connection,
    genesis: &Digest,
    id: &[u8],
    source: Option<&[u8]>,
    head: Sequence,
) -> Result<Named, Fault> {
    let mut found = Vec::new();
    for place in store::of_id(connection, id, source, store::number(head), SOURCES)? {
        found.push(checked(connection, genesis, place, |entry| entry.id.as_str().as_bytes() == id)?);
    }
    Ok(match found.len() {
        0 | 1 => found.pop().map_or(Named::Nothing, Named::One),
        _ => Named::Several(found.iter().map(|entry| entry.source.clone()).collect()),
    })
}

/// One row, if it is what the index that led to it says.
fn checked(
    connection: &mut Connection,
    genesis: &Digest,
    place: i64,
    expected: impl FnOnce(&Entry) -> bool,
) -> Result<Arc<Entry>, Fault> {
    let entry = disk::one(connection, genesis, place)?;
    if expected(&entry) {
        return Ok(entry);
    }
    let reason = "its place in an index is another event's";
    Err(ReadError::Damaged { sequence: entry.sequence, reason }.into())
}

/// The way up from an event, and then all the ways down.
pub(super) struct Walk {
    genesis: Digest,
    head: i64,
    id: EventId,
    cause: Option<EventId>,
    /// Places that were met: the event's own, its causes', its effects'.
    met: HashSet<Sequence>,
    most: usize,
    room: usize,
    lineage: Lineage,
}

impl Walk {
    pub(super) fn new(genesis: Digest, head: Sequence, event: &Entry, most: usize, max_bytes: usize) -> Self {
        Self {
            genesis,
            head: store::number(head),
            id: event.id.clone(),
            cause: event.causation(),
            met: [event.sequence].into(),
            most,
            room: max_bytes,
            lineage: Lineage::default(),
        }
    }

    pub(super) fn run(mut self, connection: &mut Connection) -> Result<Lineage, Fault> {
        self.climb(connection)?;
        self.descend(connection)?;
        self.lineage.causes.reverse();
        self.lineage.effects.sort_unstable_by_key(|entry| entry.sequence);
        Ok(self.lineage)
    }

    /// From cause to cause, until there is none, none that is known, or one that was met before.
    fn climb(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        while let Some(cause) = self.cause.take() {
            let id = cause.as_str().as_bytes();
            let Some(&place) = store::of_id(connection, id, None, self.head, 1)?.first() else { break };
            if self.met.contains(&store::sequence(place)) {
                break;
            }
            let entry = checked(connection, &self.genesis, place, |entry| entry.id == cause)?;
            if !self.admit(&entry, self.lineage.causes.len()) {
                break;
            }
            self.cause = entry.causation();
            self.lineage.causes.push(entry);
        }
        Ok(())
    }

    /// Generation by generation, so that what is left out is what is farthest.
    fn descend(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let mut asked = HashSet::new();
        let mut queue = VecDeque::from([self.id.clone()]);
        while let Some(cause) = queue.pop_front() {
            if !asked.insert(cause.clone()) {
                continue;
            }
            // Of what names this cause, what was met on the way up is not taken, and one more tells that there is more.
            let limit = self.most - self.lineage.effects.len() + self.lineage.causes.len() + 2;
            for place in store::caused_by(connection, cause.as_str().as_bytes(), self.head, limit)? {
                let sequence = store::sequence(place);
                if self.met.contains(&sequence) {
                    // In a circle a cause is an effect too: it is told once, and what else came of it all the same.
                    let again = self.lineage.causes.iter().find(|cause| cause.sequence == sequence);
                    queue.extend(again.map(|cause| cause.id.clone()));
                    continue;
                }
                let entry =
                    checked(connection, &self.genesis, place, |entry| entry.causation().as_ref() == Some(&cause))?;
                if !self.admit(&entry, self.lineage.effects.len()) {
                    return Ok(());
                }
                queue.push_back(entry.id.clone());
                self.lineage.effects.push(entry);
            }
        }
        Ok(())
    }

    /// Whether there is room for one more beside so many of its kind; if not, the rest is left out.
    fn admit(&mut self, entry: &Entry, beside: usize) -> bool {
        let left = self.room.checked_sub(entry.json.len()).filter(|_| beside < self.most);
        self.room = left.unwrap_or(self.room);
        self.lineage.truncated |= left.is_none();
        left.is_some() && self.met.insert(entry.sequence)
    }
}
