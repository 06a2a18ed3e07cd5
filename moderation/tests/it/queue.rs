//! What waits for a moderator.

use contract::EventId;
use serde_json::json;

use super::board::{Board, Comment};

#[tokio::test]
async fn it_shows_what_a_moderator_needs() {
    let board = Board::start().await;
    let comment = board.comment("at the casino").await;
    let post = board.post("Casino", Some("text")).await;
    let queue = board.queue().await;
    assert_eq!(queue.len(), 2);
    let (first, second) = (&queue[0], &queue[1]);
    let held_at = first["heldAt"].as_str().unwrap();
    assert_eq!(
        *first,
        json!({
            "kind": "comment", "id": comment.id, "postId": comment.post_id, "revision": 1, "status": "pending",
            "content": "at the casino", "authorName": "Ada", "createdAt": "2023-11-14T22:13:20.000Z",
            "rule": "held-words", "reason": first["reason"], "heldAt": held_at, "reports": 0,
        })
    );
    assert_eq!(second["kind"], "post");
    assert_eq!((&second["id"], &second["postId"]), (&json!(post.id), &json!(post.id)));
    assert_eq!((&second["title"], &second["content"]), (&json!("Casino"), &json!("text")));
    assert!(second.get("authorName").is_none());
    let answer = Comment::on(comment.post_id);
    board.hear(answer.answering(Some(comment.id), "casino?")).await;
    assert_eq!(board.queue().await[2]["parentId"], comment.id.to_string());
    let board = board.restart().await;
    assert_eq!(board.queue().await[2]["parentId"], comment.id.to_string());
}

#[tokio::test]
async fn it_is_paged_longest_waiting_first() {
    let board = Board::start().await;
    let mut ids = Vec::new();
    let batch: Vec<_> = (0..5).map(|n| (Comment::new(), n)).collect();
    for (comment, n) in &batch {
        ids.push(comment.id.to_string());
        board.hear(comment.created(&format!("casino {n}"))).await;
    }
    let mut seen = Vec::new();
    let mut path = "/queue?limit=2".to_owned();
    loop {
        let page = board.moderation.get(&path).send().await.expect(200);
        let items = page.json();
        assert!(items.as_array().unwrap().len() <= 2);
        seen.extend(items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(link) = page.header("link") else { break };
        path = format!("/queue{}", link.trim_start_matches('<').split('>').next().unwrap());
        // What is decided meanwhile moves nothing.
        board.decide("comment", &ids[0], 1, "approved").await;
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn an_edit_takes_the_old_version_off_it() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    board.hear(comment.edited(2, "apple")).await;
    assert!(board.queue().await.is_empty());
    assert_eq!(board.verdict(comment.id).await["revision"], 2);
    board.hear(comment.edited(3, "viagra")).await;
    let queue = board.queue().await;
    assert_eq!((queue[0]["revision"].as_u64(), queue[0]["content"].as_str()), (Some(3), Some("viagra")));
}

#[tokio::test]
async fn what_is_deleted_leaves_it_for_good() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    board.hear(comment.deleted()).await;
    assert!(board.queue().await.is_empty());
    board.hear(comment.created("casino")).await;
    board.hear(comment.edited(2, "casino")).await;
    assert!(board.queue().await.is_empty());
    assert!(board.verdicts(comment.id).await.is_empty());
}

#[tokio::test]
async fn a_post_that_goes_takes_its_thread_along() {
    let board = Board::start().await;
    let post = board.post("Fine", None).await;
    let (held, late) = (Comment::on(post.id), Comment::on(post.id));
    let other = board.comment("casino elsewhere").await;
    board.hear(held.created("casino")).await;
    assert_eq!(board.queue().await.len(), 2);
    board.hear(post.deleted()).await;
    let left = board.queue().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], other.id.to_string());
    board.hear(late.created("casino")).await;
    board.hear(held.edited(2, "orange")).await;
    assert_eq!(board.queue().await.len(), 1);
    assert!(board.verdicts(late.id).await.is_empty());
    assert!(board.verdicts(held.id).await.is_empty());
    board.decide("comment", held.id, 1, "approved").await.expect(404);
}

#[tokio::test]
async fn a_read_waits_for_the_event_that_it_names() {
    let board = Board::start().await;
    let comment = Comment::new();
    let event = board.bus.publish(comment.created("casino"));
    board.bus.subscription("moderation").await;
    let reading = board.moderation.get("/queue").header("await-event", event.id.as_str()).send();
    let (page, ()) = tokio::join!(reading, board.hear(event.clone()));
    assert_eq!(page.header("await-event"), None);
    assert_eq!(page.expect(200).json()[0]["id"], comment.id.to_string());
    let unheard = EventId::new();
    let page = board.moderation.get("/queue").header("await-event", unheard.as_str()).send().await.expect(200);
    assert_eq!(page.header("await-event"), Some("timeout"));
}

#[tokio::test]
async fn it_survives_a_restart() {
    let board = Board::start().await;
    board.comment("casino").await;
    board.post("viagra", None).await;
    let before = board.queue().await;
    let board = board.restart().await;
    assert_eq!(board.queue().await, before);
}
