//! What operators and integrators ask.

use super::board::Board;

#[tokio::test]
async fn it_is_alive_ready_measured_and_documented() {
    chassis::telemetry::prometheus();
    let board = Board::start().await;
    board.moderation.get("/healthz").send().await.expect(200);
    assert_eq!(board.moderation.get("/readyz").send().await.expect(200).json()["ready"], true);
    let rejected = board.comment("orange").await;
    board.comment("casino").await;
    board.verdict(rejected.id).await;
    let metrics = board.moderation.get("/metrics").send().await.expect(200).text();
    for line in [
        "http_requests_total",
        r#"verdicts_total{status="rejected",rule="banned-words"}"#,
        "judgement_seconds",
        "moderation_queue ",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(board.moderation.get("/docs/").send().await.expect(200).text().contains("swagger"));
}

/// `UPDATE_SNAPSHOTS=1` writes it anew.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch for who runs the test, no setting of the service")]
async fn the_openapi_document_is_the_committed_one() {
    let board = Board::start().await;
    let served = board.moderation.get("/openapi.json").send().await.expect(200).text();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, format!("{}\n", served.trim_end())).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(served.trim_end(), committed.trim_end(), "UPDATE_SNAPSHOTS=1 writes {path} anew");
}
