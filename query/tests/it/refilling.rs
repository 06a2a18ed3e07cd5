//! A log that is lost and filled again: readers see what was there all the while.

use contract::{PostId, Status};
use serde_json::Value;

use super::said::{post_created, post_judged};
use super::{Board, eventually};

/// A board with something that is withheld, its log, and the list that readers see.
async fn with_a_secret() -> (Board, Vec<Value>, Value) {
    let board = Board::start().await;
    let open = board.post("open").await;
    board.comment(open, "a remark", Status::Approved).await;
    board.comment(open, "withheld", Status::Rejected).await;
    let secret = board.post("secret").await;
    board.say(post_judged(secret, 1, 1, Status::Rejected)).await;
    let (events, list) = (board.log.events(), board.posts().await);
    assert_eq!(list.as_array().unwrap().len(), 1);
    (board, events, list)
}

async fn until_not_stale(board: &Board) {
    eventually(async || board.get("/posts").await.header("folkmoot-stale").is_none().then_some(())).await;
}

#[tokio::test]
async fn what_was_there_is_shown_until_all_of_it_is_back() {
    let (board, events, list) = with_a_secret().await;
    board.log.lose();
    let log = board.log.log().to_string();
    eventually(async || (board.digest().await["log"] == log).then_some(())).await;
    // Each service publishes by itself: something new may come first, and a verdict last.
    let fresh = PostId::new();
    board.log.say(post_created(fresh, 5, "fresh"));
    let (verdicts, others): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| event["type"] == "PostModerated");
    for event in others.into_iter().rev() {
        let head = board.log.events().len() + 1;
        board.log.append(event);
        let position = format!("{head:016}");
        eventually(async || (board.digest().await["position"] == position).then_some(())).await;
        let answer = board.get("/posts").await.expect(200);
        assert_eq!((answer.json(), answer.header("folkmoot-stale")), (list.clone(), Some("true")));
        board.get("/readyz").await.expect(200);
    }
    for verdict in verdicts {
        board.log.append(verdict);
    }
    until_not_stale(&board).await;
    let mut now = board.posts().await;
    assert_eq!(now[0]["id"].as_str().unwrap().len(), 36);
    now.as_array_mut().unwrap().retain(|post| post["id"] != fresh.to_string());
    assert_eq!(now, list);
    assert_eq!(board.posts().await.as_array().unwrap().len(), 2);
    board.post("later").await;
}

#[tokio::test]
async fn a_restart_while_it_is_being_filled_begins_it_again() {
    let (board, events, list) = with_a_secret().await;
    let stopped = board.stop().await;
    stopped.log.lose();
    stopped.log.append(events[0].clone());
    let board = stopped.start().await;
    board.until_ready().await;
    assert_eq!(board.posts().await, list);
    let stopped = board.stop().await;
    assert!(!stopped.folder.path().join("query.snapshot.rejected").exists());
    let board = stopped.start().await;
    board.until_ready().await;
    assert_eq!(board.posts().await, list);
    for event in events {
        board.log.append(event);
    }
    until_not_stale(&board).await;
    assert_eq!(board.posts().await, list);
    let stopped = board.stop().await;
    let board = stopped.start().await;
    board.until_ready().await;
    assert_eq!(board.posts().await, list);
}
