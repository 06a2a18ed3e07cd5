//! The board's environment: what is set there to nothing is as if it were not there.

use serde_json::json;

use crate::process::Process;

#[tokio::test]
async fn a_list_that_is_set_to_nothing_is_an_empty_list() {
    let data = tempfile::tempdir().unwrap();
    let lists = ["FOLKMOOT_CONNECT_ORIGINS", "FOLKMOOT_ALLOWED_ORIGINS", "FOLKMOOT_TRUSTED_PROXIES"];
    let board = Process::start_in(&lists.map(|name| (name, "")), data.path(), &[]).await;
    assert_eq!(board.caller.get("/api/v1/posts").send().await.expect(200).json(), json!([]));
}
