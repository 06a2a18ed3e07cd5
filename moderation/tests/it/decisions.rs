//! What moderators decide.

use chassis::doubles::FakeBus;
use contract::{CommentId, Status};
use serde_json::json;

use super::board::{Board, Comment, data, is_verdict_on};

#[tokio::test]
async fn a_decision_is_said_and_takes_the_item_off_the_queue() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let decision = json!({
        "kind": "comment", "id": comment.id, "revision": 1, "status": "approved", "reason": "  it is a film  ",
    });
    let answer = board.moderation.post("/decisions", &decision).send().await.expect(201);
    let expected = json!({
        "kind": "comment", "id": comment.id, "postId": comment.post_id, "revision": 1, "decision": 1,
        "status": "approved", "reason": "it is a film", "decidedBy": "moderator",
    });
    assert_eq!(answer.json(), expected);
    assert!(board.queue().await.is_empty());
    let events = board.bus.wait_until(|events| events.iter().any(|e| is_verdict_on(e, &comment.id.to_string()))).await;
    let said = events.iter().find(|event| is_verdict_on(event, &comment.id.to_string())).unwrap();
    assert_eq!(answer.header("event-id"), Some(said.id.as_str()));
    assert_eq!(said.causationid, None, "a person caused it");
    let expected = json!({
        "id": comment.id, "revision": 1, "decision": 1, "postId": comment.post_id, "status": "approved",
        "reason": "it is a film", "decidedBy": "moderator",
    });
    assert_eq!(data(said), expected);
    let waited = board.moderation.get("/queue").header("await-event", said.id.as_str()).send().await;
    assert_eq!(waited.header("await-event"), None);
}

#[tokio::test]
async fn posts_are_decided_on_too() {
    let board = Board::start().await;
    let post = board.post("Casino", None).await;
    let answer = board.decide("post", post.id, 1, "rejected").await.expect(201);
    assert_eq!(answer.json()["postId"], post.id.to_string());
    let verdict = board.verdict(post.id).await;
    assert_eq!((&verdict["status"], &verdict["decidedBy"]), (&json!("rejected"), &json!("moderator")));
    board.decide("comment", post.id, 1, "approved").await.expect(404);
}

#[tokio::test]
async fn what_may_not_have_arrived_yet_is_not_said_to_be_missing() {
    let board = Board::start().await;
    let (known, gone) = (board.comment("apple").await, board.comment("pear").await);
    board.hear(gone.deleted()).await;
    let unknown = CommentId::new();
    board.decide("comment", unknown, 1, "approved").await.expect(404);
    board.undo("comment", unknown, 1).await.expect(404);
    board.decide("comment", known.id, 7, "approved").await.expect(409);
    board.bus.fail_with(503);
    for refused in [
        board.decide("comment", unknown, 1, "approved").await,
        board.undo("comment", unknown, 1).await,
        // An edit of it may be on its way.
        board.decide("comment", known.id, 7, "approved").await,
    ] {
        assert!(refused.expect(503).header("retry-after").is_some());
    }
    let two = json!([
        { "kind": "comment", "id": unknown, "revision": 1, "status": "approved" },
        { "kind": "comment", "id": known.id, "revision": 1, "status": "rejected" },
    ]);
    let results = board.moderation.post("/decisions", &two).send().await.expect(200).json();
    assert_eq!((&results[0]["status"], &results[1]["status"]), (&json!(503), &json!(201)), "{results:#}");
    // What is known to be gone is.
    board.decide("comment", gone.id, 1, "approved").await.expect(404);
}

#[tokio::test]
async fn deciding_again_outweighs_what_was_decided_before() {
    let board = Board::start().await;
    let comment = board.comment("orange").await;
    for (decision, status) in [(2, "approved"), (3, "rejected"), (4, "rejected")] {
        let answer = board.decide("comment", comment.id, 1, status).await.expect(201).json();
        assert_eq!((&answer["decision"], &answer["status"]), (&json!(decision), &json!(status)));
    }
    let numbers: Vec<_> = board.verdicts(comment.id).await.iter().map(|v| v["decision"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_decision_is_on_the_version_that_was_seen() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    board.hear(comment.edited(2, "viagra")).await;
    let answer = board.decide("comment", comment.id, 1, "approved").await.expect(409);
    assert!(answer.json()["detail"].as_str().unwrap().contains("revision 2"));
    board.decide("comment", comment.id, 3, "approved").await.expect(409);
    assert_eq!(board.queue().await.len(), 1);
    board.decide("comment", comment.id, 2, "approved").await.expect(201);
    assert_eq!(board.verdict(comment.id).await["revision"], 2);
}

#[tokio::test]
async fn there_is_nothing_to_decide_about_what_is_unknown_or_deleted() {
    let board = Board::start().await;
    board.decide("comment", CommentId::new(), 1, "approved").await.expect(404);
    let reported = Comment::new();
    board.hear(reported.reported()).await;
    board.decide("comment", reported.id, 1, "approved").await.expect(404);
    let deleted = board.comment("casino").await;
    board.hear(deleted.deleted()).await;
    board.decide("comment", deleted.id, 1, "approved").await.expect(404);
    assert!(board.verdicts(deleted.id).await.is_empty());
}

#[tokio::test]
async fn the_echo_of_a_decision_leaves_it_alone() {
    let board = Board::start().await;
    let comment = board.comment("orange").await;
    board.decide("comment", comment.id, 1, "approved").await.expect(201);
    board.hear(comment.updated(1, 1, "orange", Status::Rejected)).await;
    board.hear(comment.updated(1, 2, "orange", Status::Approved)).await;
    let answer = board.decide("comment", comment.id, 1, "rejected").await.expect(201).json();
    assert_eq!(answer["decision"], 3);
    assert_eq!(board.verdicts(comment.id).await.len(), 3);
}

#[tokio::test]
async fn an_edit_after_a_decision_is_judged_by_the_rules() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    board.decide("comment", comment.id, 1, "approved").await.expect(201);
    board.hear(comment.edited(2, "orange")).await;
    let verdicts = board.verdicts(comment.id).await;
    assert_eq!(verdicts.len(), 2);
    assert_eq!((&verdicts[1]["decision"], &verdicts[1]["status"]), (&json!(2), &json!("rejected")));
}

#[tokio::test]
async fn decisions_survive_a_restart_and_an_absent_bus() {
    let board = Board::start().await;
    let comment = board.comment("orange").await;
    board.bus.fail_with(503);
    board.decide("comment", comment.id, 1, "approved").await.expect(201);
    let board = board.restart_with(FakeBus::recover).await;
    assert_eq!(board.decide("comment", comment.id, 1, "rejected").await.expect(201).json()["decision"], 3);
    assert_eq!(board.verdicts(comment.id).await.len(), 3);
}
