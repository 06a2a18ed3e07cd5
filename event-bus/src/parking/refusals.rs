//! What a receiver refuses is parked at once, and holds up nothing behind it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use contract::Sequence;

use super::tests::{done, down, over, parks, push, read, refused, results, rules};
use super::{Park, Rules, Window};
use crate::answer::Verdict;
use crate::entry::Entry;

#[test]
fn what_is_refused_is_parked_at_once_and_alone() {
    let mut window = over("AABA", 1);
    let step = push(&mut window, &[1], |_| refused());
    assert_eq!(step.park, [Park { subject: "A".into(), first: Sequence::new(1), error: "no".into() }]);
    assert!(!step.wait && step.moved, "what is behind it goes on at once");
    push(&mut window, &[3], done);
    assert_eq!(window.cursor(), Sequence::new(4), "its later events wait with it");
    assert!(window.next_push().is_none() && !window.failing());
    window.rejoin("A");
    read(&mut window, "AABAA");
    push(&mut window, &[5], done);
}

#[test]
fn a_run_of_refusals_holds_up_nothing_behind_it() {
    let subjects: Vec<char> = ('a'..='z').chain('A'..='X').collect();
    for (count, batch, whole) in [1, 3, 9, 50].into_iter().flat_map(|n| [(n, 1, true), (n, 8, false), (n, 8, true)]) {
        let bad: String = subjects[..count].iter().collect();
        let log = format!("{bad}YYY");
        let mut window = over(&log, batch);
        let (mut parked, mut pushes) = (0, 0);
        while window.cursor().get() < log.len() as u64 {
            pushes += 1;
            window.reconsider();
            let next = window.next_push().unwrap();
            let is_bad = |entry: &Arc<Entry>| bad.contains(&*entry.subject);
            let verdict = if whole && next.entries.iter().any(is_bad) {
                refused()
            } else {
                results(&next.entries.iter().map(|entry| if is_bad(entry) { 'r' } else { 'd' }).collect::<String>())
            };
            let step = window.answered(&next, verdict);
            assert!(!step.wait && !step.rewound && step.unpark.is_empty(), "{step:?}");
            assert!(!window.failing());
            parked += step.park.len();
            read(&mut window, &log);
        }
        assert_eq!(parked, count);
        assert!(pushes <= count + 5, "{pushes} pushes for {count}");
    }
}

#[test]
fn what_is_refused_stays_parked_when_parks_are_undone() {
    let log = "ARBCXYZ";
    let mut window = over(log, 1);
    let mut parked = Vec::new();
    let step = loop {
        let next = window.next_push().unwrap();
        let verdict = match &*next.entries[0].subject {
            "R" => refused(),
            "A" | "B" | "C" => down(),
            _ => done(&next),
        };
        let step = window.answered(&next, verdict);
        if step.rewound {
            break step;
        }
        parked.extend(step.park.into_iter().map(|park| park.subject));
    };
    assert_eq!(parked, ["A".into(), "R".into(), "B".into()]);
    assert_eq!(step.unpark, ["A".into(), "B".into()]);
    assert_eq!(window.cursor(), Sequence::ZERO);
    read(&mut window, log);
    for n in [1, 3, 4, 7] {
        push(&mut window, &[n], done);
    }
    assert_eq!(window.cursor(), Sequence::new(7));
}

#[test]
fn a_probe_that_is_refused_shows_that_the_receiver_works() {
    let mut window = over("ABC", 1);
    for _ in 0..3 {
        push(&mut window, &[1], |_| down());
    }
    let step = push(&mut window, &[2], |_| refused());
    assert!(step.park.is_empty() && !step.wait, "what stands before it comes first");
    let step = push(&mut window, &[1], |_| down());
    assert_eq!(parks(&step), [("A", 1), ("B", 2)]);
    push(&mut window, &[3], done);
}

#[test]
fn in_a_batch_a_refusal_parks_its_subject_alone() {
    let mut window = over("ABACB", 5);
    let step = push(&mut window, &[1, 2, 3, 4, 5], |_| results("rdadd"));
    assert_eq!(parks(&step), [("A", 1)]);
    assert!(!step.wait);
    assert_eq!(window.cursor(), Sequence::new(5));
}

#[test]
fn a_batch_that_is_refused_as_a_whole_is_taken_apart_without_a_pause() {
    let mut window = over("ABCDE", 4);
    let step = push(&mut window, &[1, 2, 3, 4], |_| refused());
    assert!(!step.wait && step.park.is_empty());
    push(&mut window, &[1], done);
    push(&mut window, &[2, 3], |_| refused());
    assert_eq!(parks(&push(&mut window, &[2], |_| refused())), [("B", 2)]);
    push(&mut window, &[3], done);
    push(&mut window, &[4, 5], done);
    assert_eq!(window.cursor(), Sequence::new(5));
}

#[test]
fn too_large_a_batch_is_halved_and_one_event_is_refused() {
    let mut window = over("ABCDAB", 4);
    let step = push(&mut window, &[1, 2, 3, 4], |_| Verdict::TooLarge);
    assert!(!step.wait);
    push(&mut window, &[1, 2], |_| Verdict::TooLarge);
    assert_eq!(parks(&push(&mut window, &[1], |_| Verdict::TooLarge)), [("A", 1)]);
    push(&mut window, &[2], done);
}

#[test]
fn at_the_most_so_many_are_parked() {
    let mut window = Window::new(Rules { most_parked: 1, ..rules(1) }, Sequence::ZERO, ["P".into()]);
    read(&mut window, "AB");
    for _ in 0..3 {
        let step = push(&mut window, &[1], |_| refused());
        assert!(step.park.is_empty() && step.wait);
        assert!(window.failing());
    }
    push(&mut window, &[2], done);
    for verdict in [refused(), down()] {
        let step = push(&mut window, &[1], |_| verdict);
        assert!(step.park.is_empty() && step.wait);
        assert!(window.failing());
    }
    push(&mut window, &[1], done);
    assert_eq!(window.cursor(), Sequence::new(2));
}
