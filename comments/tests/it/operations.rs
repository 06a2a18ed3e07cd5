//! What operators and integrators ask.

use chassis::doubles::Signing;
use contract::PostId;

use crate::{Board, post_created};

#[tokio::test]
async fn it_is_alive_ready_measured_and_documented() {
    let board = Board::start().await;
    board.comments.get("/healthz").send().await.expect(200);
    assert_eq!(board.comments.get("/readyz").send().await.expect(200).json()["ready"], true);
    let post = board.post().await;
    board.comment(post, "one").await;
    let metrics = board.comments.get("/metrics").send().await.expect(200).text();
    assert!(metrics.contains("http_requests_total"), "{metrics}");
    assert!(board.comments.get("/docs/").send().await.expect(200).text().contains("swagger"));
}

#[tokio::test]
async fn a_push_that_is_not_the_buss_changes_nothing() {
    let board = Board::start().await;
    board.post().await;
    let post = PostId::new();
    for signing in Signing::BAD {
        let (status, body) = board.bus.push("comments", &[post_created(post)], &signing).await;
        assert_eq!(status, 401, "{signing:?}: {body}");
    }
    board.comment_on(post, "lost").send().await.expect(404);
}

/// `UPDATE_SNAPSHOTS=1` writes it anew.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the service")]
async fn the_openapi_document_is_the_committed_one() {
    let board = Board::start().await;
    let served = board.comments.get("/openapi.json").send().await.expect(200).text();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, format!("{}\n", served.trim_end())).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(served.trim_end(), committed.trim_end(), "UPDATE_SNAPSHOTS=1 writes {path} anew");
}
