//! The decisions, one table or story each. A log is written as one letter per event, the letter being its subject.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contract::{EventId, Sequence, Timestamp};

use super::{Park, Push, Rules, Step, Window};
use crate::answer::{Outcome, Verdict};
use crate::engine::Page;
use crate::entry::Entry;

pub(super) fn entry(sequence: u64, subject: char) -> Arc<Entry> {
    Arc::new(Entry {
        sequence: Sequence::new(sequence),
        id: EventId::parse(&sequence.to_string()).unwrap(),
        source: "/test".into(),
        type_name: "T".into(),
        subject: subject.to_string().into(),
        recorded_at: Timestamp::EPOCH,
        json: Bytes::from_static(b"{}"),
    })
}

pub(super) fn rules(batch: usize) -> Rules {
    Rules { batch, bytes: 1000, patience: 3, parks_in_row: 3, most_parked: 100 }
}

/// Lets the window read on in a log, up to its end.
pub(super) fn read(window: &mut Window, log: &str) -> bool {
    let after = window.scanned().get();
    let entries = log.chars().zip(1..).filter(|&(_, n)| n > after).map(|(subject, n)| entry(n, subject)).collect();
    let end = Sequence::new(log.len() as u64);
    window.fill(&Page { entries, upto: end, head: end }, |_| true)
}

pub(super) fn over(log: &str, batch: usize) -> Window {
    let mut window = Window::new(rules(batch), Sequence::ZERO, []);
    read(&mut window, log);
    window
}

fn numbers(push: &Push) -> Vec<u64> {
    push.entries.iter().map(|entry| entry.sequence.get()).collect()
}

pub(super) fn refused() -> Verdict {
    Verdict::Refused("no".into())
}

pub(super) fn down() -> Verdict {
    Verdict::Down { reason: "down".into(), retry_after: None, suspicious: true }
}

fn busy(seconds: u64) -> Verdict {
    Verdict::Down { reason: "busy".into(), retry_after: Some(Duration::from_secs(seconds)), suspicious: false }
}

pub(super) fn done(push: &Push) -> Verdict {
    Verdict::Results(vec![Outcome::Done; push.entries.len()])
}

/// One push, which must carry these events, with its answer.
pub(super) fn push(window: &mut Window, expected: &[u64], verdict: impl FnOnce(&Push) -> Verdict) -> Step {
    let push = window.next_push().unwrap();
    assert_eq!(numbers(&push), expected);
    let verdict = verdict(&push);
    window.answered(&push, verdict)
}

/// `d`one, `r`efused or `a`gain per event.
pub(super) fn results(text: &str) -> Verdict {
    let outcome = |letter| match letter {
        'd' => Outcome::Done,
        'r' => Outcome::Refused("no".into()),
        _ => Outcome::Again("later".into()),
    };
    Verdict::Results(text.chars().map(outcome).collect())
}

pub(super) fn parks(step: &Step) -> Vec<(&str, u64)> {
    step.park.iter().map(|park| (&*park.subject, park.first.get())).collect()
}

#[test]
fn all_goes_well() {
    let mut window = over("ABA", 1);
    for n in 1..=3 {
        let step = push(&mut window, &[n], done);
        assert!(step.moved && !step.wait && step.park.is_empty());
        assert_eq!(window.cursor(), Sequence::new(n));
    }
    assert!(window.next_push().is_none());
}

#[test]
fn a_push_says_how_far_the_cursor_will_be() {
    let mut window = Window::new(rules(2), Sequence::ZERO, []);
    let entries = vec![entry(3, 'A'), entry(5, 'B'), entry(7, 'C')];
    window.fill(&Page { entries, upto: Sequence::new(9), head: Sequence::new(9) }, |_| true);
    assert_eq!(window.cursor(), Sequence::new(2), "what is not wanted is passed");
    let push = window.next_push().unwrap();
    assert_eq!((numbers(&push), push.upto), (vec![3, 5], Sequence::new(6)));
    window.answered(&push, results("dd"));
    let push = window.next_push().unwrap();
    assert_eq!((numbers(&push), push.upto, push.head), (vec![7], Sequence::new(9), Sequence::new(9)));
}

/// Refused events in a row, as many as may be: each costs one push, no pause, and nothing is undone.
#[test]
fn poison_is_found_by_a_probe_and_parked_alone() {
    let mut window = over("AABA", 1);
    for _ in 0..3 {
        let step = push(&mut window, &[1], |_| down());
        assert!(step.wait && step.park.is_empty());
    }
    let probe = push(&mut window, &[3], done);
    assert!(!probe.wait, "the front is tried once more at once");
    assert_eq!(window.cursor(), Sequence::ZERO);
    let step = push(&mut window, &[1], |_| down());
    assert_eq!(step.park, [Park { subject: "A".into(), first: Sequence::new(1), error: "down".into() }]);
    assert_eq!(window.cursor(), Sequence::new(4), "its later events wait with it");
    assert!(window.next_push().is_none());
    window.rejoin("A");
    read(&mut window, "AABAA");
    push(&mut window, &[5], done);
}

#[test]
fn an_event_that_crashes_its_receiver_is_poison_too() {
    let mut window = over("AB", 1);
    for _ in 0..3 {
        push(&mut window, &[1], |_| down());
    }
    push(&mut window, &[2], done);
    assert_eq!(parks(&push(&mut window, &[1], |_| down())), [("A", 1)]);
}

#[test]
fn an_outage_that_ends_during_a_probe_parks_nothing() {
    let mut window = over("AB", 1);
    for _ in 0..3 {
        push(&mut window, &[1], |_| down());
    }
    push(&mut window, &[2], done);
    let step = push(&mut window, &[1], done);
    assert!(step.park.is_empty());
    assert_eq!(window.cursor(), Sequence::new(2));
}

#[test]
fn an_outage_parks_nothing_however_long_it_is() {
    for (batch, verdict) in [(1, down()), (8, down()), (1, busy(1)), (8, busy(1)), (8, results("aaaaaaaa"))] {
        let mut window = over("ABCABCABC", batch);
        for _ in 0..100 {
            let next = window.next_push().unwrap();
            let step = window.answered(&next, verdict.clone());
            assert!(step.wait && step.park.is_empty() && !step.moved);
        }
        assert!(window.failing());
        while let Some(next) = window.next_push() {
            let all = done(&next);
            assert!(window.answered(&next, all).park.is_empty());
        }
        assert_eq!(window.cursor(), Sequence::new(9));
        assert!(!window.failing(), "it recovers by itself");
    }
}

#[test]
fn probes_take_turns_so_that_one_poison_does_not_hide_another() {
    let mut window = over("ABC", 1);
    for _ in 0..3 {
        push(&mut window, &[1], |_| down());
    }
    push(&mut window, &[2], |_| down());
    push(&mut window, &[1], |_| down());
    push(&mut window, &[3], done);
    assert_eq!(parks(&push(&mut window, &[1], |_| down())), [("A", 1)]);
}

#[test]
fn without_another_subject_poison_waits_until_one_comes() {
    let mut window = over("AA", 1);
    for _ in 0..10 {
        let step = push(&mut window, &[1], |_| down());
        assert!(step.wait && step.park.is_empty());
    }
    assert!(!read(&mut window, "AAA"), "more of the same tells nothing");
    assert!(read(&mut window, "AAAB"), "another subject ends the pause");
    push(&mut window, &[4], done);
    assert_eq!(parks(&push(&mut window, &[1], |_| down())), [("A", 1)]);
}

#[test]
fn a_busy_receiver_says_nothing_about_the_event() {
    let mut window = over("AB", 1);
    for _ in 0..10 {
        let step = push(&mut window, &[1], |_| busy(7));
        assert_eq!(step.at_least, Some(Duration::from_secs(7)));
    }
    push(&mut window, &[1], done);
}

#[test]
fn in_a_batch_the_others_results_are_the_evidence() {
    let mut window = over("ABAC", 4);
    push(&mut window, &[1, 2, 3, 4], |_| results("adad"));
    assert_eq!(window.cursor(), Sequence::ZERO);
    read(&mut window, "ABACDE");
    push(&mut window, &[1, 3, 5, 6], |_| results("addd"));
    read(&mut window, "ABACDEFA");
    let step = push(&mut window, &[1, 3, 7, 8], |_| results("aada"));
    assert_eq!(parks(&step), [("A", 1)]);
    assert_eq!(window.cursor(), Sequence::new(8));
}

#[test]
fn what_follows_a_failure_of_its_subject_is_not_done_whatever_is_said() {
    let mut window = over("AAB", 3);
    push(&mut window, &[1, 2, 3], |_| results("add"));
    push(&mut window, &[1, 2], |_| results("dd"));
    assert_eq!(window.cursor(), Sequence::new(3));
}

#[test]
fn a_batch_that_fails_as_a_whole_is_taken_apart() {
    let mut window = over("ABCDE", 4);
    push(&mut window, &[1, 2, 3, 4], |_| down());
    push(&mut window, &[1], done);
    push(&mut window, &[2, 3], |_| down());
    push(&mut window, &[2], |_| down());
    push(&mut window, &[2], |_| down());
    push(&mut window, &[3], done);
    assert_eq!(parks(&push(&mut window, &[2], |_| down())), [("B", 2)]);
    push(&mut window, &[4], done);
    push(&mut window, &[5], done);
    assert_eq!(window.cursor(), Sequence::new(5));
}

#[test]
fn a_receiver_that_is_gone_stops_it_all() {
    let mut window = over("A", 1);
    let step = push(&mut window, &[1], |_| Verdict::Gone("bye".into()));
    assert_eq!(step.gone.as_deref(), Some("bye"));
    assert_eq!(window.cursor(), Sequence::ZERO);
}

/// Pushes once to a receiver that puts these subjects off.
fn push_failing(window: &mut Window, subjects: &str) -> Option<Step> {
    let next = window.next_push()?;
    let outcome = |entry: &Arc<Entry>| {
        if subjects.contains(&*entry.subject) { Outcome::Again("later".into()) } else { Outcome::Done }
    };
    let verdict = Verdict::Results(next.entries.iter().map(outcome).collect());
    Some(window.answered(&next, verdict))
}

#[test]
fn three_parks_in_a_row_undo_themselves() {
    let log = "ABCXYZ";
    let mut window = over(log, 1);
    let mut parked = Vec::new();
    let step = loop {
        let step = push_failing(&mut window, "ABC").unwrap();
        if step.rewound {
            break step;
        }
        parked.extend(step.park.into_iter().map(|park| park.subject));
    };
    assert_eq!(parked, ["A".into(), "B".into()]);
    assert_eq!(step.unpark, ["A".into(), "B".into()], "{step:?}");
    assert!(step.park.is_empty() && step.wait);
    assert!(window.failing());
    assert_eq!((window.cursor(), window.scanned()), (Sequence::ZERO, Sequence::ZERO));

    // All is well again: everything that was not delivered comes, in order, and nothing twice.
    read(&mut window, log);
    for n in 1..=3 {
        push(&mut window, &[n], done);
    }
    assert!(window.next_push().is_none());
    assert_eq!(window.cursor(), Sequence::new(6));
    assert!(!window.failing());
}

#[test]
fn as_much_poison_in_a_row_is_parked_at_the_second_attempt() {
    let log = "ABCXYZXYZXYZ";
    let mut window = over(log, 1);
    let mut undone = 0;
    let mut parked = 0;
    while let Some(step) = push_failing(&mut window, "ABC") {
        // As a service does every few seconds.
        window.reconsider();
        parked = parked + step.park.len() - step.unpark.len();
        if step.rewound {
            undone += 1;
            read(&mut window, log);
        }
    }
    assert_eq!((undone, parked, window.cursor()), (1, 3, Sequence::new(12)));
}

#[test]
fn a_success_in_order_between_parks_ends_the_row() {
    let mut window = over("AxByCzD", 8);
    let mut parked = Vec::new();
    for log in ["AxByCzDu", "AxByCzDuv", "AxByCzDuvw"] {
        read(&mut window, log);
        parked.extend(push_failing(&mut window, "ABCD").unwrap().park);
    }
    assert_eq!(parked.len(), 4);
    assert!(!window.failing());
}

#[test]
fn what_was_parked_before_is_skipped() {
    let mut window = Window::new(rules(4), Sequence::ZERO, ["A".into()]);
    read(&mut window, "ABA");
    push(&mut window, &[2], done);
    assert_eq!(window.cursor(), Sequence::new(3));
}
