//! Reading rows, each checked against the link before it.

use std::ops::ControlFlow;
use std::sync::Arc;

use chassis::store::{Connection, DbError};
use contract::{Sequence, Timestamp};

use crate::digest::Digest;
use crate::engine::{ReadError, Selection};
use crate::entry::Entry;
use crate::row;
use crate::store;

/// Rows that one read looks through at most.
const LOOK_THROUGH: i64 = 20_000;

/// What a read from the database can end with.
pub(super) enum Fault {
    Database(DbError),
    Read(ReadError),
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// What was found, and how far was looked.
pub(super) type Found = (Vec<Arc<Entry>>, Sequence);

/// One read from disk.
pub(super) struct Request {
    pub(super) genesis: Digest,
    pub(super) after: Sequence,
    pub(super) upto: Sequence,
    pub(super) max_events: usize,
    pub(super) max_bytes: usize,
}

impl Request {
    /// What is wanted, and how far the log was looked through.
    pub(super) fn read(&self, connection: &mut Connection, selection: &Selection) -> Result<Found, Fault> {
        match &selection.subject {
            Some(subject) => self.read_subject(connection, subject, selection),
            None => self.look_through(connection, selection),
        }
    }

    /// Looks at every row. The row before them is read along, for the link that the first one continues.
    fn look_through(&self, connection: &mut Connection, selection: &Selection) -> Result<Found, Fault> {
        let mut chain = (self.after == Sequence::ZERO).then_some(self.genesis);
        let mut picked = Picked::new(self);
        let mut place = self.after;
        let mut damage = None;
        let upto = store::number(self.upto).min(store::number(self.after).saturating_add(LOOK_THROUGH));
        store::scan(connection, store::number(self.after), upto, |row| {
            let (found, next) = (store::sequence(row.sequence), place.next());
            let checked = match &chain {
                Some(before) if found == next => row.check(before).map(|(entry, link)| (Some(entry), link)),
                None if found == self.after => row::link(found, Some(row.chain)).map(|link| (None, link)),
                Some(_) => Err(missing(next)),
                None => Err(missing(self.after)),
            };
            match checked {
                Ok((entry, link)) => {
                    chain = Some(link);
                    let Some(entry) = entry else { return ControlFlow::Continue(()) };
                    if selection.matches(&entry) && !picked.take(entry) {
                        return ControlFlow::Break(());
                    }
                    place = next;
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    damage = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if damage.is_none() && !picked.full && place < store::sequence(upto) {
            damage = Some(missing(place.next()));
        }
        picked.finish(place, damage)
    }

    /// Looks at one subject's rows.
    fn read_subject(&self, connection: &mut Connection, subject: &str, selection: &Selection) -> Result<Found, Fault> {
        let limit = self.max_events.saturating_add(1).min(1000);
        let (after, upto) = (store::number(self.after), store::number(self.upto));
        let places = store::of_subject(connection, subject.as_bytes(), after, upto, limit)?;
        let all_seen = places.len() < limit;
        let mut picked = Picked::new(self);
        let mut place = self.after;
        for number in places {
            let entry = match one(connection, &self.genesis, number) {
                Ok(entry) => entry,
                Err(Fault::Read(error)) => return picked.finish(place, Some(error)),
                Err(error) => return Err(error),
            };
            if selection.matches(&entry) && !picked.take(entry) {
                return picked.finish(place, None);
            }
            place = store::sequence(number);
        }
        picked.finish(if all_seen { self.upto } else { place }, None)
    }
}

/// What a read has found so far, within its bounds.
struct Picked {
    entries: Vec<Arc<Entry>>,
    max_events: usize,
    room: usize,
    full: bool,
}

impl Picked {
    fn new(request: &Request) -> Self {
        Self { entries: Vec::new(), max_events: request.max_events, room: request.max_bytes, full: false }
    }

    /// Takes an entry, unless there is no more room; the first always has.
    fn take(&mut self, entry: Arc<Entry>) -> bool {
        let fits = self.entries.len() < self.max_events && entry.json.len() <= self.room;
        if !fits && !self.entries.is_empty() {
            self.full = true;
            return false;
        }
        self.room = self.room.saturating_sub(entry.json.len());
        self.entries.push(entry);
        true
    }

    /// What comes before damage is good and given; the damage is met by the next read, which begins with it.
    fn finish(self, upto: Sequence, damage: Option<ReadError>) -> Result<Found, Fault> {
        match damage {
            Some(error) if self.entries.is_empty() => Err(error.into()),
            _ => Ok((self.entries, upto)),
        }
    }
}

/// One row, checked against the link before it.
pub(super) fn one(connection: &mut Connection, genesis: &Digest, place: i64) -> Result<Arc<Entry>, Fault> {
    let sequence = store::sequence(place);
    let before = link_before(connection, genesis, sequence)?;
    let row = store::row(connection, place)?.ok_or(missing(sequence))?;
    Ok(row.check(&before)?.0)
}

/// What a row's link continues.
fn link_before(connection: &mut Connection, genesis: &Digest, sequence: Sequence) -> Result<Digest, Fault> {
    let before = Sequence::new(sequence.get().saturating_sub(1));
    if before == Sequence::ZERO {
        return Ok(*genesis);
    }
    let kept = store::chain_at(connection, store::number(before))?;
    Ok(row::link(before, kept)?)
}

/// Times never go back from row to row, so a binary search finds the place without an index.
pub(super) fn last_before(connection: &mut Connection, time: Timestamp, head: i64) -> Result<Sequence, Fault> {
    let (mut before, mut from) = (0, head.saturating_add(1));
    while from - before > 1 {
        let middle = before + (from - before) / 2;
        let sequence = store::sequence(middle);
        let recorded_at = store::recorded_at(connection, middle)?.ok_or(missing(sequence))?;
        if recorded_at < time.millis() {
            before = middle;
        } else {
            from = middle;
        }
    }
    Ok(store::sequence(before))
}

fn missing(sequence: Sequence) -> ReadError {
    ReadError::Damaged { sequence, reason: "it is missing" }
}
