//! What operators and integrators ask.

use super::Board;

#[tokio::test]
async fn it_is_alive_ready_measured_and_documented() {
    let board = Board::start().await;
    board.posts.get("/healthz").send().await.expect(200);
    assert_eq!(board.posts.get("/readyz").send().await.expect(200).json()["ready"], true);
    board.post("Title").await;
    let metrics = board.posts.get("/metrics").send().await.expect(200).text();
    assert!(metrics.contains("http_requests_total"), "{metrics}");
    assert!(board.posts.get("/docs/").send().await.expect(200).text().contains("swagger"));
}

/// `UPDATE_SNAPSHOTS=1` writes it anew.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the service")]
async fn the_openapi_document_is_the_committed_one() {
    let board = Board::start().await;
    let served = board.posts.get("/openapi.json").send().await.expect(200).text();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, format!("{}\n", served.trim_end())).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(served.trim_end(), committed.trim_end(), "UPDATE_SNAPSHOTS=1 writes {path} anew");
}
