//! The decisions about one comment, by tables; and that no order of edits and verdicts shows what was not judged.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chassis::headers::IfMatch;
use contract::{Mark, Verdict};
use proptest::prelude::*;

use super::*;

const ADA: &str = "ada";

fn new() -> Comment {
    let draft = Draft { content: "1".to_owned(), parent_id: None, author_name: None };
    let new = NewComment { id: CommentId::new(), post_id: PostId::new(), draft, owner_key: Some(ADA.to_owned()) };
    Comment::create(new, Timestamp::EPOCH).0
}

fn ada() -> Caller {
    Caller { owner: Some(ADA.to_owned()), expected: None }
}

fn verdict(revision: u32, decision: u32, status: Status) -> Change<String, CommentOrigin> {
    let revision = Revision::new(revision).unwrap();
    Change::Moderated(Verdict { revision, decision, status, reason: None, rule: None, decided_by: None })
}

fn said(reaction: Reaction) -> Option<(u32, u32, Status)> {
    match reaction {
        Reaction::Say(Event::CommentUpdated(told)) => Some((told.revision.get(), told.decision, told.status)),
        Reaction::Say(other) => panic!("{other:?}"),
        Reaction::Nothing | Reaction::Keep => None,
    }
}

#[test]
fn what_a_verdict_is_worth() {
    use Status::{Approved, Pending, Rejected};
    // Verdicts as (revision, decision, status) on a comment at revision 2, and what is said after each.
    type Said = (u32, u32, Status);
    type Case<'a> = (&'a str, &'a [Said], &'a [Option<Said>]);
    let cases: [Case<'_>; 10] = [
        ("approved", &[(2, 1, Approved)], &[Some((2, 1, Approved))]),
        ("rejected", &[(2, 1, Rejected)], &[Some((2, 1, Rejected))]),
        ("twice", &[(2, 1, Approved), (2, 1, Approved)], &[Some((2, 1, Approved)), None]),
        ("an older revision", &[(1, 1, Approved)], &[None]),
        ("a later revision", &[(3, 1, Approved)], &[None]),
        ("overruled", &[(2, 1, Approved), (2, 2, Rejected)], &[Some((2, 1, Approved)), Some((2, 2, Rejected))]),
        ("confirmed", &[(2, 1, Approved), (2, 2, Approved)], &[Some((2, 1, Approved)), None]),
        ("late", &[(2, 2, Rejected), (2, 1, Approved)], &[Some((2, 2, Rejected)), None]),
        ("held", &[(2, 1, Pending), (2, 2, Approved)], &[None, Some((2, 2, Approved))]),
        ("reopened", &[(2, 1, Approved), (2, 2, Pending)], &[Some((2, 1, Approved)), Some((2, 2, Pending))]),
    ];
    for (name, verdicts, expected) in cases {
        let mut comment = new();
        comment.edit("2".to_owned(), &ada(), Timestamp::EPOCH).unwrap().unwrap();
        for ((revision, decision, status), expected) in verdicts.iter().zip(expected) {
            assert_eq!(said(comment.hear(verdict(*revision, *decision, *status))), *expected, "{name}");
        }
    }
}

#[test]
fn who_may_change_it() {
    let named = |revisions: &[u32]| Some(IfMatch::Revisions(revisions.to_vec()));
    let owned_by = |owner: Option<&str>, expected| Caller { owner: owner.map(str::to_owned), expected };
    let cases = [
        (owned_by(Some(ADA), None), None),
        (owned_by(Some(ADA), Some(IfMatch::Any)), None),
        (owned_by(Some(ADA), named(&[1])), None),
        (owned_by(Some(ADA), named(&[2])), Some(Refusal::Denied(Denied::Changed(Revision::FIRST)))),
        (owned_by(Some(ADA), named(&[])), Some(Refusal::Denied(Denied::Changed(Revision::FIRST)))),
        (owned_by(Some("bob"), None), Some(Refusal::Denied(Denied::KeyWrong))),
        (owned_by(Some("bob"), named(&[2])), Some(Refusal::Denied(Denied::KeyWrong))),
        (owned_by(None, None), Some(Refusal::Denied(Denied::KeyMissing))),
    ];
    for (caller, refusal) in cases {
        assert_eq!(new().edit("2".to_owned(), &caller, Timestamp::EPOCH).err(), refusal, "{caller:?}");
        assert_eq!(new().delete(&caller).err(), refusal, "{caller:?}");
    }
    let mut nobodys = new();
    nobodys.item.origin.as_mut().unwrap().owner_key = None;
    assert_eq!(nobodys.edit("2".to_owned(), &ada(), Timestamp::EPOCH), Err(Refusal::Denied(Denied::KeyWrong)));
    assert!(!nobodys.is_owned_by(None));
}

#[test]
fn a_deleted_comment_keeps_no_text() {
    let mut comment = new();
    comment.hear(verdict(1, 1, Status::Approved));
    assert!(comment.delete(&ada()).unwrap().is_some());
    assert!(comment.is_tombstone() && !comment.is_there() && !comment.is_shown());
    assert_eq!(comment.item.version, None);
    assert_eq!(comment.delete(&ada()), Ok(None), "again");
    assert_eq!(comment.delete(&Caller::default()), Err(Refusal::Unknown));
    assert_eq!(comment.edit("2".to_owned(), &ada(), Timestamp::EPOCH), Err(Refusal::Unknown));
    assert_eq!(comment.report("bad".to_owned()), Err(Refusal::Unknown));
    assert_eq!(comment.hear(verdict(1, 2, Status::Rejected)), Reaction::Nothing);
}

#[test]
fn an_edit_takes_a_revision_that_nobody_has_judged() {
    let mut comment = new();
    comment.hear(verdict(7, 3, Status::Approved));
    comment.item.reopened = Some(Mark { revision: Revision::new(9).unwrap(), decision: 1 });
    comment.edit("2".to_owned(), &ada(), Timestamp::EPOCH).unwrap().unwrap();
    assert_eq!(comment.revision(), Revision::new(10));
    assert_eq!(comment.status(), Status::Pending);
}

#[test]
fn the_same_text_is_no_edit() {
    let mut comment = new();
    comment.hear(verdict(1, 1, Status::Approved));
    assert_eq!(comment.edit("1".to_owned(), &ada(), Timestamp::EPOCH), Ok(None));
    assert!(comment.is_shown());
}

#[derive(Debug, Clone)]
enum Step {
    Edit(u8),
    Verdict(u32, u32, Status),
    Delete,
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![Just(Status::Approved), Just(Status::Rejected), Just(Status::Pending)];
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Edit),
        8 => (1_u32..8, 0_u32..6, status).prop_map(|(r, d, s)| Step::Verdict(r, d, s)),
        1 => Just(Step::Delete),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in whatever order: what is said to be approved was approved, at that revision and decision, and
    /// has the text that this revision has; and what everyone may read is what was last said.
    #[test]
    fn nothing_is_shown_that_was_not_judged_as_it_stands(steps in prop::collection::vec(step(), 1..24)) {
        let mut comment = new();
        let mut texts = std::collections::HashMap::from([(1, "1".to_owned())]);
        let mut verdicts = Vec::new();
        for step in steps {
            let told = match step {
                Step::Edit(text) => comment.edit(text.to_string(), &ada(), Timestamp::EPOCH).ok().flatten(),
                Step::Verdict(revision, decision, status) => {
                    verdicts.push((revision, decision, status));
                    match comment.hear(verdict(revision, decision, status)) {
                        Reaction::Say(event) => Some(event),
                        Reaction::Nothing | Reaction::Keep => None,
                    }
                }
                Step::Delete => comment.delete(&ada()).ok().flatten(),
            };
            if let Some(Event::CommentUpdated(told)) = &told {
                let text = texts.entry(told.revision.get()).or_insert_with(|| told.content.clone());
                prop_assert_eq!(&*text, &told.content, "a revision has one text");
                prop_assert_eq!(told.status, comment.status());
                if told.status != Status::Pending {
                    prop_assert!(verdicts.contains(&(told.revision.get(), told.decision, told.status)));
                }
            }
            if comment.is_shown() {
                let revision = comment.revision().unwrap().get();
                prop_assert!(verdicts.iter().any(|v| v.0 == revision && v.2 == Status::Approved));
            }
        }
    }
}
