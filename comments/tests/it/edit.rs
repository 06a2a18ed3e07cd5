//! Editing: by its author, on the revision that was meant, and judged anew.

use contract::Status;
use serde_json::json;

use crate::{ADA, BOB, Board, verdict};

#[tokio::test]
async fn an_edit_is_a_new_revision_that_nobody_has_judged() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    board.tell(&[verdict(post, &id, 1, 1, Status::Approved)]).await;
    let path = format!("/comments/{id}");
    let edited = board.comments.patch(&path, &json!({ "content": " two " })).owner(ADA).send().await.expect(200);
    assert_eq!(edited.json()["revision"], 2);
    assert_eq!(edited.json()["status"], "pending");
    assert_eq!(edited.json()["content"], "two");
    assert!(edited.json()["editedAt"].is_string());
    assert_eq!(edited.header("etag"), Some("\"2\""));
    let others = board.comments.get(&path).send().await.expect(200).json();
    assert_eq!(others["content"], json!(null), "what was approved was another text");
    let said = board.said("CommentUpdated", 2).await;
    assert_eq!((&said[0]["status"], &said[0]["revision"]), (&json!("approved"), &json!(1)));
    assert_eq!((&said[1]["status"], &said[1]["revision"]), (&json!("pending"), &json!(2)));
    assert_eq!(said[1]["content"], "two");
    let event = edited.header("event-id").unwrap().to_owned();
    board.bus.wait_until(|events| events.iter().any(|e| e.id.as_str() == event)).await;
}

#[tokio::test]
async fn only_its_author_may() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    let nobodys = crate::id_of(&board.comment_on(post, "without a key").send().await.expect(201));
    let edit = |id: &str| board.comments.patch(&format!("/comments/{id}"), &json!({ "content": "two" }));
    let missing = edit(&id).send().await.expect(401);
    assert!(missing.header("www-authenticate").is_some());
    edit(&id).owner(BOB).send().await.expect(403);
    edit(&id).owner("short").send().await.expect(400);
    edit(&nobodys).owner(ADA).send().await.expect(403);
    edit(&nobodys).send().await.expect(401);
    edit("01890000-0000-7000-8000-000000000000").owner(ADA).send().await.expect(404);
    assert_eq!(board.comments.get(&format!("/comments/{id}")).owner(ADA).send().await.json()["content"], "one");
}

#[tokio::test]
async fn an_edit_of_another_revision_is_refused() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    let edit = |content: &str, if_match: &str| {
        let body = json!({ "content": content });
        board.comments.patch(&format!("/comments/{id}"), &body).owner(ADA).header("if-match", if_match)
    };
    edit("two", "\"1\"").send().await.expect(200);
    edit("lost", "\"1\"").send().await.expect(412);
    edit("three", "2").send().await.expect(200);
    edit("four", "*").send().await.expect(200);
    edit("lost", "W/\"4\"").send().await.expect(412);
    edit("lost", "nonsense").send().await.expect(400);
    let read = board.comments.get(&format!("/comments/{id}")).owner(ADA).send().await;
    assert_eq!((read.json()["content"].as_str(), read.header("etag")), (Some("four"), Some("\"4\"")));
}

#[tokio::test]
async fn the_same_text_again_says_nothing() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "one").await;
    board.tell(&[verdict(post, &id, 1, 1, Status::Approved)]).await;
    let same = board.comments.patch(&format!("/comments/{id}"), &json!({ "content": "one" })).owner(ADA).send().await;
    assert_eq!(same.expect(200).json()["status"], "approved");
    board.flush().await;
    assert_eq!(board.said("CommentUpdated", 1).await.len(), 1, "the verdict's");
}
