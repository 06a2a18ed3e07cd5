//! Every decision, as a table: who asks what of which post, and what comes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use chassis::headers::IfMatch;
use contract::{Change, DecidedBy, PostChange, Status, Verdict};

use super::*;

const THEN: Timestamp = Timestamp::EPOCH;
const ADA: Option<&str> = Some("ada");
const BOB: Option<&str> = Some("bob");

/// A post of Ada's, or of nobody's, at its first revision.
fn posted(owner: Option<&str>) -> (PostId, PostItem) {
    let draft = Draft { title: "Title".to_owned(), content: Some("text".to_owned()), author_name: None };
    let created = create(PostId::new(), draft, owner.map(str::to_owned), THEN);
    let (id, mut item) = (created.id, PostItem::new());
    assert!(item.apply(PostChange::from(created).change).is_changed());
    (id, item)
}

fn deleted(owner: Option<&str>) -> (PostId, PostItem) {
    let (id, mut item) = posted(owner);
    item.apply(Change::Deleted(DeletedBy::Author));
    (id, item)
}

/// What is known of a post whose verdict came before it did.
fn only_judged() -> (PostId, PostItem) {
    let mut item = PostItem::new();
    item.apply(verdict(1, Status::Approved));
    (PostId::new(), item)
}

fn verdict<C, O>(revision: u32, status: Status) -> Change<C, O> {
    Change::Moderated(Verdict {
        revision: Revision::new(revision).unwrap(),
        decision: 1,
        status,
        reason: None,
        rule: None,
        decided_by: Some(DecidedBy::Rules),
    })
}

fn caller(owner: Option<&str>, expected: Option<u32>) -> Caller {
    let expected = expected.map(|revision| IfMatch::Revisions(vec![revision]));
    Caller { owner: owner.map(str::to_owned), expected }
}

fn to(title: &str) -> Edit {
    Edit { title: Some(title.to_owned()), content: None }
}

/// Whose call on which post, and what comes of an edit and of a deletion (whether it is told).
type Case = (&'static str, (PostId, PostItem), Caller, Result<(), Refusal>, Result<bool, Refusal>);

#[test]
fn who_may_change_what() {
    let first = Revision::FIRST;
    let cases: [Case; 13] = [
        ("its author", posted(ADA), caller(ADA, None), Ok(()), Ok(true)),
        ("its author, at this revision", posted(ADA), caller(ADA, Some(1)), Ok(()), Ok(true)),
        (
            "its author, at another revision",
            posted(ADA),
            caller(ADA, Some(2)),
            Err(Refusal::Denied(Denied::Changed(first))),
            Err(Refusal::Denied(Denied::Changed(first))),
        ),
        (
            "another",
            posted(ADA),
            caller(BOB, None),
            Err(Refusal::Denied(Denied::KeyWrong)),
            Err(Refusal::Denied(Denied::KeyWrong)),
        ),
        (
            "another, elsewhere",
            posted(ADA),
            caller(BOB, Some(2)),
            Err(Refusal::Denied(Denied::KeyWrong)),
            Err(Refusal::Denied(Denied::KeyWrong)),
        ),
        (
            "nobody",
            posted(ADA),
            caller(None, None),
            Err(Refusal::Denied(Denied::KeyMissing)),
            Err(Refusal::Denied(Denied::KeyMissing)),
        ),
        (
            "someone, of nobody's",
            posted(None),
            caller(BOB, None),
            Err(Refusal::Denied(Denied::KeyWrong)),
            Err(Refusal::Denied(Denied::KeyWrong)),
        ),
        (
            "nobody, of nobody's",
            posted(None),
            caller(None, None),
            Err(Refusal::Denied(Denied::KeyMissing)),
            Err(Refusal::Denied(Denied::KeyMissing)),
        ),
        ("its author, when deleted", deleted(ADA), caller(ADA, None), Err(Refusal::Unknown), Ok(false)),
        ("another, when deleted", deleted(ADA), caller(BOB, None), Err(Refusal::Unknown), Err(Refusal::Unknown)),
        ("nobody, when deleted", deleted(None), caller(None, None), Err(Refusal::Unknown), Err(Refusal::Unknown)),
        ("someone, when unknown", only_judged(), caller(ADA, None), Err(Refusal::Unknown), Err(Refusal::Unknown)),
        ("nobody, when unknown", only_judged(), caller(None, None), Err(Refusal::Unknown), Err(Refusal::Unknown)),
    ];
    for (name, (id, item), caller, edited, removed) in cases {
        let outcome = edit(id, &item, to("Another"), &caller, THEN);
        assert_eq!(outcome.map(|event| assert!(event.is_some())), edited, "{name} edits");
        assert_eq!(delete(id, &item, &caller).map(|event| event.is_some()), removed, "{name} deletes");
    }
}

#[test]
fn an_edit_keeps_what_it_does_not_name() {
    let (id, item) = posted(ADA);
    let edited = |change: Edit| edit(id, &item, change, &caller(ADA, None), THEN).unwrap();
    let event = edited(to("Another")).unwrap();
    assert_eq!((event.title.as_str(), event.content.as_deref()), ("Another", Some("text")));
    assert_eq!(event.revision.get(), 2);
    let event = edited(Edit { title: None, content: Some(None) }).unwrap();
    assert_eq!((event.title.as_str(), event.content), ("Title", None));
    assert_eq!(edited(to("Title")), None, "it changes nothing");
    assert_eq!(edited(Edit { title: None, content: Some(Some("text".to_owned())) }), None);
}

#[test]
fn an_edit_is_never_earlier_than_the_one_before() {
    let (id, mut item) = posted(ADA);
    let later = Timestamp::from_millis(5000);
    let first = edit(id, &item, to("2"), &caller(ADA, None), later).unwrap().unwrap();
    item.apply(PostChange::from(first).change);
    let second = edit(id, &item, to("3"), &caller(ADA, None), Timestamp::from_millis(4000)).unwrap().unwrap();
    assert_eq!((second.revision.get(), second.edited_at), (3, later));
}

#[test]
fn who_sees_what() {
    let judged = |status| {
        let (_, mut item) = posted(ADA);
        item.apply(verdict(1, status));
        item
    };
    let cases = [
        ("pending", posted(ADA).1, true, true),
        ("approved", judged(Status::Approved), true, true),
        ("rejected", judged(Status::Rejected), false, true),
        ("deleted", deleted(ADA).1, false, false),
        ("unknown", only_judged().1, false, false),
    ];
    for (name, item, public, own) in cases {
        assert_eq!(is_seen_by(&item, None), public, "{name}, nobody");
        assert_eq!(is_seen_by(&item, BOB), public, "{name}, another");
        assert_eq!(is_seen_by(&item, ADA), own, "{name}, its author");
    }
}

#[test]
fn a_draft_is_trimmed_and_every_flaw_is_named() {
    let draft = Draft::check(" Title ", Some(" "), Some("")).unwrap();
    assert_eq!(draft, Draft { title: "Title".to_owned(), content: None, author_name: None });
    let pointers = |flaws: Vec<FieldError>| flaws.into_iter().map(|flaw| flaw.pointer).collect::<Vec<_>>();
    let long = "x".repeat(CONTENT + 1);
    let flaws = Draft::check("", Some(&long), Some("a\nb")).unwrap_err();
    assert_eq!(pointers(flaws), ["/title", "/content", "/authorName"]);
    assert_eq!(pointers(Edit::check(None, None).unwrap_err()), [""]);
    assert_eq!(pointers(Edit::check(Some(" "), Some(Some(&long))).unwrap_err()), ["/title", "/content"]);
    assert_eq!(Edit::check(None, Some(None)).unwrap(), Edit { title: None, content: Some(None) });
}
