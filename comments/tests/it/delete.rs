//! Deleting: by its author, for good.

use contract::Status;
use serde_json::json;

use crate::{ADA, BOB, Board, verdict};

#[tokio::test]
async fn a_deleted_comment_is_gone_and_told() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    let path = format!("/comments/{id}");
    board.comments.delete(&path).send().await.expect(401);
    board.comments.delete(&path).owner(BOB).send().await.expect(403);
    board.comments.delete(&path).owner(ADA).header("if-match", "\"2\"").send().await.expect(412);
    let deleted = board.comments.delete(&path).owner(ADA).header("if-match", "\"1\"").send().await.expect(204);
    assert!(deleted.body.is_empty());
    let said = board.said("CommentDeleted", 1).await;
    assert_eq!(said[0], json!({ "id": id, "postId": post, "deletedBy": "author" }));
    board.comments.get(&path).owner(ADA).send().await.expect(404);
    assert_eq!(board.thread(post).await, json!([]));
    let again = board.comments.delete(&path).owner(ADA).send().await.expect(204);
    assert_eq!(again.header("event-id"), deleted.header("event-id"));
    board.comments.delete(&path).owner(BOB).send().await.expect(404);
    board.comments.patch(&path, &json!({ "content": "two" })).owner(ADA).send().await.expect(404);
    board.comments.delete("/comments/01890000-0000-7000-8000-000000000000").owner(ADA).send().await.expect(404);
    board.flush().await;
    assert_eq!(board.said("CommentDeleted", 1).await.len(), 1);
}

#[tokio::test]
async fn a_verdict_on_what_is_deleted_says_nothing() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    board.comments.delete(&format!("/comments/{id}")).owner(ADA).send().await.expect(204);
    board.tell(&[verdict(post, &id, 1, 1, Status::Approved)]).await;
    board.flush().await;
    let events = board.bus.events();
    assert!(!events.iter().any(|event| &*event.type_name == "CommentUpdated"));
}
