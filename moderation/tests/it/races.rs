//! Edits that race their verdicts: whatever the order, what was said last is about what stands.

use std::sync::LazyLock;

use contract::{Envelope, Revision};
use moderation::item::{Key, Kind, News, Text};
use moderation::rules::Rules;
use moderation::verdict::{self, Record, Terms};
use proptest::prelude::*;
use serde_json::json;

use super::board::{Board, Comment, Post};

#[tokio::test]
async fn an_older_revision_that_comes_late_is_not_judged() {
    let board = Board::start().await;
    let (comment, post) = (Comment::new(), Post::new());
    board.hear(comment.edited(2, "apple")).await;
    board.hear(comment.created("orange")).await;
    board.hear(post.edited(3, "apple")).await;
    board.hear(post.edited(2, "orange")).await;
    board.hear(post.created("orange", None)).await;
    for (id, revision) in [(comment.id.to_string(), 2), (post.id.to_string(), 3)] {
        let verdict = board.verdict(&id).await;
        assert_eq!((&verdict["revision"], &verdict["status"]), (&json!(revision), &json!("approved")));
    }
}

#[tokio::test]
async fn all_in_one_push_are_judged_in_their_order() {
    let board = Board::start().await;
    let comment = Comment::new();
    let events = [comment.created("orange"), comment.edited(2, "apple"), comment.edited(3, "orange")];
    board.bus.deliver(&events).await;
    let numbers: Vec<_> = board
        .verdicts(comment.id)
        .await
        .iter()
        .map(|v| (v["revision"].as_u64().unwrap(), v["decision"].as_u64().unwrap()))
        .collect();
    assert_eq!(numbers, [(1, 1), (2, 2), (3, 3)]);
}

#[tokio::test]
async fn decisions_that_race_edits_are_on_what_was_seen() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let (decided, ()) =
        tokio::join!(board.decide("comment", comment.id, 1, "approved"), board.hear(comment.edited(2, "orange")));
    assert!(matches!(decided.status, 201 | 409), "{}", decided.text());
    let verdicts = board.verdicts(comment.id).await;
    let last = verdicts.last().unwrap();
    assert_eq!((&last["revision"], &last["status"]), (&json!(2), &json!("rejected")));
    assert_eq!(verdicts.len(), if decided.status == 201 { 2 } else { 1 });
}

/// Texts of the revisions of a comment, and in which order, with repetitions, they are heard.
fn heard() -> impl Strategy<Value = (Vec<&'static str>, Vec<usize>)> {
    proptest::collection::vec(prop_oneof![Just("apple"), Just("orange"), Just("casino")], 1..5).prop_flat_map(|texts| {
        let indexes = proptest::collection::vec(0..texts.len(), 1..12);
        (Just(texts), indexes)
    })
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().unwrap());

fn news_of(envelope: &Envelope) -> News {
    let contract::Parsed::Known(event) = envelope.event().unwrap() else { panic!("an event of ours") };
    News::of(&event).unwrap()
}

proptest! {
    /// However events are repeated and reordered: each revision is judged at most once, verdicts rise in revision and
    /// number, each is the rules' own on that very text, and in the end the latest text that was heard is judged or held.
    #[test]
    fn verdicts_are_on_the_text_that_they_name((texts, order) in heard()) {
        let rules = &*RULES;
        let comment = Comment::new();
        let mut record = Record::new(Key::comment(comment.id), comment.post_id);
        let mut said = Vec::new();
        for &index in &order {
            let revision = u32::try_from(index).unwrap() + 1;
            let text = texts[index];
            let event = if index == 0 { comment.created(text) } else { comment.edited(revision, text) };
            let news = news_of(&event);
            let brought = news.to_judge().cloned();
            let ruling = brought.as_ref().map(|version| rules.judge(Kind::Comment, &version.content));
            let terms = Terms { cause: &contract::Cause::of(&event), causation: None, threshold: 3, speaking: true };
            said.extend(verdict::hear(&mut record, news.change, brought.as_ref(), ruling.as_ref(), &terms));
        }
        for (number, verdict) in said.iter().enumerate() {
            let text = texts[verdict.revision.get() as usize - 1];
            let ruling = rules.judge(Kind::Comment, &Text { title: None, content: Some(text.to_owned()) });
            prop_assert_eq!(verdict.rule.as_deref(), Some(ruling.rule.as_str()));
            prop_assert_eq!(verdict.decision as usize, number + 1);
        }
        prop_assert!(said.windows(2).all(|pair| pair[0].revision < pair[1].revision));
        let latest = Revision::new(u32::try_from(*order.iter().max().unwrap()).unwrap() + 1).unwrap();
        let held = texts[latest.get() as usize - 1] == "casino";
        prop_assert_eq!(record.queued.is_some(), held);
        prop_assert_eq!(said.last().is_some_and(|verdict| verdict.revision == latest), !held);
    }
}
