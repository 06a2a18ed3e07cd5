//! The fold itself, byte for byte: it does not matter in which order events come, or how often; and what is shown was
//! judged as it stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::{CommentId, Event, LogId, PostId, Sequence, Status};
use proptest::prelude::*;
use proptest::sample::Index;
use query::canonical::{self, Digester, Position};
use query::heard::{EventKey, Heard, Word};
use query::html::Text;
use query::projection::{Folded, Projection};
use query::store::{Sort, Store};
use query::view::{self, Unseen};
use serde_json::Value;

use super::said::{
    comment_deleted, commented, post_created, post_deleted, post_judged, post_updated, revision, updated,
};

/// Folds these events, some at a time, into an empty model.
pub fn fold(events: &[Event], together: usize) -> (Arc<Store>, Position) {
    let store = Arc::<Store>::default();
    let log = LogId::from_uuid(uuid::Uuid::from_u128(7));
    let mut projection = Projection::new(Arc::clone(&store), Position { log: Some(log), sequence: Sequence::ZERO });
    let heard = events.iter().enumerate().map(|(index, event)| Heard {
        key: EventKey::of(&index.to_string()),
        sequence: Sequence::new(index as u64 + 1),
        word: Word::of(event.clone()),
    });
    let heard: Vec<Heard> = heard.collect();
    let mut folded = Folded::default();
    for some in heard.chunks(together.max(1)) {
        projection.fold(some.iter().cloned(), &mut folded);
    }
    // What was folded is passed over.
    projection.fold(heard, &mut folded);
    (store, projection.position())
}

/// The model's bytes, without the place: other events may have led there.
fn state(store: &Store) -> Vec<u8> {
    canonical::bytes(Position::default(), store)
}

/// All that readers can see of it.
fn seen(store: &Store, reader: view::Reader<'_>) -> Vec<Vec<u8>> {
    let rendered = |texts: Vec<Text>| texts.iter().for_each(|text| _ = text.render());
    let list = |sort| loop {
        match view::list(store, sort, None, 1000, reader) {
            Ok(view) => return view.body.to_vec(),
            Err(texts) => rendered(texts),
        }
    };
    let post = |id| loop {
        match view::post(store, id, None, 1000, reader) {
            Ok(view) => return Some(view.body.to_vec()),
            Err(Unseen::Unrendered(texts)) => rendered(texts),
            Err(_) => return None,
        }
    };
    let lists = [Sort::New, Sort::Active].map(list);
    let mut ids: Vec<PostId> = store.all(|id, _| id);
    ids.sort();
    lists.into_iter().chain(ids.into_iter().filter_map(post)).collect()
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Pending), Just(Status::Approved), Just(Status::Rejected)]
}

const POSTS: u128 = 3;
const COMMENTS: u128 = 4;

fn post_id(number: u128) -> PostId {
    PostId::from_uuid(uuid::Uuid::from_u128(0x1000 + number % POSTS))
}

fn comment_id(number: u128) -> CommentId {
    CommentId::from_uuid(uuid::Uuid::from_u128(0x2000 + number % COMMENTS))
}

/// Any event about a few posts and comments, also such as no honest producer says.
fn any_event() -> impl Strategy<Value = Event> {
    let parts = (0..7_u8, any::<u128>(), any::<u128>(), 1..4_u32, 0..4_u32, status(), 0..3_i64, any::<Option<u128>>());
    parts.prop_map(|(kind, post, comment, number, decision, status, at, parent)| {
        let (post, comment, parent) = (post_id(post), comment_id(comment), parent.map(comment_id));
        let text = format!("text {number}");
        let created = commented(post, comment, parent, at, &text);
        match kind {
            0 => post_created(post, at, &text).into(),
            1 => post_updated(post, number, &text).into(),
            2 => post_judged(post, number, decision, status).into(),
            3 if number == 1 => post_deleted(post).into(),
            3 | 4 => created.into(),
            5 => updated(&created, number, decision, status, &text).into(),
            _ => comment_deleted(&created).into(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn order_and_repetition_do_not_matter(
        events in proptest::collection::vec(any_event(), 0..40),
        swaps in proptest::collection::vec(any::<(Index, Index)>(), 0..60),
        again in proptest::collection::vec(any::<Index>(), 0..20),
        together in 1..10_usize,
    ) {
        let mut other = events.clone();
        if !events.is_empty() {
            other.extend(again.iter().map(|index| events[index.index(events.len())].clone()));
            for (a, b) in swaps {
                let (a, b) = (a.index(other.len()), b.index(other.len()));
                other.swap(a, b);
            }
        }
        let (one, _) = fold(&events, 1);
        let (two, _) = fold(&other, together);
        prop_assert_eq!(state(&one), state(&two));
        prop_assert_eq!(seen(&one, None), seen(&two, None));
        let owner = super::said::hash(super::said::BOB);
        prop_assert_eq!(seen(&one, Some(&owner)), seen(&two, Some(&owner)));
        prop_assert_eq!(one.size(), two.size());
    }

    /// A comment is edited while it is judged, and events come in any order and number: what everyone sees was always
    /// approved as it stands, by some verdict that was said.
    #[test]
    fn nothing_is_shown_that_was_not_judged_as_it_stands(
        verdicts in proptest::collection::vec((1..4_u32, status()), 0..8),
        order in proptest::collection::vec(any::<Index>(), 1..40),
    ) {
        let (post, id) = (post_id(0), comment_id(0));
        let created = commented(post, id, None, 0, "version 1");
        let mut said: Vec<Event> = vec![created.clone().into()];
        let mut approved = BTreeSet::new();
        for number in 2..4 {
            said.push(updated(&created, number, 0, Status::Pending, &format!("version {number}")).into());
        }
        for (decision, (number, status)) in (1..).zip(verdicts) {
            let text = format!("version {number}");
            if status == Status::Approved {
                approved.insert(text.clone());
            }
            said.push(updated(&created, number, decision, status, &text).into());
        }
        let mut heard: Vec<Event> = vec![post_created(post, 0, "Title").into()];
        for index in order {
            heard.push(said[index.index(said.len())].clone());
            let (store, _) = fold(&heard, 3);
            let body = view::list(&store, Sort::New, None, 10, None).unwrap().body;
            let posts: Value = serde_json::from_slice(&body).unwrap();
            let Some(comment) = posts[0]["comments"].get(0) else { continue };
            let Some(text) = comment["content"].as_str() else {
                prop_assert_eq!(&comment["withheld"], true);
                continue;
            };
            prop_assert!(approved.contains(text), "{text} was shown");
            prop_assert_eq!(text, format!("version {}", comment["revision"]));
            prop_assert_eq!(&comment["status"], "approved");
        }
    }

    /// A cut that is carried out after further events is the model as it was when it began.
    #[test]
    fn a_cut_is_the_model_as_it_was(
        before in proptest::collection::vec(any_event(), 0..30),
        after in proptest::collection::vec(any_event(), 0..30),
    ) {
        let (store, position) = fold(&before, 5);
        let expected = state(&store);
        let cut = store.begin_cut().unwrap();
        prop_assert!(store.begin_cut().is_none());
        let mut projection = Projection::new(Arc::clone(&store), position);
        let heard = after.iter().enumerate().map(|(index, event)| Heard {
            key: EventKey::of("x"),
            sequence: Sequence::new(position.sequence.get() + index as u64 + 1),
            word: Word::of(event.clone()),
        });
        projection.fold(heard, &mut Folded::default());
        let mut posts = Vec::new();
        let mut digester = Digester::default();
        let whole = store.carry_out(&cut, |id, bytes| {
            digester.add(id, bytes);
            posts.push((id, bytes.to_vec()));
            Ok::<_, std::convert::Infallible>(())
        });
        prop_assert_eq!(whole, Ok(true));
        posts.sort();
        let place = canonical::bytes(Position::default(), &Store::default());
        let bytes: Vec<u8> = place.into_iter().chain(posts.into_iter().flat_map(|(_, bytes)| bytes)).collect();
        prop_assert_eq!(bytes, expected);
        let (again, _) = fold(&before, 1);
        let mut fresh = Digester::default();
        again.carry_out(&again.begin_cut().unwrap(), |id, bytes| {
            fresh.add(id, bytes);
            Ok::<_, std::convert::Infallible>(())
        }).unwrap();
        prop_assert_eq!(digester.finish(position), fresh.finish(position));
    }
}

#[test]
fn a_verdict_that_comes_before_its_version_waits_for_it() {
    let (post, id) = (post_id(0), comment_id(0));
    let created = commented(post, id, None, 0, "version 1");
    let events: Vec<Event> = vec![
        post_created(post, 0, "Title").into(),
        post_judged(post, 2, 1, Status::Rejected).into(),
        created.clone().into(),
    ];
    let (store, _) = fold(&events, 1);
    // The post's later version was rejected: nobody sees the earlier one meanwhile.
    assert_eq!(&*view::list(&store, Sort::New, None, 10, None).unwrap().body, b"[]");
    assert_eq!(revision(2), store.look(post, |post| post.item.verdict.as_ref().unwrap().revision).unwrap());
}

#[test]
fn a_comment_that_claims_two_posts_stands_below_the_one_it_was_written_for() {
    let (here, there, id) = (post_id(0), post_id(1), comment_id(0));
    let created = commented(here, id, None, 0, "text");
    let mut claim = updated(&created, 1, 1, Status::Approved, "text");
    claim.post_id = there;
    let events: Vec<Event> = vec![
        post_created(here, 0, "Here").into(),
        post_created(there, 0, "There").into(),
        created.into(),
        claim.into(),
    ];
    let (store, _) = fold(&events, 1);
    let comments = |id| store.look(id, |post| post.thread.first(10).0.len()).unwrap();
    assert_eq!((comments(here), comments(there)), (1, 0));
}
