//! The lifecycle, row by row: what an item is, what is heard, what it is then.

use crate::samples::{self, revision};
use contract::{
    Change, CommentChange, CommentItem, DeletedBy, Effect, Item, ItemStatus, PostChange, PostItem, Showing, Status,
    Timestamp, Verdict, Version, Why,
};

type Said = Change<&'static str, u8>;

fn created() -> Said {
    Change::Created { origin: 1, version: Version { revision: revision(1), edited_at: None, content: "one" } }
}

fn version(number: u32) -> Version<&'static str> {
    let content = ["", "one", "two", "three"][number as usize];
    let edited_at = (number > 1).then(|| Timestamp::from_millis(number.into()));
    Version { revision: revision(number), edited_at, content }
}

fn updated(number: u32) -> Said {
    Change::Updated { version: version(number), verdict: None }
}

fn verdict(number: u32, decision: u32, status: Status) -> Verdict {
    Verdict { revision: revision(number), decision, status, reason: None, rule: None, decided_by: None }
}

fn judged(number: u32, decision: u32, status: Status) -> Said {
    Change::Moderated(verdict(number, decision, status))
}

fn updated_and_judged(number: u32, decision: u32, status: Status) -> Said {
    Change::Updated { version: version(number), verdict: Some(verdict(number, decision, status)) }
}

fn gone() -> Said {
    Change::Deleted(DeletedBy::Author)
}

#[test]
fn the_table() {
    use ItemStatus as Is;
    use Status::{Approved, Pending, Rejected};
    const CHANGED: Effect = Effect::Changed;
    const KNOWN: Effect = Effect::Nothing(Why::Known);
    const OLD: Effect = Effect::Nothing(Why::Outdated);
    const GONE: Effect = Effect::Nothing(Why::Deleted);

    // What an item has heard, with its status then; what it hears, the effect, and its status after.
    let unknown = || (vec![], Is::Unknown);
    let waiting = || (vec![judged(1, 1, Approved)], Is::Unknown);
    let edit_first = || (vec![updated(2)], Is::Unknown);
    let pending = || (vec![created()], Is::Pending);
    let pending_2 = || (vec![created(), updated(2)], Is::Pending);
    let approved = || (vec![created(), judged(1, 1, Approved)], Is::Approved);
    let rejected = || (vec![created(), judged(1, 1, Rejected)], Is::Rejected);
    let approved_2 = || (vec![created(), updated(2), judged(2, 2, Approved)], Is::Approved);
    let reopened = || (vec![created(), judged(1, 1, Rejected), judged(1, 2, Pending)], Is::Pending);
    let deleted = || (vec![created(), gone()], Is::Deleted);
    let never_seen = || (vec![gone()], Is::Deleted);

    let table = [
        (unknown(), created(), CHANGED, Is::Pending),
        (unknown(), updated(2), CHANGED, Is::Unknown),
        (unknown(), updated_and_judged(2, 1, Approved), CHANGED, Is::Unknown),
        (unknown(), judged(1, 1, Approved), CHANGED, Is::Unknown),
        (unknown(), gone(), CHANGED, Is::Deleted),
        (waiting(), created(), CHANGED, Is::Approved),
        (waiting(), judged(1, 1, Approved), KNOWN, Is::Unknown),
        (edit_first(), created(), CHANGED, Is::Pending),
        //
        (pending(), created(), KNOWN, Is::Pending),
        (pending(), updated(1), KNOWN, Is::Pending),
        (pending(), updated(2), CHANGED, Is::Pending),
        (pending(), updated_and_judged(1, 1, Rejected), CHANGED, Is::Rejected),
        (pending(), updated_and_judged(2, 1, Approved), CHANGED, Is::Approved),
        (pending(), judged(1, 1, Approved), CHANGED, Is::Approved),
        (pending(), judged(1, 0, Rejected), CHANGED, Is::Rejected),
        (pending(), judged(1, 1, Pending), CHANGED, Is::Pending),
        (pending(), judged(2, 1, Approved), CHANGED, Is::Pending),
        (pending(), gone(), CHANGED, Is::Deleted),
        (pending_2(), created(), OLD, Is::Pending),
        (pending_2(), updated(1), OLD, Is::Pending),
        (pending_2(), judged(1, 1, Approved), CHANGED, Is::Pending),
        (pending_2(), updated_and_judged(1, 1, Approved), CHANGED, Is::Pending),
        (pending_2(), judged(2, 1, Rejected), CHANGED, Is::Rejected),
        //
        (approved(), created(), KNOWN, Is::Approved),
        (approved(), updated(2), CHANGED, Is::Pending),
        (approved(), updated_and_judged(2, 2, Rejected), CHANGED, Is::Rejected),
        (approved(), updated_and_judged(1, 1, Approved), KNOWN, Is::Approved),
        (approved(), judged(1, 1, Approved), KNOWN, Is::Approved),
        (approved(), judged(1, 0, Rejected), OLD, Is::Approved),
        (approved(), judged(1, 1, Rejected), CHANGED, Is::Rejected),
        (approved(), judged(1, 2, Rejected), CHANGED, Is::Rejected),
        (approved(), judged(1, 2, Pending), CHANGED, Is::Pending),
        (approved(), judged(2, 2, Rejected), CHANGED, Is::Pending),
        (approved(), gone(), CHANGED, Is::Deleted),
        (approved_2(), judged(1, 9, Rejected), OLD, Is::Approved),
        (approved_2(), updated(1), OLD, Is::Approved),
        //
        (rejected(), updated(1), KNOWN, Is::Rejected),
        (rejected(), updated(2), CHANGED, Is::Pending),
        (rejected(), judged(1, 1, Approved), OLD, Is::Rejected),
        (rejected(), judged(1, 1, Pending), CHANGED, Is::Rejected),
        (rejected(), judged(1, 2, Approved), CHANGED, Is::Approved),
        (rejected(), gone(), CHANGED, Is::Deleted),
        (reopened(), judged(1, 1, Approved), OLD, Is::Pending),
        (reopened(), judged(1, 2, Pending), KNOWN, Is::Pending),
        (reopened(), judged(1, 3, Approved), CHANGED, Is::Approved),
        //
        (deleted(), created(), GONE, Is::Deleted),
        (deleted(), updated_and_judged(2, 1, Approved), GONE, Is::Deleted),
        (deleted(), judged(1, 1, Approved), GONE, Is::Deleted),
        (deleted(), gone(), KNOWN, Is::Deleted),
        (deleted(), Change::Deleted(DeletedBy::Moderator), CHANGED, Is::Deleted),
        (never_seen(), created(), CHANGED, Is::Deleted),
    ];
    for ((history, before), said, effect, after) in table {
        let mut item = Item::new();
        for change in history.clone() {
            item.apply(change);
        }
        assert_eq!(item.status(), before, "{history:?}");
        let was = item.clone();
        assert_eq!(item.apply(said.clone()), effect, "{history:?}, then {said:?}");
        assert_eq!(item.status(), after, "{history:?}, then {said:?}");
        assert_eq!(item != was, effect.is_changed(), "{history:?}, then {said:?}");
    }
}

#[test]
fn who_sees_what() {
    use Status::{Approved, Pending, Rejected};
    // A history; is its text shown if it must be approved first; is it shown if it shows until rejected.
    let table = [
        (vec![], false, false),
        (vec![judged(1, 1, Approved)], false, false),
        (vec![created()], false, true),
        (vec![created(), judged(1, 1, Approved)], true, true),
        (vec![created(), judged(1, 1, Rejected)], false, false),
        (vec![created(), updated(2)], false, true),
        (vec![created(), judged(1, 1, Approved), updated(2)], false, true),
        // Rejected, then edited: not before somebody has looked.
        (vec![created(), judged(1, 1, Rejected), updated(2)], false, false),
        (vec![created(), judged(1, 1, Rejected), updated(2), updated(3)], false, false),
        (vec![created(), judged(1, 1, Rejected), updated(2), judged(2, 2, Pending)], false, false),
        (vec![created(), judged(1, 1, Rejected), updated(2), judged(2, 2, Approved)], true, true),
        (vec![created(), judged(1, 1, Rejected), updated(2), judged(2, 2, Approved), updated(3)], false, true),
        (vec![created(), judged(1, 1, Rejected), judged(1, 2, Approved)], true, true),
        // Taken back, and to be judged anew: hidden until it is, whatever the verdict was, and through edits too.
        (vec![created(), judged(1, 1, Approved), judged(1, 2, Pending)], false, false),
        (vec![created(), judged(1, 1, Rejected), judged(1, 2, Pending)], false, false),
        (vec![created(), judged(1, 1, Pending)], false, false),
        (vec![created(), judged(1, 1, Approved), judged(1, 2, Pending), updated(2)], false, false),
        (vec![created(), judged(1, 1, Approved), judged(1, 2, Pending), judged(1, 3, Approved)], true, true),
        (
            vec![created(), judged(1, 1, Approved), judged(1, 2, Pending), updated_and_judged(2, 3, Approved)],
            true,
            true,
        ),
        // A post that was rejected once must not come back by an approval that was taken back.
        (
            vec![created(), judged(1, 1, Rejected), updated(2), judged(2, 2, Approved), judged(2, 3, Pending)],
            false,
            false,
        ),
        // A verdict on a version that is on its way: the text at hand is outdated, and may have been rejected.
        (vec![created(), judged(1, 1, Rejected), judged(2, 2, Approved)], false, false),
        (vec![created(), judged(1, 1, Approved), judged(2, 2, Approved)], false, false),
        (vec![created(), judged(1, 1, Approved), judged(2, 2, Pending)], false, false),
        (vec![created(), judged(1, 1, Approved), gone()], false, false),
    ];
    for (history, once_approved, until_rejected) in table {
        let mut item = Item::new();
        for change in history.clone() {
            item.apply(change);
        }
        assert_eq!(item.is_shown(Showing::OnceApproved), once_approved, "{history:?}");
        assert_eq!(item.is_shown(Showing::UntilRejected), until_rejected, "{history:?}");
        assert_eq!(
            item.standing_verdict().is_some(),
            !matches!(item.status(), ItemStatus::Unknown | ItemStatus::Pending | ItemStatus::Deleted)
        );
    }
}

#[test]
fn a_tombstone_knows_where_it_stands_and_nothing_of_the_text() {
    let mut item = Item::new();
    for change in [updated_and_judged(2, 1, Status::Approved), gone(), created(), updated(3)] {
        item.apply(change);
    }
    assert_eq!(item.origin, Some(1));
    assert_eq!(item.deleted, Some(DeletedBy::Author));
    assert_eq!((item.version, item.verdict, item.reopened), (None, None, None));
}

#[test]
fn a_comments_events_in_the_order_of_the_flow() {
    let mut item = CommentItem::new();
    let mut statuses = Vec::new();
    for (_, event) in samples::full() {
        if let Some(change) = CommentChange::of(&event) {
            assert_eq!((change.id, change.post_id), (samples::comment(), samples::post()));
            assert!(item.apply(change.change).is_changed());
            statuses.push(item.status());
        }
    }
    assert_eq!(statuses, [ItemStatus::Pending, ItemStatus::Rejected, ItemStatus::Approved, ItemStatus::Deleted]);
    let origin = item.origin.unwrap();
    assert_eq!((origin.post_id, origin.author_id), (samples::post(), Some(samples::user())));
}

#[test]
fn a_posts_events_in_the_order_of_the_flow() {
    let mut item = PostItem::new();
    let mut statuses = Vec::new();
    let (mut posts, mut others) = (Vec::new(), 0);
    for (_, event) in samples::full() {
        match PostChange::of(&event) {
            Some(change) => posts.push(change),
            None => others += 1,
        }
    }
    assert_eq!((posts.len(), others), (4, 14));
    posts.swap(2, 3); // the verdict comes before the deletion
    for change in posts {
        assert_eq!(change.id, samples::post());
        assert!(item.apply(change.change).is_changed());
        statuses.push((item.status(), item.is_shown(Showing::UntilRejected)));
    }
    assert_eq!(
        statuses,
        [
            (ItemStatus::Pending, true),
            (ItemStatus::Pending, true),
            (ItemStatus::Rejected, false),
            (ItemStatus::Deleted, false)
        ]
    );
}

#[test]
fn an_update_without_a_decision_that_is_pending_judges_nothing() {
    for event in samples::bare() {
        if let contract::Event::CommentUpdated(data) = event {
            let change = CommentChange::from(data.clone()).change;
            assert!(matches!(change, Change::Updated { verdict: None, .. }), "{change:?}");
            let reopening = contract::CommentUpdated { decision: 2, ..data };
            let change = CommentChange::from(reopening).change;
            assert!(matches!(change, Change::Updated { verdict: Some(_), .. }), "{change:?}");
        }
    }
}
