//! What is said reaches the bus, in order, whatever the bus does meanwhile; and what was answered stays.

use chassis::doubles::Signing;
use contract::Status;
use serde_json::{Value, json};

use crate::{ADA, Board, verdict};

fn contents(said: &[Value]) -> Vec<&str> {
    said.iter().map(|comment| comment["content"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn while_the_bus_is_down_comments_are_taken_and_all_arrive_in_order_afterwards() {
    let board = Board::start().await;
    let post = board.post().await;
    let mut expected = Vec::new();
    for (round, status) in [500, 503, 404, 401, 429].into_iter().enumerate() {
        board.bus.fail_with(status);
        for number in 0..4 {
            expected.push(format!("{round}.{number}"));
            board.comment(post, &format!("{round}.{number}")).await;
        }
    }
    assert_eq!(board.bus.events().len(), 1, "the post alone");
    board.bus.recover();
    assert_eq!(contents(&board.said("CommentCreated", expected.len()).await), expected);
}

#[tokio::test]
async fn a_restart_keeps_everything_and_sends_what_was_not_sent() {
    let board = Board::start().await;
    let post = board.post().await;
    let parent = board.comment(post, "parent").await;
    let reply = board.reply(post, &parent, "reply").await;
    board.tell(&[verdict(post, &reply, 1, 1, Status::Approved)]).await;
    let rejected = board.comment(post, "orange").await;
    board.tell(&[verdict(post, &rejected, 1, 1, Status::Rejected)]).await;
    let gone = board.comment(post, "gone").await;
    board.bus.fail_with(503);
    let edit = board.comments.patch(&format!("/comments/{parent}"), &json!({ "content": "parent 2" })).owner(ADA);
    edit.send().await.expect(200);
    board.comments.delete(&format!("/comments/{gone}")).owner(ADA).send().await.expect(204);
    let path = format!("/posts/{post}/comments");
    let before = board.comments.get(&path).owner(ADA).send().await.expect(200).json();
    let board = board.restart().await;
    assert_eq!(board.comments.get(&path).owner(ADA).send().await.expect(200).json(), before);
    assert_eq!(before.as_array().unwrap().len(), 3);
    board.bus.recover();
    let said = board.said("CommentUpdated", 3).await;
    assert_eq!(contents(&said), ["reply", "orange", "parent 2"]);
    board.said("CommentDeleted", 1).await;
}

#[tokio::test]
async fn a_full_outbox_is_a_503_and_nothing_is_kept_of_the_comment() {
    let board = Board::start_with(|config| config.service.outbox_limit = 4096).await;
    let post = board.post().await;
    let judged = board.comment(post, "judged").await;
    board.said("CommentCreated", 1).await;
    board.bus.fail_with(503);
    let mut taken = 1;
    let refused = loop {
        let answer = board.comment_on(post, "t").send().await;
        if answer.status != 201 {
            break answer;
        }
        taken += 1;
        assert!(taken < 100, "the outbox has no bound");
    };
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    assert_eq!(board.thread(post).await.as_array().unwrap().len(), taken);
    // What a verdict leads to has no room either: the bus has to come again with it.
    let long = verdict(post, &judged, 1, 1, Status::Approved);
    let (status, _) = board.bus.push("comments", std::slice::from_ref(&long), &Signing::Right).await;
    if status != 200 {
        assert_eq!(status, 503);
        assert_eq!(board.comments.get(&format!("/comments/{judged}")).send().await.json()["status"], "pending");
    }
    board.bus.recover();
    board.said("CommentCreated", taken).await;
    // It counts as sent a moment after it has arrived.
    let again = board.bus.events().into_iter().find(|event| event.id == long.id).unwrap();
    let mut tries = 0;
    while board.bus.push("comments", std::slice::from_ref(&again), &Signing::Right).await.0 != 200 {
        tries += 1;
        assert!(tries < 10_000, "it takes nothing any more");
    }
    assert_eq!(board.said("CommentUpdated", 1).await.len(), 1);
}
