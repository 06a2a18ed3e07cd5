//! Stopping and starting: what a snapshot holds is what the log says.

use std::time::Duration;

use contract::{PostId, Status};
use serde_json::json;

use super::said::post_created;
use super::{Board, Stopped, eventually, ids};

/// What is lost for good is waited for ten times as long.
const SOON: Duration = Duration::from_millis(20);

async fn with_something(board: &Board) {
    for number in 0..40 {
        let post = board.post(&format!("post {number}")).await;
        board.comment(post, "nice", Status::Approved).await;
    }
}

/// Starts it on an empty folder: everything is folded from the log.
async fn rebuilt(mut stopped: Stopped) -> Board {
    stopped.folder = tempfile::tempdir().unwrap();
    stopped.config.data_dir = stopped.folder.path().into();
    let board = stopped.start().await;
    board.until_ready().await;
    board
}

#[tokio::test]
async fn after_a_restart_it_is_what_it_was_and_what_a_rebuild_is() {
    let board = Board::start().await;
    with_something(&board).await;
    let (before, page) = (board.digest().await, board.get("/posts").await);
    let stopped = board.stop().await;
    assert!(stopped.folder.path().join("query.snapshot").exists());
    let asked = stopped.log.asked().len();

    let board = stopped.start().await;
    board.until_ready().await;
    assert_eq!(board.digest().await, before);
    let again = board.get("/posts").await;
    assert_eq!((&again.body, again.header("etag")), (&page.body, page.header("etag")));
    let position: u64 = before["position"].as_str().unwrap().parse().unwrap();
    assert!(board.log.asked()[asked].contains(&format!("after={position:016}&logid={}", board.log.log())));

    with_something(&board).await;
    let after = board.digest().await;
    assert_ne!(after["sha256"], before["sha256"]);
    let board = rebuilt(board.stop().await).await;
    assert_eq!(board.digest().await, after);
}

#[tokio::test]
async fn snapshots_are_written_while_it_runs() {
    let board = Board::start_with(|config| config.snapshot_every = Duration::from_millis(1)).await;
    board.post("Hello").await;
    let path = board.folder.path().join("query.snapshot");
    eventually(async || path.exists().then_some(())).await;
}

#[tokio::test]
async fn a_damaged_snapshot_is_put_aside_and_everything_is_folded_again() {
    let board = Board::start().await;
    with_something(&board).await;
    let before = board.digest().await;
    let stopped = board.stop().await;
    let path = stopped.folder.path().join("query.snapshot");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let board = stopped.start().await;
    board.until_ready().await;
    assert_eq!(board.digest().await, before);
    assert_eq!(std::fs::read(board.folder.path().join("query.snapshot.rejected")).unwrap(), bytes);
}

#[tokio::test]
async fn a_second_process_on_the_same_folder_is_refused() {
    let board = Board::start().await;
    let error = query::start(&board.config, &chassis::serve::Lifetime::new()).await.unwrap_err();
    assert!(error.to_string().contains("--data-dir"), "{error}");
}

#[tokio::test]
async fn another_log_is_folded_anew_while_it_runs() {
    let board = Board::start_with(|config| config.stale_after = SOON).await;
    with_something(&board).await;
    board.log.lose();
    let post = PostId::new();
    board.log.say(post_created(post, 0, "of the new log"));
    let new = board.log.log().to_string();
    eventually(async || (board.digest().await["log"] == new).then_some(())).await;
    board.until_ready().await;
    eventually(async || (ids(&board.posts().await) == [post.to_string()]).then_some(())).await;
    let digest = board.digest().await;
    let board = rebuilt(board.stop().await).await;
    assert_eq!(board.digest().await, digest);
}

#[tokio::test]
async fn another_log_is_noticed_at_the_start() {
    let board = Board::start_with(|config| config.stale_after = SOON).await;
    with_something(&board).await;
    let stopped = board.stop().await;
    stopped.log.lose();
    stopped.log.say(post_created(PostId::new(), 0, "of the new log"));
    let board = stopped.start().await;
    board.until_ready().await;
    eventually(async || (board.posts().await.as_array().unwrap().len() == 1).then_some(())).await;
    assert!(board.folder.path().join("query.snapshot.rejected").exists());
}

#[tokio::test]
async fn a_log_that_lost_its_end_is_folded_anew() {
    let board = Board::start_with(|config| config.stale_after = SOON).await;
    with_something(&board).await;
    board.log.lose_all_but(1);
    eventually(async || (board.digest().await["position"] == json!("0000000000000001")).then_some(())).await;
    board.until_ready().await;
    eventually(async || (board.posts().await.as_array().unwrap().len() == 1).then_some(())).await;
}

#[tokio::test]
async fn the_first_snapshot_follows_the_first_fold() {
    let board = Board::start().await;
    board.post("Hello").await;
    let path = board.folder.path().join("query.snapshot");
    // By the settings it would be written after a minute.
    let begun = std::time::Instant::now();
    eventually(async || path.exists().then_some(())).await;
    assert!(begun.elapsed() < board.config.snapshot_every);
}
