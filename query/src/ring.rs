//! The latest changes of the model, for those who listen: references to what was touched, and the place in the log that
//! each has. Bounded; who comes for what has been dropped is told to begin anew.

use std::collections::VecDeque;

use contract::Sequence;

use crate::projection::Touched;

/// Changes that are kept for those who come back.
const KEPT: usize = 16_384;

/// The latest changes, in the log's order.
#[derive(Debug, Default)]
pub struct Ring {
    changes: VecDeque<Touched>,
    /// All changes after this place are here.
    floor: Sequence,
    /// Everything up to here has been folded.
    upto: Sequence,
    /// Another log, another epoch: places of one mean nothing in the other.
    epoch: u64,
}

/// Where a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    epoch: u64,
    /// What is after this place has not been told.
    pub after: Sequence,
}

/// What there is behind a cursor.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Not yet anything.
    Nothing,
    /// The next changes.
    Changes(Vec<Touched>),
    /// More than is known here: what is to be done is to read anew, and to go on from this cursor.
    Reset(Cursor),
}

impl Ring {
    /// These were changed, and everything up to `upto` has been folded.
    pub fn add(&mut self, touched: &[Touched], upto: Sequence) {
        self.changes.extend(touched);
        let beyond = self.changes.len().saturating_sub(KEPT);
        let last = self.changes.drain(..beyond).next_back();
        if let Some(last) = last {
            self.floor = last.sequence;
        }
        self.upto = upto;
    }

    /// Begins at this place, and knows of nothing before it. All cursors are void.
    pub fn begin(&mut self, at: Sequence) {
        *self = Self { changes: VecDeque::new(), floor: at, upto: at, epoch: self.epoch + 1 };
    }

    /// The cursor of one who comes now.
    pub const fn now(&self) -> Cursor {
        Cursor { epoch: self.epoch, after: self.upto }
    }

    /// The cursor of one who was told everything up to `last`; `None` if what came after it is not known.
    pub fn back(&self, last: Sequence) -> Option<Cursor> {
        (self.floor..=self.upto).contains(&last).then_some(Cursor { epoch: self.epoch, after: last })
    }

    /// What comes after a cursor, at most so many.
    pub fn next(&self, cursor: Cursor, most: usize) -> Next {
        if cursor.epoch != self.epoch || cursor.after < self.floor {
            return Next::Reset(self.now());
        }
        let start = self.changes.partition_point(|touched| touched.sequence <= cursor.after);
        let changes: Vec<Touched> = self.changes.range(start..).take(most).copied().collect();
        if changes.is_empty() { Next::Nothing } else { Next::Changes(changes) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::PostId;

    use super::*;

    fn add(ring: &mut Ring, sequences: impl IntoIterator<Item = u64>) {
        let touched = |number| Touched { sequence: Sequence::new(number), post: PostId::new(), comment: None };
        let changes: Vec<Touched> = sequences.into_iter().map(touched).collect();
        ring.add(&changes, changes.last().unwrap().sequence);
    }

    fn begun() -> Ring {
        let mut ring = Ring::default();
        ring.begin(Sequence::new(10));
        ring
    }

    #[test]
    fn who_comes_back_goes_on_where_it_was() {
        let mut ring = begun();
        add(&mut ring, [11, 13, 14]);
        for (last, expected) in [(10, [11, 13, 14].as_slice()), (11, &[13, 14]), (12, &[13, 14])] {
            let Next::Changes(changes) = ring.next(ring.back(Sequence::new(last)).unwrap(), 10) else {
                panic!("nothing after {last}")
            };
            assert_eq!(changes.iter().map(|touched| touched.sequence.get()).collect::<Vec<_>>(), expected);
        }
        assert_eq!(ring.next(ring.back(Sequence::new(14)).unwrap(), 10), Next::Nothing);
        assert_eq!(ring.next(ring.now(), 10), Next::Nothing);
    }

    #[test]
    fn what_is_not_known_begins_anew() {
        let mut ring = begun();
        add(&mut ring, [11]);
        assert_eq!((ring.back(Sequence::new(9)), ring.back(Sequence::new(12))), (None, None));
        let slow = ring.now();
        add(&mut ring, 12..12 + 2 * KEPT as u64);
        let Next::Reset(now) = ring.next(slow, 10) else { panic!("who is too slow was not told") };
        assert_eq!(ring.next(now, 10), Next::Nothing);
        ring.begin(Sequence::ZERO);
        assert!(matches!(ring.next(now, 10), Next::Reset(_)));
    }
}
