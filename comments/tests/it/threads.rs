//! Threads: who may stand under what, and what stays of what was deleted.

use contract::PostId;
use serde_json::json;

use crate::{ADA, Board};

/// The thread as `content` or `-` for a tombstone, seen by Ada.
async fn shape(board: &Board, post: PostId) -> Vec<String> {
    let path = format!("/posts/{post}/comments?limit=200");
    let thread = board.comments.get(&path).owner(ADA).send().await.expect(200).json();
    let word = |comment: &serde_json::Value| match comment["deleted"].as_bool() {
        Some(true) => "-".to_owned(),
        _ => comment["content"].as_str().unwrap().to_owned(),
    };
    thread.as_array().unwrap().iter().map(word).collect()
}

async fn delete(board: &Board, id: &str) {
    board.comments.delete(&format!("/comments/{id}")).owner(ADA).send().await.expect(204);
}

#[tokio::test]
async fn a_reply_names_a_comment_of_the_same_post() {
    let board = Board::start().await;
    let (post, other) = (board.post().await, board.post().await);
    let parent = board.comment(post, "parent").await;
    let stranger = board.comment(other, "stranger").await;
    let gone = board.comment(post, "gone").await;
    delete(&board, &gone).await;
    let unknown = "01890000-0000-7000-8000-000000000000";
    for bad in [&*stranger, &*gone, unknown, &*post.to_string()] {
        let body = json!({ "content": "reply", "parentId": bad });
        let answer = board.comments.post(&format!("/posts/{post}/comments"), &body).send().await.expect(422);
        assert_eq!(answer.pointers(), ["/parentId"], "{bad}");
    }
    let reply = board.reply(post, &parent, "reply").await;
    let read = board.comments.get(&format!("/comments/{reply}")).send().await.expect(200).json();
    assert_eq!(read["parentId"], parent);
    let said = board.said("CommentCreated", 4).await;
    assert_eq!(said.last().unwrap()["parentId"], parent);
}

#[tokio::test]
async fn threads_end_at_some_depth() {
    let board = Board::start().await;
    let post = board.post().await;
    let mut above = board.comment(post, "0").await;
    for depth in 1..=comments::thread::MAX_DEPTH {
        above = board.reply(post, &above, &depth.to_string()).await;
    }
    let body = json!({ "content": "too deep", "parentId": above });
    let answer = board.comments.post(&format!("/posts/{post}/comments"), &body).send().await.expect(422);
    assert_eq!(answer.pointers(), ["/parentId"]);
}

#[tokio::test]
async fn a_tombstone_stays_for_as_long_as_it_holds_something_up() {
    let board = Board::start().await;
    let post = board.post().await;
    let a = board.comment(post, "a").await;
    let b = board.reply(post, &a, "b").await;
    let c = board.reply(post, &b, "c").await;
    let d = board.reply(post, &a, "d").await;
    assert_eq!(shape(&board, post).await, ["a", "b", "c", "d"]);
    delete(&board, &a).await;
    assert_eq!(shape(&board, post).await, ["-", "b", "c", "d"]);
    delete(&board, &b).await;
    assert_eq!(shape(&board, post).await, ["-", "-", "c", "d"]);
    let tombstone = board.comments.get(&format!("/comments/{b}")).owner(ADA).send().await.expect(200).json();
    assert_eq!(tombstone["content"], json!(null));
    assert_eq!(tombstone["deleted"], json!(true));
    assert_eq!(tombstone.get("status"), None);
    delete(&board, &c).await;
    assert_eq!(shape(&board, post).await, ["-", "d"], "b held up nothing but c");
    board.comments.get(&format!("/comments/{b}")).owner(ADA).send().await.expect(404);
    delete(&board, &d).await;
    assert!(shape(&board, post).await.is_empty());
}
