//! Reading one's own write: `Await-Event`.

use std::time::{Duration, Instant};

use contract::{EventId, PostId};
use serde_json::json;

use super::said::post_created;
use super::{Board, ids};

#[tokio::test]
async fn a_read_sees_the_event_that_it_names_before_and_after_it_came() {
    let board = Board::start().await;
    for round in 0..100 {
        let post = PostId::new();
        let event = board.log.say(post_created(post, round, "Title"));
        let answer = board.query.get("/posts?limit=1").header("await-event", event.as_str()).send().await.expect(200);
        assert_eq!(answer.header("await-event"), None);
        assert_eq!(ids(&answer.json()), [post.to_string()]);
    }
}

#[tokio::test]
async fn an_event_of_a_foreign_producer_can_be_awaited_too() {
    let board = Board::start().await;
    board.log.append(json!({ "id": "order 7/a", "type": "Whatever", "data": 1 }));
    let answer = board.query.get("/posts").header("await-event", "order 7/a").send().await.expect(200);
    assert_eq!(answer.header("await-event"), None);
}

#[tokio::test]
async fn a_made_up_event_is_given_up_after_two_seconds() {
    let board = Board::start().await;
    let begun = Instant::now();
    let answer = board.query.get("/posts").header("await-event", EventId::new().as_str()).send().await.expect(200);
    assert_eq!(answer.header("await-event"), Some("timeout"));
    assert!(begun.elapsed() >= Duration::from_secs(2));
    let missing = format!("/posts/{}", PostId::new());
    let answer = board.query.get(&missing).header("await-event", EventId::new().as_str()).send().await.expect(404);
    assert_eq!(answer.header("await-event"), Some("timeout"));
}

#[tokio::test]
async fn what_was_applied_before_a_restart_is_still_known() {
    let board = Board::start().await;
    let event = board.say(post_created(PostId::new(), 0, "Title")).await;
    let board = board.stop().await.start().await;
    board.until_ready().await;
    board.until_applied(&event).await;
}
