//! Verdicts: joined to the comment that they are about, and passed on once if they change what is seen.

use contract::{CommentId, EventId, Status, Timestamp};
use serde_json::json;

use crate::{ADA, Board, verdict};

#[tokio::test]
async fn a_verdict_is_passed_on_under_an_id_that_follows_from_it() {
    let board = Board::start().await;
    let post = board.post().await;
    let made = board.comment_on(post, "orange").owner(ADA).send().await.expect(201);
    let id = crate::id_of(&made);
    let judged = verdict(post, &id, 1, 1, Status::Rejected);
    board.tell(std::slice::from_ref(&judged)).await;
    let said = board.said("CommentUpdated", 1).await;
    let expected = json!({
        "id": id, "revision": 1, "decision": 1, "postId": post, "content": "orange", "status": "rejected",
        "reason": "it is orange",
    });
    assert_eq!(said[0], expected);
    let events = board.bus.events();
    let updated = events.iter().find(|event| &*event.type_name == "CommentUpdated").unwrap();
    let derived =
        EventId::derived(&judged.id, judged.time.unwrap_or(Timestamp::EPOCH), "/comments", "CommentUpdated", &id);
    assert_eq!(updated.id, derived);
    assert_eq!(updated.causationid, Some(judged.id.clone()));
    assert_eq!(updated.correlationid, Some(judged.id));
    assert_eq!(updated.subject.as_deref(), Some(&*post.to_string()));
}

#[tokio::test]
async fn what_changes_nothing_says_nothing() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    let judged = board.bus.publish(verdict(post, &id, 1, 1, Status::Approved));
    // The same event again, in one push and in the next; another event that says the same; another revision.
    board.tell(&[judged.clone(), judged.clone()]).await;
    board.tell(std::slice::from_ref(&judged)).await;
    board.tell(&[verdict(post, &id, 1, 1, Status::Approved), verdict(post, &id, 1, 2, Status::Approved)]).await;
    board.tell(&[verdict(post, &id, 2, 9, Status::Rejected)]).await;
    let board = board.restart().await;
    board.tell(&[judged]).await;
    board.flush().await;
    assert_eq!(board.said("CommentUpdated", 1).await.len(), 1);
}

#[tokio::test]
async fn the_later_decision_counts() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    let path = format!("/comments/{id}");
    for (decision, status, expected) in [
        (1, Status::Approved, "approved"),
        (3, Status::Rejected, "rejected"),
        (2, Status::Approved, "rejected"),
        (4, Status::Pending, "pending"),
        (5, Status::Approved, "approved"),
    ] {
        board.tell(&[verdict(post, &id, 1, decision, status)]).await;
        assert_eq!(board.comments.get(&path).send().await.json()["status"], expected, "after decision {decision}");
    }
    board.flush().await;
    let said: Vec<_> = board.said("CommentUpdated", 4).await;
    let told: Vec<_> = said.iter().map(|s| (s["decision"].as_u64().unwrap(), s["status"].as_str().unwrap())).collect();
    assert_eq!(told, [(1, "approved"), (3, "rejected"), (4, "pending"), (5, "approved")]);
}

#[tokio::test]
async fn a_verdict_on_what_is_not_known_is_kept_and_answered() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = CommentId::new().to_string();
    board.tell(&[verdict(post, &id, 1, 1, Status::Approved)]).await;
    board.comments.get(&format!("/comments/{id}")).send().await.expect(404);
    let body = json!({ "content": "reply", "parentId": id });
    let refused = board.comments.post(&format!("/posts/{post}/comments"), &body).send().await.expect(422);
    assert_eq!(refused.pointers(), ["/parentId"]);
    assert_eq!(board.thread(post).await, json!([]));
}
