//! Commenting: what is answered, what is said, and once only.

use contract::{CommentId, PostId};
use serde_json::json;

use crate::{ADA, BOB, Board, id_of};

#[tokio::test]
async fn a_comment_is_kept_pending_and_told() {
    let board = Board::start().await;
    let post = board.post().await;
    let body = json!({ "content": "  Hello  ", "authorName": "Ada", "unknown": [1] });
    let answer = board.comments.post(&format!("/posts/{post}/comments"), &body).owner(ADA).send().await.expect(201);
    let comment = answer.json();
    let id: CommentId = id_of(&answer).parse().unwrap();
    assert_eq!(comment["postId"], post.to_string());
    assert_eq!(comment["content"], "Hello");
    assert_eq!(comment["status"], "pending");
    assert_eq!(comment["revision"], 1);
    assert_eq!(comment["authorName"], "Ada");
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.header("location"), Some(&*format!("../../comments/{id}")));
    let event_id = answer.header("event-id").unwrap().to_owned();
    let events = board.bus.wait_until(|events| events.iter().any(|e| e.id.as_str() == event_id)).await;
    let event = events.iter().find(|e| e.id.as_str() == event_id).unwrap();
    assert_eq!((&*event.type_name, &*event.source), ("CommentCreated", "/comments"));
    assert_eq!(event.subject.as_deref(), Some(&*post.to_string()));
    let said = crate::data(event);
    assert_eq!(said["content"], "Hello");
    assert_eq!(said["status"], "pending");
    assert_eq!(said["createdAt"], comment["createdAt"]);
    assert_ne!(said["ownerKey"], ADA, "the secret itself is never said");
    assert_eq!(said["ownerKey"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn the_classic_paths_lead_to_the_same() {
    let board = Board::start().await;
    let post = board.post().await;
    for (path, way) in [
        (format!("/posts/{post}/comments"), "../.."),
        (format!("/post/{post}/comments"), "../.."),
        (format!("/posts/{post}/comments/"), "../../.."),
    ] {
        let answer = board.comments.post(&path, &json!({ "content": "classic" })).send().await.expect(201);
        assert_eq!(answer.header("location"), Some(&*format!("{way}/comments/{}", id_of(&answer))), "{path}");
        assert_eq!(answer.json()["content"], "classic", "its author sees it, without a key too");
        let list = board.comments.get(&path).send().await.expect(200).json();
        assert_eq!(list.as_array().unwrap().last().unwrap()["id"], id_of(&answer));
    }
    assert_eq!(board.thread(post).await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_repeated_request_finds_what_it_made() {
    let board = Board::start().await;
    let post = board.post().await;
    let ask =
        |content: &str, owner: &str| board.comment_on(post, content).owner(owner).header("idempotency-key", "once");
    let first = ask("Hello", ADA).send().await.expect(201);
    let again = ask("Hello", ADA).send().await.expect(201);
    assert_eq!(id_of(&again), id_of(&first));
    assert_eq!(again.header("event-id"), first.header("event-id"));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    let other = ask("Something else", ADA).send().await.expect(422);
    assert_eq!(other.json()["type"], "/problems/invalid");
    let bobs = ask("Hello", BOB).send().await.expect(201);
    assert_ne!(id_of(&bobs), id_of(&first), "a key is its owner's");
    let elsewhere = board.post().await;
    let body = json!({ "content": "Hello" });
    let moved = board.comments.post(&format!("/posts/{elsewhere}/comments"), &body);
    moved.owner(ADA).header("idempotency-key", "once").send().await.expect(422);
    let id = id_of(&first);
    board.comments.delete(&format!("/comments/{id}")).owner(ADA).send().await.expect(204);
    ask("Hello", ADA).send().await.expect(410);
    board.flush().await;
    let contents: Vec<_> = board.said("CommentCreated", 3).await;
    assert_eq!(contents.len(), 3, "Ada's, Bob's and the last word: {contents:?}");
}

#[tokio::test]
async fn a_key_without_an_owner_is_nobodys() {
    let board = Board::start().await;
    let post = board.post().await;
    let ask = || board.comment_on(post, "Hello").header("idempotency-key", "once");
    let (first, second) = (ask().send().await.expect(201), ask().send().await.expect(201));
    assert_ne!(id_of(&first), id_of(&second));
}

#[tokio::test]
async fn thirty_two_at_once_lose_nothing() {
    let board = std::sync::Arc::new(Board::start().await);
    let post = board.post().await;
    let commenters: Vec<_> = (0..32)
        .map(|commenter| {
            let board = std::sync::Arc::clone(&board);
            tokio::spawn(async move {
                for number in 0..8 {
                    board.comment_on(post, &format!("{commenter}/{number}")).send().await.expect(201);
                }
            })
        })
        .collect();
    for commenter in commenters {
        commenter.await.unwrap();
    }
    assert_eq!(board.said("CommentCreated", 256).await.len(), 256);
    let first = board.comments.get(&format!("/posts/{post}/comments?limit=200")).send().await.expect(200);
    assert_eq!(first.json().as_array().unwrap().len(), 200);
    assert!(first.header("link").is_some());
}

#[tokio::test]
async fn a_deleted_post_takes_no_comments() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "before").await;
    board.tell(&[crate::post_deleted(post)]).await;
    board.comment_on(post, "after").send().await.expect(404);
    board.comments.get(&format!("/posts/{post}/comments")).send().await.expect(404);
    board.comments.get(&format!("/comments/{id}")).send().await.expect(404);
    board.comments.delete(&format!("/comments/{id}")).owner(ADA).send().await.expect(404);
    let edit = board.comments.patch(&format!("/comments/{id}"), &json!({ "content": "after" }));
    edit.owner(ADA).send().await.expect(404);
    // Its deletion may be heard first.
    let early = PostId::new();
    board.tell(&[crate::post_deleted(early), crate::post_created(early)]).await;
    board.comment_on(early, "after").send().await.expect(404);
}
