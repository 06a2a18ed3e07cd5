//! The lifecycle's laws: order and repetition do not matter, and nothing is shown that was not judged as it stands.

use crate::samples::{self, revision};
use contract::{
    Change, CommentChange, CommentItem, DecidedBy, DeletedBy, Effect, Event, Item, ItemStatus, PostChange, PostItem,
    Showing, Status, Timestamp, Verdict, Version,
};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};
use std::collections::HashSet;

type Said = Change<u8, u8>;

fn fold<C: Ord + Clone, O: Ord + Clone>(said: &[Change<C, O>]) -> Item<C, O> {
    let mut item = Item::new();
    for change in said {
        item.apply(change.clone());
    }
    item
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Pending), Just(Status::Approved), Just(Status::Rejected)]
}

prop_compose! {
    fn verdict_on(number: u32)(
        decision in 0..4_u32, status in status(), reason in option::of("[ab]"), rule in option::of("[ab]"),
        decided_by in option::of(prop_oneof![Just(DecidedBy::Rules), Just(DecidedBy::Moderator)]),
    ) -> Verdict {
        Verdict { revision: revision(number), decision, status, reason, rule, decided_by }
    }
}

fn version_of(number: u32) -> impl Strategy<Value = Version<u8>> {
    (option::of(0..2_i64), 0..3_u8).prop_map(move |(edited, content)| Version {
        revision: revision(number),
        edited_at: edited.map(Timestamp::from_millis),
        content,
    })
}

/// Anything that can be said of an item, contradictions and dishonest producers included.
fn said() -> impl Strategy<Value = Said> {
    let number = || 1..4_u32;
    prop_oneof![
        2 => (0..3_u8, number().prop_flat_map(version_of))
            .prop_map(|(origin, version)| Change::Created { origin, version }),
        3 => number().prop_flat_map(|n| (version_of(n), option::of(verdict_on(n))))
            .prop_map(|(version, verdict)| Change::Updated { version, verdict }),
        3 => number().prop_flat_map(verdict_on).prop_map(Change::Moderated),
        1 => prop_oneof![Just(DeletedBy::Author), Just(DeletedBy::Moderator)].prop_map(Change::Deleted),
    ]
}

/// What was said, and the same with some of it repeated, in another order.
fn said_and_said_again() -> impl Strategy<Value = (Vec<Said>, Vec<Said>)> {
    vec(said(), 0..9).prop_flat_map(|said| {
        let again = subsequence(said.clone(), 0..=said.len()).prop_flat_map({
            let said = said.clone();
            move |repeated| Just([said.clone(), repeated].concat()).prop_shuffle()
        });
        (Just(said), again)
    })
}

/// Every order of these, by Heap's algorithm.
fn every_order<T: Clone>(items: &mut [T], length: usize, visit: &mut impl FnMut(&[T])) {
    if length <= 1 {
        return visit(items);
    }
    for at in 0..length {
        every_order(items, length - 1, visit);
        items.swap(if length.is_multiple_of(2) { at } else { 0 }, length - 1);
    }
}

#[test]
fn every_order_of_a_comments_events_ends_the_same() {
    let comment = |event: Event| CommentChange::of(&event).unwrap().change;
    let mut said: Vec<_> =
        samples::full().into_iter().filter_map(|(_, event)| Some(CommentChange::of(&event)?.change)).collect();
    let Event::CommentUpdated(second) = samples::full().swap_remove(6).1 else { panic!("it is an update") };
    // The edit as it was said before its verdict, the verdict on the first version as comments passed it on, and the
    // verdict on the second.
    said.push(comment(
        contract::CommentUpdated { decision: 0, status: Status::Pending, reason: None, ..second.clone() }.into(),
    ));
    let Event::CommentCreated(first) = samples::full().swap_remove(4).1 else { panic!("it is a creation") };
    said.push(comment(
        contract::CommentUpdated {
            revision: revision(1),
            decision: 1,
            content: first.content,
            status: Status::Rejected,
            reason: Some("a banned word".into()),
            edited_at: None,
            ..second.clone()
        }
        .into(),
    ));
    said.push(comment(
        contract::CommentModerated {
            id: second.id,
            revision: second.revision,
            decision: 2,
            post_id: second.post_id,
            status: Status::Approved,
            reason: second.reason,
            rule: None,
            decided_by: DecidedBy::Moderator,
        }
        .into(),
    ));
    for with_deletion in [false, true] {
        let mut said = said.clone();
        if !with_deletion {
            said.retain(|change| !matches!(change, Change::Deleted(_)));
        }
        let expected: CommentItem = fold(&said);
        let status = if with_deletion { ItemStatus::Deleted } else { ItemStatus::Approved };
        assert_eq!(expected.status(), status);
        let (mut orders, length) = (HashSet::new(), said.len());
        every_order(&mut said, length, &mut |said| {
            orders.insert(said.to_vec());
            let mut item = fold(said);
            assert_eq!(item, expected, "{said:?}");
            for change in said {
                assert!(!item.apply(change.clone()).is_changed(), "again: {change:?}");
            }
            assert_eq!(item, expected);
        });
        assert_eq!(orders.len(), (1..=length).product::<usize>());
    }
}

#[test]
fn every_order_of_a_posts_events_ends_the_same() {
    let mut said: Vec<_> =
        samples::full().into_iter().filter_map(|(_, event)| Some(PostChange::of(&event)?.change)).collect();
    let expected: PostItem = fold(&said);
    let length = said.len();
    every_order(&mut said, length, &mut |said| assert_eq!(fold(said), expected, "{said:?}"));
}

#[test]
fn a_verdict_that_is_taken_back_withholds_the_text_in_every_order() {
    let version = Version { revision: revision(1), edited_at: None, content: 0 };
    for status in [Status::Approved, Status::Rejected] {
        let verdict = |decision, status| Verdict {
            revision: revision(1),
            decision,
            status,
            reason: None,
            rule: None,
            decided_by: None,
        };
        let judged = |decision, status| {
            let echo = Change::Updated { version: version.clone(), verdict: Some(verdict(decision, status)) };
            [Change::Moderated(verdict(decision, status)), echo]
        };
        let created = Change::Created { origin: 0, version: version.clone() };
        let mut said: Vec<Said> = [vec![created], judged(1, status).into(), judged(2, Status::Pending).into()].concat();
        let length = said.len();
        every_order(&mut said, length, &mut |said| {
            let mut item = fold(said);
            assert_eq!(item.status(), ItemStatus::Pending, "{said:?}");
            assert!(!item.is_shown(Showing::OnceApproved) && !item.is_shown(Showing::UntilRejected), "{said:?}");
            item.apply(Change::Moderated(verdict(3, Status::Approved)));
            assert!(item.is_shown(Showing::OnceApproved) && item.is_shown(Showing::UntilRejected), "{said:?}");
        });
    }
}

/// The verdict, or the taking back of one, that comes after all others.
fn last_word(said: &[Said]) -> Option<&Verdict> {
    let verdicts = said.iter().filter_map(|change| match change {
        Change::Moderated(verdict) | Change::Updated { verdict: Some(verdict), .. } => Some(verdict),
        _ => None,
    });
    verdicts.max_by_key(|verdict| (verdict.revision, verdict.decision, verdict.status))
}

/// What is shown must be what was said of exactly this version, worked out from all that was said at once.
fn judged_good(said: &[Said], item: &Item<u8, u8>) -> bool {
    let now = item.version.as_ref().unwrap();
    last_word(said).is_some_and(|last| last.revision == now.revision && last.status == Status::Approved)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn order_and_repetition_do_not_matter((said, again) in said_and_said_again()) {
        prop_assert_eq!(fold(&said), fold(&again));
    }

    #[test]
    fn hearing_the_same_again_changes_nothing_and_effects_are_true(said in vec(said(), 0..9)) {
        let mut item = Item::new();
        for change in &said {
            let was = item.clone();
            let effect = item.apply(change.clone());
            prop_assert_eq!(effect == Effect::Changed, item != was);
            prop_assert!(!item.apply(change.clone()).is_changed());
        }
        let end = item.clone();
        for change in &said {
            prop_assert!(!item.apply(change.clone()).is_changed());
        }
        prop_assert_eq!(item, end);
    }

    #[test]
    fn nothing_is_seen_but_under_its_own_last_verdict(said in vec(said(), 0..9)) {
        let item = fold(&said);
        let gone = said.iter().any(|change| matches!(change, Change::Deleted(_)));
        let begun = said.iter().any(|change| matches!(change, Change::Created { .. }));
        prop_assert_eq!(item.status() == ItemStatus::Deleted, gone);
        prop_assert_eq!(item.status() == ItemStatus::Unknown, !gone && !begun);
        if item.is_shown(Showing::OnceApproved) {
            prop_assert!(judged_good(&said, &item));
            prop_assert!(item.is_shown(Showing::UntilRejected));
        } else if begun && !gone {
            prop_assert!(!judged_good(&said, &item));
        }
    }

    /// A text that shows before it is judged shows exactly while nothing was ever said of it, or the last word on
    /// whatever version was good.
    #[test]
    fn nothing_is_shown_unjudged_after_a_bad_word_or_one_taken_back(said in vec(said(), 0..9)) {
        let item = fold(&said);
        let good = last_word(&said).is_none_or(|last| last.status == Status::Approved);
        let there = !matches!(item.status(), ItemStatus::Unknown | ItemStatus::Deleted);
        prop_assert_eq!(item.is_shown(Showing::UntilRejected), there && good && !item.is_outdated());
    }

    /// Versions are good (even) or bad (odd) in themselves, and a moderator finds out. Whatever part of it all has
    /// been heard, in whatever order, a bad text is never seen approved, nor after its rejection was heard.
    #[test]
    fn an_edit_that_races_its_verdict_shows_nothing_unjudged(
        (texts, heard) in vec(0..6_u8, 1..5).prop_flat_map(|texts| {
            let mut said = Vec::new();
            for (number, text) in (1..).zip(&texts) {
                let version = Version { revision: revision(number), edited_at: None, content: *text };
                let status = if text % 2 == 0 { Status::Approved } else { Status::Rejected };
                let verdict = Verdict {
                    revision: revision(number), decision: number, status, reason: None, rule: None, decided_by: None,
                };
                said.push(if number == 1 {
                    Change::Created { origin: 0, version: version.clone() }
                } else {
                    Change::Updated { version: version.clone(), verdict: None }
                });
                said.push(Change::Moderated(verdict.clone()));
                said.push(Change::Updated { version, verdict: Some(verdict) });
            }
            let length = said.len();
            (Just(texts), Just(said).prop_shuffle().prop_flat_map(move |said| subsequence(said, 0..=length).prop_shuffle()))
        })
    ) {
        let mut item: Item<u8, u8> = Item::new();
        let mut rejections = Vec::new();
        for change in heard {
            if let Change::Moderated(verdict) | Change::Updated { verdict: Some(verdict), .. } = &change
                && verdict.status == Status::Rejected
            {
                rejections.push(verdict.revision);
            }
            item.apply(change);
            if item.is_shown(Showing::OnceApproved) {
                let version = item.version.as_ref().unwrap();
                prop_assert_eq!(version.content % 2, 0, "{:?} of {:?}", version, &texts);
            }
            if item.is_shown(Showing::UntilRejected) {
                let version = item.version.as_ref().unwrap();
                prop_assert!(!rejections.contains(&version.revision), "{:?}", version);
            }
        }
    }
}
