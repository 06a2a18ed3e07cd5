//! What operators and integrators ask.

use super::{Board, eventually};

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
