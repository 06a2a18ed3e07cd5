//! Reporting: by anyone, passed on once per person.

use serde_json::json;

use crate::{ADA, BOB, Board};

#[tokio::test]
async fn a_report_is_passed_on_once_per_person() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    let report = |reason: &str| board.comments.post(&format!("/comments/{id}/reports"), &json!({ "reason": reason }));
    let first = report(" rude ").owner(BOB).send().await.expect(202);
    assert_eq!(first.json(), json!({ "commentId": id, "status": "reported" }));
    let again = report("very rude").owner(BOB).send().await.expect(202);
    assert_eq!(again.header("event-id"), first.header("event-id"));
    let adas = report("mine, sorry").owner(ADA).send().await.expect(202);
    assert_ne!(adas.header("event-id"), first.header("event-id"));
    report("anonymous").send().await.expect(202);
    report("anonymous").send().await.expect(202);
    board.flush().await;
    let said = board.said("CommentReported", 4).await;
    let reasons: Vec<_> = said.iter().map(|report| report["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["rude", "mine, sorry", "anonymous", "anonymous"]);
    assert_eq!(said[0], json!({ "id": id, "revision": 1, "postId": post, "reason": "rude" }));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_reported() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    let report = |id: &str, reason: serde_json::Value| {
        board.comments.post(&format!("/comments/{id}/reports"), &json!({ "reason": reason }))
    };
    report("01890000-0000-7000-8000-000000000000", json!("rude")).send().await.expect(404);
    for bad in [json!(""), json!(" "), json!(1), json!(null), json!("x".repeat(1001))] {
        let answer = report(&id, bad).send().await.expect(422);
        assert_eq!(answer.pointers(), ["/reason"]);
    }
    board.comments.delete(&format!("/comments/{id}")).owner(ADA).send().await.expect(204);
    report(&id, json!("rude")).send().await.expect(404);
}
