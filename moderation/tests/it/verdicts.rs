//! What the rules make of what is written, and what is said of it.

use chassis::doubles::{Outcome, Signing};
use contract::{Envelope, Status};
use serde_json::{Value, json};

use super::board::{Board, Comment, Post, is_verdict_on};

#[tokio::test]
async fn it_subscribes_to_what_it_needs() {
    let board = Board::start().await;
    board.comment("a").await;
    let board = board.restart().await;
    let subscription = board.bus.wait_for_url("moderation", &board.moderation.url()).await;
    assert_eq!(
        subscription.types,
        [
            "PostCreated",
            "PostUpdated",
            "PostDeleted",
            "CommentCreated",
            "CommentUpdated",
            "CommentDeleted",
            "CommentReported"
        ]
    );
    assert_eq!(subscription.from.as_deref(), Some("start"));
    assert!(subscription.secret.as_deref().is_some_and(|secret| secret.starts_with("whsec_")));
}

#[tokio::test]
async fn a_good_comment_is_approved() {
    let board = Board::start().await;
    let comment = board.comment("An apple a day").await;
    let expected = json!({
        "id": comment.id, "revision": 1, "decision": 1, "postId": comment.post_id, "status": "approved",
        "rule": "default", "decidedBy": "rules",
    });
    assert_eq!(board.verdict(comment.id).await, expected);
    assert_eq!(board.queue().await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_name_is_judged_with_the_text_and_with_every_edit_of_it() {
    let board = Board::start().await;
    let named = |comment: Comment| {
        let mut created = comment.created("fine");
        let data = created.data.unwrap().get().replace("\"Ada\"", "\"Mr. O&shy;range, ｏｒａｎｇｅ\"");
        created.data = Some(serde_json::value::RawValue::from_string(data).unwrap());
        created
    };
    let rejected = |verdicts: Vec<Value>, count: usize| {
        assert_eq!(verdicts.len(), count, "{verdicts:#?}");
        assert!(verdicts.iter().all(|verdict| verdict["rule"] == "banned-words"), "{verdicts:#?}");
    };
    let comment = Comment::new();
    board.hear(named(comment)).await;
    board.hear(comment.edited(2, "finer")).await;
    rejected(board.verdicts(comment.id).await, 2);

    let together = Comment::new();
    let (created, edited) = (named(together), together.edited(2, "finer"));
    let outcomes = board.bus.deliver(&[created, edited]).await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
    rejected(board.verdicts(together.id).await, 2);
}

#[tokio::test]
async fn a_verdict_names_its_cause() {
    let board = Board::start().await;
    let comment = Comment::new();
    let created = comment.created("fine");
    board.hear(created.clone()).await;
    let events = board.bus.wait_until(|events| events.iter().any(|e| is_verdict_on(e, &comment.id.to_string()))).await;
    let said = events.iter().find(|event| is_verdict_on(event, &comment.id.to_string())).unwrap();
    assert_eq!(&*said.type_name, "CommentModerated");
    assert_eq!(said.subject.as_deref(), Some(comment.post_id.to_string().as_str()));
    assert_eq!((said.causationid.as_ref(), said.correlationid.as_ref()), (Some(&created.id), Some(&created.id)));
}

#[tokio::test]
async fn orange_is_rejected_as_a_whole_word_in_any_case() {
    let board = Board::start().await;
    for text in ["orange", "I like ORANGE", "an-orange!", "oRaNgE.", "_orange_", "or\u{200b}ange"] {
        assert_eq!(board.fate(text).await, "rejected banned-words", "{text}");
    }
    for text in ["oranges", "storage", "Orangerie", "apple"] {
        assert_eq!(board.fate(text).await, "approved default", "{text}");
    }
}

#[tokio::test]
async fn a_rejection_says_why() {
    let board = Board::start().await;
    let comment = board.comment("orange").await;
    let verdict = board.verdict(comment.id).await;
    assert_eq!(verdict["status"], "rejected");
    assert_eq!(verdict["rule"], "banned-words");
    assert!(verdict["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
}

#[tokio::test]
async fn a_post_is_judged_by_title_and_content() {
    let board = Board::start().await;
    for (title, content, fate) in [
        ("Apples", None, "approved default"),
        ("Apples", Some("and pears"), "approved default"),
        ("An orange", None, "rejected banned-words"),
        ("Apples", Some("and an Orange"), "rejected banned-words"),
        ("Casino", Some("text"), "held held-words"),
        ("Long", Some(&*"x".repeat(6000)), "approved default"),
    ] {
        let post = board.post(title, content).await;
        assert_eq!(board.fate_of(post.id).await, fate, "{title} {content:?}");
    }
    let post = board.post("orange", None).await;
    let verdict = board.verdict(post.id).await;
    assert_eq!(verdict["decidedBy"], "rules");
    assert_eq!(verdict.get("postId"), None);
}

#[tokio::test]
async fn held_words_and_length_wait_for_a_person() {
    let board = Board::start().await;
    assert_eq!(board.fate("come to my casino").await, "held held-words");
    assert_eq!(board.fate("a Crypto  Giveaway!").await, "held held-words");
    assert_eq!(board.fate(&"ä".repeat(5000)).await, "approved default");
    assert_eq!(board.fate(&"ä".repeat(5001)).await, "held long-comment");
    assert_eq!(board.fate("casino orange").await, "rejected banned-words", "the first rule that matches decides");
}

#[tokio::test]
async fn the_same_event_again_says_nothing_new() {
    let board = Board::start().await;
    let comment = Comment::new();
    let created = board.bus.publish(comment.created("orange"));
    board.hear(created.clone()).await;
    board.hear(created.clone()).await;
    // The same knowledge under another sequence, and under another id.
    board.hear(Envelope { sequence: None, ..created }).await;
    board.hear(comment.created("orange")).await;
    let board = board.restart().await;
    board.hear(comment.created("orange")).await;
    assert_eq!(board.verdict(comment.id).await["decision"], 1);
}

#[tokio::test]
async fn what_is_held_is_not_judged_again_by_a_duplicate() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let since = board.queue().await[0]["heldAt"].clone();
    board.hear(comment.created("casino")).await;
    assert_eq!(board.queue().await.len(), 1);
    assert_eq!(board.queue().await[0]["heldAt"], since);
}

#[tokio::test]
async fn the_echo_of_a_verdict_is_no_news() {
    let board = Board::start().await;
    let comment = board.comment("fine").await;
    board.hear(comment.updated(1, 1, "fine", Status::Approved)).await;
    assert_eq!(board.verdict(comment.id).await["decision"], 1);
}

#[tokio::test]
async fn an_edit_is_judged_again() {
    let board = Board::start().await;
    let comment = board.comment("orange").await;
    board.hear(comment.edited(2, "apple")).await;
    board.hear(comment.edited(3, "casino")).await;
    board.hear(comment.edited(4, "orange")).await;
    let told: Vec<_> = board
        .verdicts(comment.id)
        .await
        .iter()
        .map(|v| {
            (v["revision"].as_u64().unwrap(), v["decision"].as_u64().unwrap(), v["status"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(told, [(1, 1, "rejected".to_owned()), (2, 2, "approved".to_owned()), (4, 3, "rejected".to_owned())]);
    assert_eq!(board.queue().await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_push_that_is_not_signed_by_the_bus_changes_nothing() {
    let board = Board::start().await;
    let comment = Comment::new();
    let event = board.bus.publish(comment.created("casino"));
    for signing in Signing::BAD {
        let (status, body) = board.bus.push("moderation", std::slice::from_ref(&event), &signing).await;
        assert_eq!(status, 401, "{signing:?}: {body}");
        assert_eq!(board.queue().await, [Value::Null; 0], "{signing:?}");
    }
    board.moderation.post("/events", &json!({ "type": "CommentCreated", "data": {} })).send().await.expect(401);
    board.moderation.get("/events").send().await.expect(405);
    board.hear(event).await;
    assert_eq!(board.queue().await.len(), 1);
}

#[tokio::test]
async fn what_is_unknown_or_erased_is_done_and_has_no_effect() {
    let board = Board::start().await;
    let (comment, post) = (Comment::new(), Post::new());
    let mut erased = comment.created("casino");
    erased.data = serde_json::from_str("{}").ok();
    let stranger = Envelope::parse(br#"{"type":"SomethingElse","data":{"x":1}}"#).unwrap();
    let outcomes = board.bus.deliver(&[erased, stranger, comment.deleted(), post.deleted()]).await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done, Outcome::Done, Outcome::Done]);
    assert_eq!(board.verdicts(comment.id).await, [Value::Null; 0]);
}

#[tokio::test]
async fn what_cannot_be_read_or_is_not_its_owners_is_ignored_and_holds_up_nothing() {
    let board = Board::start().await;
    let comment = Comment::new();
    let foreign = Envelope { source: "/somebody".into(), ..comment.created("casino") };
    let mut broken = comment.created("casino");
    broken.data = serde_json::from_str(r#"{"id":"0000000a","title":"x"}"#).ok();
    assert_eq!(board.bus.deliver(&[foreign, broken]).await, [Outcome::Done, Outcome::Done]);
    assert_eq!(board.queue().await, [Value::Null; 0]);
    let other = Comment::new();
    let outcomes = board.bus.deliver(&[comment.created("casino"), other.created("casino")]).await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
    assert_eq!(board.queue().await.len(), 2, "its subject goes on, and so do others");
}

#[tokio::test]
async fn what_was_judged_while_the_bus_was_away_is_said_when_it_is_back() {
    let board = Board::start().await;
    board.bus.subscription("moderation").await;
    board.bus.fail_with(503);
    let comments = [board.comment("one").await, board.comment("orange").await];
    board.bus.recover();
    for (comment, status) in comments.iter().zip(["approved", "rejected"]) {
        assert_eq!(board.verdict(comment.id).await["status"], status);
    }
}
