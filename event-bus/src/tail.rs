//! The newest entries, in memory: whoever keeps up with the log reads here, and however many they are, the disk is not
//! touched.
//!
//! The writer thread adds entries after their commit, in order; so nobody sees what might still be taken back. What
//! is beyond the budget leaves at the old end.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use contract::Sequence;
use tokio::sync::watch;

use crate::engine::{Page, Selection};
use crate::entry::Entry;

/// The end of the log.
#[derive(Debug)]
pub struct Tail {
    recent: RwLock<Recent>,
    head: watch::Sender<Sequence>,
    budget: usize,
}

#[derive(Debug)]
struct Recent {
    /// Contiguous, and the last of them is the head.
    entries: VecDeque<Arc<Entry>>,
    head: Sequence,
    bytes: usize,
}

impl Recent {
    /// Everything after this place is here.
    fn begins_after(&self) -> u64 {
        self.head.get() - self.entries.len() as u64
    }

    fn after(&self, after: Sequence) -> Option<impl Iterator<Item = &Arc<Entry>>> {
        let skip = after.get().checked_sub(self.begins_after())?;
        Some(self.entries.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)))
    }
}

impl Tail {
    /// The end of a log whose last sequence is `head`, keeping up to `budget` bytes of what comes.
    pub fn new(head: Sequence, budget: usize) -> Self {
        let recent = Recent { entries: VecDeque::new(), head, bytes: 0 };
        Self { recent: RwLock::new(recent), head: watch::Sender::new(head), budget }
    }

    /// The last sequence, and a wake-up when it moves.
    pub fn head(&self) -> watch::Receiver<Sequence> {
        self.head.subscribe()
    }

    /// The last sequence now.
    pub fn last(&self) -> Sequence {
        *self.head.borrow()
    }

    /// Adds what was committed. To be called in the order of the commits.
    pub fn push(&self, entries: Vec<Arc<Entry>>) {
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            recent.head = entry.sequence;
            recent.bytes += entry.weight();
            recent.entries.push_back(entry);
        }
        while recent.bytes > self.budget
            && let Some(oldest) = recent.entries.pop_front()
        {
            recent.bytes -= oldest.weight();
        }
        // Before anyone may read on: who has seen an entry must not be told that the log ends before it.
        self.head.send_replace(recent.head);
    }

    /// Reads as [`crate::engine::Log::read`] does; `None` if a part of it is no longer (or not yet) here.
    pub fn read(
        &self,
        after: Sequence,
        upto: Option<Sequence>,
        selection: &Selection,
        max_events: usize,
        max_bytes: usize,
    ) -> Option<Page> {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let head = recent.head;
        let end = upto.map_or(head, |upto| upto.min(head));
        let mut page = Page { entries: Vec::new(), upto: end.max(after), head };
        let mut bytes = 0;
        for entry in recent.after(after)?.take_while(|entry| entry.sequence <= end) {
            if !selection.matches(entry) {
                continue;
            }
            bytes += entry.json.len();
            if !page.entries.is_empty() && (page.entries.len() >= max_events || bytes > max_bytes) {
                page.upto = Sequence::new(entry.sequence.get() - 1);
                break;
            }
            page.entries.push(Arc::clone(entry));
        }
        Some(page)
    }

    /// Counts what is wanted after a place; `None` if a part of it is not here.
    pub fn count(&self, after: Sequence, selection: &Selection) -> Option<u64> {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        if *selection == Selection::default() {
            return Some(recent.head.get().saturating_sub(after.get()));
        }
        Some(recent.after(after)?.filter(|entry| selection.matches(entry)).count() as u64)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use bytes::Bytes;
    use contract::{EventId, Timestamp};

    use super::*;

    fn entry(number: u64) -> Arc<Entry> {
        Arc::new(Entry {
            sequence: Sequence::new(number),
            id: EventId::parse(&number.to_string()).unwrap(),
            source: "/test".into(),
            type_name: if number.is_multiple_of(2) { "Even" } else { "Odd" }.into(),
            subject: "s".into(),
            recorded_at: Timestamp::EPOCH,
            json: Bytes::from_static(&[b'x'; 100]),
        })
    }

    fn numbers(page: &Page) -> Vec<u64> {
        page.entries.iter().map(|entry| entry.sequence.get()).collect()
    }

    fn all(tail: &Tail, after: u64) -> Option<Vec<u64>> {
        let page = tail.read(Sequence::new(after), None, &Selection::default(), 100, 10_000)?;
        Some(numbers(&page))
    }

    #[test]
    fn it_knows_what_it_does_not_have() {
        let tail = Tail::new(Sequence::new(10), 10_000);
        assert_eq!(all(&tail, 10), Some(vec![]));
        assert_eq!(all(&tail, 9), None);
        tail.push(vec![entry(11), entry(12)]);
        assert_eq!(all(&tail, 9), None);
        assert_eq!(all(&tail, 10), Some(vec![11, 12]));
        assert_eq!(all(&tail, 11), Some(vec![12]));
        assert_eq!(*tail.head().borrow(), Sequence::new(12));
    }

    #[test]
    fn what_is_beyond_the_budget_leaves_at_the_old_end() {
        let weight = entry(1).weight();
        let tail = Tail::new(Sequence::ZERO, 3 * weight + weight / 2);
        tail.push((1..=5).map(entry).collect());
        assert_eq!(all(&tail, 1), None);
        assert_eq!(all(&tail, 2), Some(vec![3, 4, 5]));
    }

    #[test]
    fn nothing_is_read_that_lies_beyond_the_head() {
        let tail = Tail::new(Sequence::ZERO, usize::MAX);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| (1..=20_000).for_each(|number| tail.push(vec![entry(number)])));
            while !writer.is_finished() {
                let page = tail.read(tail.last(), None, &Selection::default(), 100, 10_000).unwrap();
                let (read, head) = (page.upto, tail.last());
                assert!(read <= head, "{read} was read, and the log said to end at {head}");
            }
        });
    }

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let tail = Tail::new(Sequence::ZERO, 100_000);
        tail.push((1..=9).map(entry).collect());
        let odd = Selection { types: Some(["Odd".into()].into()), subject: None };
        let read = |after, upto, events, bytes| {
            tail.read(Sequence::new(after), upto, &odd, events, bytes).map(|page| (numbers(&page), page.upto.get()))
        };
        assert_eq!(read(0, None, 2, 10_000), Some((vec![1, 3], 4)));
        assert_eq!(read(4, None, 2, 10_000), Some((vec![5, 7], 8)));
        assert_eq!(read(8, None, 2, 10_000), Some((vec![9], 9)));
        assert_eq!(read(0, None, 10, 250), Some((vec![1, 3], 4)));
        assert_eq!(read(0, None, 10, 1), Some((vec![1], 2)), "one is always given");
        assert_eq!(read(0, Some(Sequence::new(6)), 10, 10_000), Some((vec![1, 3, 5], 6)));
        assert_eq!(tail.count(Sequence::new(2), &odd), Some(4));
        assert_eq!(tail.count(Sequence::new(2), &Selection::default()), Some(7));
    }
}
