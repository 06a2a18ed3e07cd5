//! Letting go of what is settled at the front of a window: moving the cursor, parking, and undoing parks in doubt.

use contract::Sequence;

use super::window::{Recent, State, Window, before};
use super::{Park, Step};

impl Window {
    /// Lets go of what is settled at the front, and parks or undoes on the way.
    pub(super) fn advance(&mut self, step: &mut Step) {
        while let Some(slot) = self.slots.front() {
            let (state, sequence) = (slot.state, slot.entry.sequence);
            let subject = &slot.entry.subject;
            match state {
                State::Delivered => {
                    self.recent.clear();
                    self.delivered = self.delivered.split_off(&self.scanned.next());
                    self.parks_in_row = self.rules.parks_in_row;
                    self.undone = false;
                }
                State::Probed if !self.recent.is_empty() => {
                    self.delivered.insert(sequence);
                }
                State::Probed => {}
                State::Waiting if self.parked.contains(subject) => {}
                State::Waiting if self.troubles.is_condemned(subject) => {
                    let subject = subject.clone();
                    if !self.park(subject, sequence, step) {
                        return;
                    }
                }
                State::Waiting => return,
            }
            if let Some(slot) = self.slots.pop_front() {
                self.bytes -= slot.entry.json.len();
            }
            step.moved = true;
        }
    }

    /// Parks a subject at the front. False if that must not be: it stays, or parks were undone.
    pub(super) fn park(&mut self, subject: Box<str>, first: Sequence, step: &mut Step) -> bool {
        if self.parked.len() >= self.rules.most_parked {
            if let Some(trouble) = self.troubles.of_mut(&subject) {
                trouble.condemned = false;
            }
            (self.undone, step.wait) = (true, true);
            return false;
        }
        if !self.troubles.is_refused(&subject) {
            self.recent.push(Recent { subject: subject.clone(), first });
            if self.recent.len() >= self.parks_in_row {
                self.undo(step);
                return false;
            }
        }
        let error = self.troubles.clear(&subject).map_or_else(Box::default, |trouble| trouble.error);
        self.parked.insert(subject.clone());
        step.park.push(Park { subject, first, error });
        true
    }

    pub(super) fn undo(&mut self, step: &mut Step) {
        let back = self.recent.iter().map(|recent| recent.first).min().map_or(self.scanned, before);
        for recent in self.recent.drain(..) {
            let was_parked = self.parked.remove(&recent.subject);
            let uncommitted = step.park.iter().position(|park| park.subject == recent.subject);
            if let Some(index) = uncommitted {
                step.park.remove(index);
            } else if was_parked {
                step.unpark.push(recent.subject);
            }
        }
        let delivered = self.slots.iter().filter(|slot| slot.state != State::Waiting);
        self.delivered.extend(delivered.map(|slot| slot.entry.sequence));
        self.slots.clear();
        self.bytes = 0;
        self.troubles.clear_all();
        self.scanned = back;
        self.parks_in_row = self.parks_in_row.saturating_mul(2);
        self.undone = true;
        (step.rewound, step.wait) = (true, true);
    }
}
