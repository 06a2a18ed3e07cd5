//! Any log, any receiver, any moment of a crash: nothing is lost, nothing overtakes its subject, and when the receiver
//! is well again everything arrives and nothing stays parked.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use contract::Sequence;
use proptest::prelude::*;

use super::tests::{entry, rules};
use super::{Push, Window};
use crate::answer::{Outcome, Verdict};
use crate::engine::Page;

#[derive(Debug, Clone)]
enum Act {
    Append(u8),
    /// Push with the receiver in this mood.
    Push(Mood),
    /// A step of a parked subject's redelivery.
    Redeliver(usize, Mood),
    Save,
    Crash,
    Reconsider,
}

#[derive(Debug, Clone, Copy)]
enum Mood {
    Well,
    Down,
    Busy,
    RefusesAll,
    TooLarge,
}

struct World {
    log: Vec<char>,
    poison: BTreeSet<char>,
    batch: usize,
    /// Whether it answers a batch with a result per event.
    results: bool,
    window: Window,
    parked: BTreeMap<Box<str>, u64>,
    saved: (Sequence, BTreeMap<Box<str>, u64>),
    received: BTreeSet<u64>,
}

impl World {
    fn new(poison: BTreeSet<char>, batch: usize, results: bool) -> Self {
        Self {
            log: Vec::new(),
            poison,
            batch,
            results,
            window: Window::new(rules(batch), Sequence::ZERO, []),
            parked: BTreeMap::new(),
            saved: (Sequence::ZERO, BTreeMap::new()),
            received: BTreeSet::new(),
        }
    }

    fn subject(&self, number: u64) -> char {
        self.log[usize::try_from(number).unwrap() - 1]
    }

    /// The receiver takes an event: never before an earlier one of its subject that it has not seen.
    fn receive(&mut self, number: u64) {
        let subject = self.subject(number);
        for earlier in (1..number).filter(|&n| self.subject(n) == subject) {
            assert!(self.received.contains(&earlier), "{number} overtook {earlier} of {subject}");
        }
        self.received.insert(number);
    }

    fn answer(&mut self, numbers: &[u64], mood: Mood) -> Verdict {
        let down = |suspicious| Verdict::Down { reason: "down".into(), retry_after: None, suspicious };
        match mood {
            Mood::Down => return down(true),
            Mood::Busy => return down(false),
            Mood::RefusesAll => return Verdict::Refused("all".into()),
            Mood::TooLarge => return Verdict::TooLarge,
            Mood::Well => {}
        }
        let bad = |world: &Self, n: u64| world.poison.contains(&world.subject(n));
        if !self.results || self.batch == 1 {
            if numbers.iter().any(|&n| bad(self, n)) {
                return Verdict::Refused("poison".into());
            }
            for &n in numbers {
                self.receive(n);
            }
            return Verdict::Results(vec![Outcome::Done; numbers.len()]);
        }
        let outcomes = numbers.iter().map(|&n| {
            if bad(self, n) {
                return Outcome::Refused("poison".into());
            }
            self.receive(n);
            Outcome::Done
        });
        Verdict::Results(outcomes.collect())
    }

    fn fill(&mut self) {
        let after = self.window.scanned().get();
        let more = self.window.wants().unwrap_or(0).min(5);
        let numbers = (after + 1..=self.log.len() as u64).take(more);
        let entries: Vec<_> = numbers.map(|n| entry(n, self.subject(n))).collect();
        let upto = entries.last().map_or(Sequence::new(after), |entry| entry.sequence);
        self.window.fill(&Page { entries, upto, head: Sequence::new(self.log.len() as u64) }, |_| true);
    }

    fn push(&mut self, mood: Mood) -> bool {
        self.fill();
        let Some(push) = self.window.next_push() else { return false };
        let Push { entries, .. } = &push;
        let numbers: Vec<u64> = entries.iter().map(|entry| entry.sequence.get()).collect();
        assert!(numbers.is_sorted());
        for entry in entries {
            assert!(!self.parked.contains_key(&entry.subject), "a parked subject was pushed");
        }
        let verdict = self.answer(&numbers, mood);
        let step = self.window.answered(&push, verdict);
        for park in &step.park {
            self.parked.insert(park.subject.clone(), park.first.get());
        }
        for subject in &step.unpark {
            self.parked.remove(subject).unwrap();
        }
        if !step.park.is_empty() || !step.unpark.is_empty() {
            self.save();
        }
        true
    }

    fn redeliver(&mut self, which: usize, mood: Mood) {
        let Some(subject) = self.parked.keys().nth(which % self.parked.len().max(1)).cloned() else { return };
        let first = self.parked[&subject];
        let cursor = self.window.cursor().get();
        let next = (first..=cursor).find(|&n| *self.subject(n).to_string() == *subject);
        let Some(next) = next else {
            self.window.rejoin(&subject);
            self.parked.remove(&subject);
            self.save();
            return;
        };
        if let Verdict::Results(outcomes) = self.answer(&[next], mood)
            && outcomes == [Outcome::Done]
        {
            self.parked.insert(subject.clone(), next + 1);
            self.window.parked_moved(&subject, Sequence::new(next + 1));
            self.save();
        }
    }

    fn save(&mut self) {
        self.saved = (self.window.cursor(), self.parked.clone());
        self.check();
    }

    /// What is on disk never leaves anything behind: all up to the cursor was received or is parked.
    fn check(&self) {
        let (cursor, parked) = &self.saved;
        for n in 1..=cursor.get() {
            let first = parked.get(self.subject(n).to_string().as_str());
            let waits = first.is_some_and(|&first| first <= n);
            assert!(self.received.contains(&n) || waits, "{n} would be lost");
        }
    }

    fn crash(&mut self) {
        let (cursor, parked) = self.saved.clone();
        self.window = Window::new(rules(self.batch), cursor, parked.keys().cloned());
        self.parked = parked;
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Append(subject) => self.log.push(char::from(b'A' + subject)),
            Act::Push(mood) => drop(self.push(*mood)),
            Act::Redeliver(which, mood) => self.redeliver(*which, *mood),
            Act::Save => self.save(),
            Act::Crash => self.crash(),
            Act::Reconsider => self.window.reconsider(),
        }
    }

    /// The receiver is well again: all arrives, nothing stays parked.
    fn heal(&mut self) {
        self.poison.clear();
        for _ in 0..20 * (self.log.len() + 10) {
            let pushed = self.push(Mood::Well);
            self.redeliver(0, Mood::Well);
            if !pushed && self.parked.is_empty() && self.window.scanned().get() == self.log.len() as u64 {
                break;
            }
        }
        assert_eq!(self.received.len(), self.log.len(), "all arrives");
        assert!(self.parked.is_empty(), "nothing stays parked");
        assert_eq!(self.window.cursor().get(), self.log.len() as u64);
        self.save();
    }
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        8 => Just(Mood::Well),
        3 => Just(Mood::Down),
        1 => Just(Mood::Busy),
        1 => Just(Mood::RefusesAll),
        1 => Just(Mood::TooLarge),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0u8..6).prop_map(Act::Append),
        10 => mood().prop_map(Act::Push),
        3 => (any::<usize>(), mood()).prop_map(|(which, mood)| Act::Redeliver(which, mood)),
        1 => Just(Act::Save),
        1 => Just(Act::Crash),
        1 => Just(Act::Reconsider),
    ]
}

fn subjects() -> impl Strategy<Value = BTreeSet<char>> {
    proptest::collection::btree_set(prop_oneof![Just('A'), Just('B'), Just('C'), Just('D')], 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_overtakes(
        acts in proptest::collection::vec(act(), 1..250),
        poison in subjects(),
        batch in prop_oneof![Just(1usize), Just(2), Just(8)],
        results: bool,
    ) {
        let mut world = World::new(poison, batch, results);
        for act in &acts {
            world.act(act);
        }
        world.heal();
    }

    #[test]
    fn poison_holds_up_nobody_else(
        log in proptest::collection::vec(0u8..6, 1..60),
        poison in subjects(),
        batch in prop_oneof![Just(1usize), Just(2), Just(8)],
        results: bool,
    ) {
        let mut world = World::new(poison.clone(), batch, results);
        world.log = log.into_iter().map(|subject| char::from(b'A' + subject)).collect();
        // Something else comes now and then, or there is nothing to tell poison from outage by.
        for turn in 0..2000 {
            if turn % 20 == 0 && turn < 1000 {
                world.log.push('E');
            }
            world.push(Mood::Well);
        }
        for n in 1..=world.log.len() as u64 {
            let subject = world.subject(n);
            prop_assert_eq!(world.received.contains(&n), !poison.contains(&subject), "{} of {}", n, subject);
        }
        world.heal();
    }
}
