//! What operators and integrators ask.

use std::time::Duration;

use contract::PostId;

use super::said::post_created;
use super::{Board, Stopped, eventually};

#[tokio::test]
async fn it_is_alive_ready_measured_and_documented() {
    let board = Board::start().await;
    board.get("/healthz").await.expect(200);
    assert_eq!(board.get("/readyz").await.expect(200).json()["ready"], true);
    board.post("Title").await;
    let names =
        ["query_posts 1", "query_comments 0", "query_position 1", "query_behind_events 0", "query_folded_total 1"];
    eventually(async || {
        let metrics = board.get("/metrics").await.expect(200).text();
        names.iter().all(|name| metrics.contains(name)).then_some(())
    })
    .await;
    assert!(board.get("/docs/").await.expect(200).text().contains("swagger"));
}

/// Figures belong to the process, and where tests run in one, others set them too: so they are looked for again after
/// another start.
async fn shown_after_a_start(mut stopped: Stopped, figures: &[&str]) -> Board {
    for _ in 0..20 {
        for name in ["query_posts", "query_comments", "query_position", "query_behind_events"] {
            metrics::gauge!(name).set(-1.0);
        }
        let board = stopped.start().await;
        for _ in 0..20 {
            let metrics = board.get("/metrics").await.expect(200).text();
            if figures.iter().all(|figure| metrics.lines().any(|line| line == *figure)) {
                return board;
            }
            tokio::time::sleep(Duration::from_millis(10)).await; // why: between two looks, of which there are few
        }
        stopped = board.stop().await;
    }
    panic!("after no start there was {figures:?}");
}

#[tokio::test]
async fn what_the_snapshot_held_is_measured_from_the_start_and_without_the_bus() {
    let board = Board::start().await;
    for title in ["One", "Two", "Three"] {
        board.post(title).await;
    }
    let mut stopped = board.stop().await;
    stopped.log.go_away();
    shown_after_a_start(stopped, &["query_posts 3", "query_comments 0", "query_position 3"]).await;
}

#[tokio::test]
async fn nothing_is_ahead_of_one_that_starts_at_the_head() {
    let board = Board::start().await;
    for title in ["One", "Two", "Three"] {
        board.post(title).await;
    }
    let stopped = board.stop().await;
    shown_after_a_start(stopped, &["query_position 3", "query_behind_events 0"]).await;
}

#[tokio::test]
async fn what_is_ahead_is_measured_as_soon_as_the_stream_is_open() {
    let board = Board::start().await;
    for title in ["One", "Two", "Three"] {
        board.post(title).await;
    }
    let stopped = board.stop().await;
    stopped.log.hold_at(Some(3));
    for at in 0..4 {
        stopped.log.say(post_created(PostId::new(), at, "Later"));
    }
    let board = shown_after_a_start(stopped, &["query_position 3", "query_behind_events 4"]).await;
    board.log.hold_at(None);
    eventually(async || {
        let metrics = board.get("/metrics").await.expect(200).text();
        ["query_position 7", "query_behind_events 0"].iter().all(|figure| metrics.contains(figure)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_digest_names_log_and_place() {
    let board = Board::start().await;
    board.post("Title").await;
    let digest = board.digest().await;
    assert_eq!(digest["log"], board.log.log().to_string());
    assert_eq!(digest["position"], "0000000000000001");
    assert_eq!((&digest["posts"], &digest["comments"]), (&1.into(), &0.into()));
    assert_eq!(digest["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(board.digest().await, digest);
}

/// `UPDATE_SNAPSHOTS=1` writes it anew.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the service")]
async fn the_openapi_document_is_the_committed_one() {
    let board = Board::start().await;
    let served = board.get("/openapi.json").await.expect(200).text();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, format!("{}\n", served.trim_end())).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(served.trim_end(), committed.trim_end(), "UPDATE_SNAPSHOTS=1 writes {path} anew");
}
