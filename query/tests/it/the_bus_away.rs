//! What query does without the bus: it serves what it has, and says how good that is.

use std::time::Duration;

use contract::PostId;

use super::said::post_created;
use super::{Board, eventually, ids};

const SOON: Duration = Duration::from_millis(100);

async fn until_stale(board: &Board, stale: bool) {
    let expected = stale.then_some("true");
    eventually(async || {
        let answer = board.get("/posts").await;
        (answer.status == 200 && answer.header("folkmoot-stale") == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_reader_is_told_when_it_has_been_away_too_long_and_when_it_is_back() {
    let mut board = Board::start_with(|config| config.stale_after = SOON).await;
    board.post("Hello").await;
    until_stale(&board, false).await;
    board.log.go_away();
    until_stale(&board, true).await;
    board.get("/readyz").await.expect(200);
    assert_eq!(board.posts().await.as_array().unwrap().len(), 1);
    let missing = board.get(&format!("/posts/{}", PostId::new())).await.expect(404);
    assert_eq!(missing.header("folkmoot-stale"), Some("true"));
    board.log.come_back().await;
    until_stale(&board, false).await;
    board.post("More").await;
}

#[tokio::test]
async fn with_a_snapshot_it_is_ready_without_the_bus_after_a_while() {
    let board = Board::start_with(|config| config.stale_after = SOON).await;
    let post = board.post("Hello").await;
    let mut stopped = board.stop().await;
    stopped.log.go_away();
    let mut board = stopped.start().await;
    board.until_ready().await;
    let answer = board.get("/posts").await.expect(200);
    assert_eq!(answer.header("folkmoot-stale"), Some("true"));
    assert_eq!(ids(&answer.json()), [post.to_string()]);
    board.log.come_back().await;
    until_stale(&board, false).await;
}

#[tokio::test]
async fn with_neither_it_is_not_ready_and_says_so() {
    let board = Board::start().await;
    let mut stopped = board.stop().await;
    stopped.log.go_away();
    stopped.config.stale_after = Duration::ZERO;
    let mut board = stopped.start().await;
    for path in ["/posts", "/live"] {
        let refused = board.get(path).await.expect(503);
        assert!(refused.header("retry-after").is_some());
    }
    let waiting = board.get("/readyz").await.expect(503).json();
    assert_eq!(waiting["waitingFor"], serde_json::json!(["log"]));
    board.log.come_back().await;
    board.until_ready().await;
}

#[tokio::test]
async fn it_is_not_ready_before_the_head_at_opening_is_reached() {
    let board = Board::start_with(|config| config.stale_after = Duration::ZERO).await;
    let stopped = board.stop().await;
    let posts: Vec<PostId> = (0..30).map(|_| PostId::new()).collect();
    for post in &posts {
        stopped.log.say(post_created(*post, 0, "Title"));
    }
    stopped.log.hold_at(Some(29));
    let board = stopped.start().await;
    eventually(async || (board.digest().await["posts"] == 29).then_some(())).await;
    board.get("/readyz").await.expect(503);
    board.get("/posts").await.expect(503);
    board.log.hold_at(None);
    board.until_ready().await;
    assert_eq!(board.digest().await["posts"], 30);
}

#[tokio::test]
async fn the_token_is_shown_to_the_bus() {
    let board = Board::start_with(|config| config.bus_token = Some("a-token-for-the-bus".parse().unwrap())).await;
    assert_eq!(board.log.token().as_deref(), Some("Bearer a-token-for-the-bus"));
}

#[tokio::test]
async fn cut_connections_lose_and_double_nothing() {
    let board = Board::start().await;
    let mut last = None;
    for number in 0..300 {
        last = Some(board.log.say(post_created(PostId::new(), number, "Title")));
        if number % 37 == 0 {
            board.log.cut();
            tokio::task::yield_now().await;
        }
    }
    board.until_applied(&last.unwrap()).await;
    let digest = board.digest().await;
    assert_eq!((&digest["posts"], &digest["position"]), (&300.into(), &"0000000000000300".into()));
}
