//! What is held against a subject whose next event fails.

use std::collections::BTreeMap;

use contract::Sequence;

use crate::entry::Entry;

/// How often a subject's first waiting event failed, and what follows from it.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) at: Sequence,
    pub(super) failures: u32,
    pub(super) error: Box<str>,
    /// Another subject's event has just succeeded: one more failure settles it.
    pub(super) vouched: bool,
    /// It is to be parked as soon as everything before it is settled.
    pub(super) condemned: bool,
    /// The receiver refused it, so there is no doubt about it.
    pub(super) refused: bool,
}

/// All troubles of one window.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubles(BTreeMap<Box<str>, Trouble>);

impl Troubles {
    pub(super) fn of(&self, subject: &str) -> Option<&Trouble> {
        self.0.get(subject)
    }

    pub(super) fn of_mut(&mut self, subject: &str) -> Option<&mut Trouble> {
        self.0.get_mut(subject)
    }

    pub(super) fn failures(&self, subject: &str) -> u32 {
        self.of(subject).map_or(0, |trouble| trouble.failures)
    }

    pub(super) fn is_condemned(&self, subject: &str) -> bool {
        self.of(subject).is_some_and(|trouble| trouble.condemned)
    }

    pub(super) fn is_refused(&self, subject: &str) -> bool {
        self.of(subject).is_some_and(|trouble| trouble.refused)
    }

    pub(super) fn is_vouched(&self, subject: &str) -> bool {
        self.of(subject).is_some_and(|trouble| trouble.vouched)
    }

    /// Counts a failure of this event.
    pub(super) fn blame(&mut self, entry: &Entry, error: &str) -> &mut Trouble {
        let fresh = || Trouble {
            at: entry.sequence,
            failures: 0,
            error: error.into(),
            vouched: false,
            condemned: false,
            refused: false,
        };
        let trouble = self.0.entry(entry.subject.clone()).or_insert_with(fresh);
        if trouble.at != entry.sequence {
            *trouble = fresh();
        }
        trouble.failures = trouble.failures.saturating_add(1);
        trouble.error = error.into();
        trouble
    }

    /// The receiver will not have this event.
    pub(super) fn refuse(&mut self, entry: &Entry, error: &str) {
        let trouble = self.blame(entry, error);
        (trouble.refused, trouble.condemned) = (true, true);
    }

    pub(super) fn clear(&mut self, subject: &str) -> Option<Trouble> {
        self.0.remove(subject)
    }

    pub(super) fn clear_all(&mut self) {
        self.0.clear();
    }
}
