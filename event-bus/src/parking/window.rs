//! The next wanted events behind the cursor, and what is known about each.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use contract::Sequence;

use super::trouble::Troubles;
use super::{Push, Rules, Step};
use crate::answer::{Outcome, Verdict};
use crate::engine::Page;
use crate::entry::Entry;

/// Slots that are held at the most, also where many events of one subject hide those of the others.
const MOST_SLOTS: usize = 8192;
/// Bytes of events that are held at the most.
const MOST_BYTES: usize = 16 << 20;
/// Full pushes after which a batch that was made smaller is made larger again.
const GROW_AFTER: u32 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Delivered,
    /// Delivered, but out of turn: says nothing about how things go at the front.
    Probed,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) entry: Arc<Entry>,
    pub(super) state: State,
}

/// A park that may be undone.
#[derive(Debug)]
pub(super) struct Recent {
    pub(super) subject: Box<str>,
    pub(super) first: Sequence,
}

/// See the [module](super).
#[derive(Debug)]
pub struct Window {
    pub(super) rules: Rules,
    /// Everything that is wanted after the cursor, as far as the log was read. The first is always one that may be
    /// pushed.
    pub(super) slots: VecDeque<Slot>,
    pub(super) bytes: usize,
    pub(super) scanned: Sequence,
    pub(super) head: Sequence,
    pub(super) parked: BTreeSet<Box<str>>,
    pub(super) troubles: Troubles,
    /// Whether it is a probe's turn if the front fails again and again.
    pub(super) probe_next: bool,
    /// A probe was due, and there was no other subject's event to try.
    pub(super) alone: bool,
    /// The most events in the next push.
    pub(super) limit: usize,
    /// What `limit` may grow to: less than a batch after the receiver called one too large.
    pub(super) ceiling: usize,
    pub(super) full_pushes: u32,
    pub(super) recent: Vec<Recent>,
    pub(super) parks_in_row: usize,
    /// What was delivered beyond the place that undoing recent parks goes back to.
    pub(super) delivered: BTreeSet<Sequence>,
    /// Pushes in a row of which the receiver neither took nor refused anything.
    pub(super) fruitless: u32,
    /// It stands where it is: parks were undone, or no more subjects may be parked.
    pub(super) undone: bool,
}

impl Window {
    /// A window after `cursor`, with these subjects parked.
    pub fn new(rules: Rules, cursor: Sequence, parked: impl IntoIterator<Item = Box<str>>) -> Self {
        Self {
            rules,
            slots: VecDeque::new(),
            bytes: 0,
            scanned: cursor,
            head: cursor,
            parked: parked.into_iter().collect(),
            troubles: Troubles::default(),
            probe_next: true,
            alone: false,
            limit: rules.batch,
            ceiling: rules.batch,
            full_pushes: 0,
            recent: Vec::new(),
            parks_in_row: rules.parks_in_row,
            delivered: BTreeSet::new(),
            fruitless: 0,
            undone: false,
        }
    }

    /// Everything wanted up to here was delivered or is parked.
    pub fn cursor(&self) -> Sequence {
        self.slots.front().map_or(self.scanned, |slot| before(slot.entry.sequence))
    }

    /// How far the log was read.
    pub fn scanned(&self) -> Sequence {
        self.scanned
    }

    /// The oldest event that waits.
    pub fn front(&self) -> Option<&Arc<Entry>> {
        self.slots.front().map(|slot| &slot.entry)
    }

    /// Whether the receiver fails, or nothing at the front gets on.
    pub fn failing(&self) -> bool {
        self.undone || self.fruitless >= self.rules.patience
    }

    /// Forgets doubts: a person or another receiver makes it worth trying. Not how many parks in a row undo themselves:
    /// a row of poison would be tried from its beginning again and again.
    pub fn reconsider(&mut self) {
        self.undone = false;
        self.fruitless = 0;
        self.ceiling = self.rules.batch;
    }

    /// Another size of batch from the next push on.
    pub fn resize(&mut self, batch: usize) {
        self.rules.batch = batch;
        self.ceiling = batch;
        self.limit = self.limit.clamp(1, batch);
        if self.fruitless == 0 {
            self.limit = batch;
        }
    }

    /// How many more events to read from the log now, if any.
    pub fn wants(&self) -> Option<usize> {
        let enough = (2 * self.rules.batch).max(64);
        if self.slots.len() >= MOST_SLOTS || self.bytes >= MOST_BYTES {
            return None;
        }
        let waiting = self.slots.iter().filter(|slot| self.may_go(slot)).take(enough).count();
        let looking = self.slots.front().is_some_and(|front| self.is_suspect(&front.entry)) && self.other().is_none();
        if looking {
            Some(enough)
        } else {
            Some(enough - waiting).filter(|&more| more > 0 && self.slots.len() < 8 * enough)
        }
    }

    /// Takes in what was read of the log from [`Window::scanned`] on. True if that ends a pause, because there is now
    /// another subject's event to tell poison from outage by.
    pub fn fill(&mut self, page: &Page, wanted: impl Fn(&Entry) -> bool) -> bool {
        for entry in page.entries.iter().filter(|entry| wanted(entry)) {
            let state = if self.delivered.remove(&entry.sequence) { State::Probed } else { State::Waiting };
            self.bytes += entry.json.len();
            self.slots.push_back(Slot { entry: Arc::clone(entry), state });
        }
        self.scanned = page.upto;
        self.head = page.head;
        self.advance(&mut Step::default());
        let wakes = self.alone && self.other().is_some();
        if wakes {
            (self.alone, self.probe_next) = (false, true);
        }
        wakes
    }

    /// A parked subject has caught up with the cursor: its later events are pushed with the others again.
    pub fn rejoin(&mut self, subject: &str) {
        self.parked.remove(subject);
        self.recent.retain(|recent| &*recent.subject != subject);
    }

    /// Some of a parked subject's events were delivered; this is the first that was not.
    pub fn parked_moved(&mut self, subject: &str, first: Sequence) {
        if let Some(recent) = self.recent.iter_mut().find(|recent| &*recent.subject == subject) {
            recent.first = first;
        }
    }

    /// What to push now; nothing if nothing waits.
    pub fn next_push(&mut self) -> Option<Push> {
        let front = Arc::clone(self.front()?);
        // What is to settle a doubt goes by itself.
        let most = if self.troubles.is_vouched(&front.subject) { 1 } else { self.limit };
        let mut entries: Vec<Arc<Entry>> = Vec::new();
        let mut bytes = 0;
        for slot in self.slots.iter().filter(|slot| self.may_go(slot)) {
            bytes += slot.entry.json.len();
            if entries.len() >= most || (bytes > self.rules.bytes && !entries.is_empty()) {
                break;
            }
            entries.push(Arc::clone(&slot.entry));
        }
        let one_subject = entries.iter().all(|entry| entry.subject == front.subject);
        let mut probe = false;
        if one_subject && self.is_suspect(&front) && self.probe_next {
            let other = self.other().map(Arc::clone);
            self.alone = other.is_none();
            if let Some(other) = other {
                entries = vec![other];
                probe = true;
            }
        }
        let upto = self.after(&entries);
        Some(Push { entries, upto, head: self.head, probe })
    }

    /// Takes in the answer to a push.
    pub fn answered(&mut self, push: &Push, verdict: Verdict) -> Step {
        let mut step = Step::default();
        self.probe_next = !push.probe;
        match verdict {
            Verdict::Gone(reason) => {
                step.gone = Some(reason);
                return step;
            }
            Verdict::Results(outcomes) => self.results(push, outcomes, &mut step),
            Verdict::TooLarge if push.entries.len() > 1 => {
                self.ceiling = push.entries.len() / 2;
                self.limit = self.limit.min(self.ceiling);
                self.full_pushes = 0;
                step.error = Some(format!("answered 413 to {} events", push.entries.len()).into());
                return step;
            }
            Verdict::TooLarge => self.results(push, vec![Outcome::Refused("answered 413".into())], &mut step),
            Verdict::Refused(reason) if push.entries.len() == 1 => {
                self.results(push, vec![Outcome::Refused(reason)], &mut step);
            }
            // Which of them is refused is found by pushing them one by one.
            Verdict::Refused(reason) => {
                self.limit = 1;
                self.full_pushes = 0;
                step.error = Some(reason);
                return step;
            }
            Verdict::Down { reason, retry_after, suspicious } => {
                step.at_least = retry_after;
                self.failed(push, reason, suspicious, &mut step);
            }
        }
        self.advance(&mut step);
        step
    }

    /// A push failed as a whole.
    fn failed(&mut self, push: &Push, reason: Box<str>, suspicious: bool, step: &mut Step) {
        if suspicious && let Some(first) = push.entries.first() {
            let trouble = self.troubles.blame(first, &reason);
            let alone = push.entries.len() == 1;
            trouble.condemned |= alone && trouble.vouched && trouble.failures >= self.rules.patience;
            trouble.vouched = false;
            self.limit = 1;
        }
        self.fruitless = self.fruitless.saturating_add(1);
        step.wait = true;
        step.error = Some(reason);
    }

    /// A push was answered with a result per event.
    fn results(&mut self, push: &Push, outcomes: Vec<Outcome>, step: &mut Step) {
        // Subjects of which the receiver took or refused an event: where it does either, it works.
        let mut answered: BTreeSet<&str> = BTreeSet::new();
        let mut failed: BTreeSet<&str> = BTreeSet::new();
        let mut put_off: BTreeSet<&str> = BTreeSet::new();
        let mut delivered = BTreeSet::new();
        for (entry, outcome) in push.entries.iter().zip(outcomes) {
            let subject: &str = &entry.subject;
            // What follows a failed event of its subject was not to be done: it comes again, in its turn.
            if failed.contains(subject) {
                continue;
            }
            match outcome {
                Outcome::Done | Outcome::Ignored(_) => {
                    answered.insert(subject);
                    delivered.insert(entry.sequence);
                    self.troubles.clear(subject);
                }
                Outcome::Refused(reason) => {
                    answered.insert(subject);
                    failed.insert(subject);
                    self.troubles.refuse(entry, &reason);
                    step.error.get_or_insert(reason);
                }
                Outcome::Again(reason) => {
                    failed.insert(subject);
                    put_off.insert(subject);
                    self.troubles.blame(entry, &reason);
                    step.error.get_or_insert(reason);
                }
            }
        }
        let state = if push.probe { State::Probed } else { State::Delivered };
        for slot in &mut self.slots {
            if delivered.contains(&slot.entry.sequence) {
                slot.state = state;
            }
        }
        for &subject in &put_off {
            let others = answered.iter().any(|&other| other != subject);
            if let Some(trouble) = self.troubles.of_mut(subject) {
                let settled = others || (trouble.vouched && push.entries.len() == 1);
                trouble.condemned |= settled && trouble.failures >= self.rules.patience;
                trouble.vouched = false;
            }
        }
        if push.probe
            && !answered.is_empty()
            && let Some(front) = self.slots.front()
            && let Some(trouble) = self.troubles.of_mut(&front.entry.subject)
        {
            trouble.vouched = true;
        }
        step.wait = !put_off.is_empty();
        self.learn(push, !answered.is_empty(), !delivered.is_empty());
    }

    /// How large the next push may be: with a success more than before, with a failure one event.
    fn learn(&mut self, push: &Push, answered: bool, delivered: bool) {
        if !answered {
            self.fruitless = self.fruitless.saturating_add(1);
            self.limit = 1;
            return;
        }
        self.fruitless = 0;
        if push.probe || !delivered {
            return;
        }
        self.full_pushes += u32::from(push.entries.len() >= self.ceiling);
        if self.full_pushes >= GROW_AFTER {
            self.full_pushes = 0;
            self.ceiling = (self.ceiling * 2).min(self.rules.batch);
        }
        self.limit = (self.limit * 2).min(self.ceiling);
    }

    fn may_go(&self, slot: &Slot) -> bool {
        let subject = &slot.entry.subject;
        slot.state == State::Waiting && !self.parked.contains(subject) && !self.troubles.is_condemned(subject)
    }

    fn is_suspect(&self, front: &Entry) -> bool {
        let trouble = self.troubles.of(&front.subject);
        trouble.is_some_and(|trouble| trouble.failures >= self.rules.patience && !trouble.vouched)
    }

    /// The event to probe with: first of its subject, not the front's, failed least, earliest.
    fn other(&self) -> Option<&Arc<Entry>> {
        let mut looked_at: BTreeSet<&str> = BTreeSet::new();
        looked_at.insert(&self.front()?.subject);
        self.slots
            .iter()
            .filter(|slot| self.may_go(slot) && looked_at.insert(&slot.entry.subject))
            .map(|slot| &slot.entry)
            .min_by_key(|entry| (self.troubles.failures(&entry.subject), entry.sequence))
    }

    /// Where the cursor will be once these are delivered too.
    fn after(&self, entries: &[Arc<Entry>]) -> Sequence {
        let open = |slot: &&Slot| {
            slot.state == State::Waiting
                && !self.parked.contains(&slot.entry.subject)
                && entries.binary_search_by_key(&slot.entry.sequence, |entry| entry.sequence).is_err()
        };
        self.slots.iter().find(open).map_or(self.scanned, |slot| before(slot.entry.sequence))
    }
}

pub(super) fn before(sequence: Sequence) -> Sequence {
    Sequence::new(sequence.get().saturating_sub(1))
}
