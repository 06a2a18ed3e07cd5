//! Who may see what is withheld.

use chassis::access::Secret;
use chassis::config::ServiceArgs;
use chassis::serve::Lifetime;
use moderation::config::Config;
use serde_json::json;

use super::board::Board;

const TOKEN: &str = "a-token-for-moderators";

#[tokio::test]
async fn without_the_token_nothing_is_shown_and_nothing_is_decided() {
    let board = Board::start_with(|config| {
        config.open = false;
        config.token = Some(Secret::new(TOKEN).unwrap());
    })
    .await;
    let comment = board.comment("casino").await;
    let decision = json!({ "kind": "comment", "id": comment.id, "revision": 1, "status": "approved" });
    let (right, wrong) = (format!("Bearer {TOKEN}"), "Bearer another-token-altogether");
    for path in ["/queue", "/rules", "/log"] {
        let refused = board.moderation.get(path).send().await.expect(401);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        assert!(!refused.text().contains("casino"));
        board.moderation.get(path).header("authorization", wrong).send().await.expect(401);
        let answer = board.moderation.get(path).header("authorization", &right).send().await.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    board.moderation.post("/decisions", &decision).send().await.expect(401);
    board.moderation.post("/decisions", &decision).header("authorization", wrong).send().await.expect(401);
    board.moderation.post("/decisions", &json!([decision])).send().await.expect(401);
    board.undo("comment", comment.id, 1).await.expect(401);
    let queue = board.moderation.get("/queue").header("authorization", &right).send().await.expect(200).json();
    assert_eq!(queue.as_array().unwrap().len(), 1, "it still waits");
    board.moderation.post("/decisions", &decision).header("authorization", &right).send().await.expect(201);
}

#[tokio::test]
async fn on_a_laptop_curl_works_and_foreign_pages_do_not() {
    let board = Board::start().await;
    board.moderation.get("/queue").send().await.expect(200);
    board.moderation.get("/queue").header("host", "evil.example").send().await.expect(403);
    board.moderation.get("/queue").header("origin", "https://evil.example").send().await.expect(403);
    board.moderation.get("/queue").header("origin", "http://localhost:3000").send().await.expect(200);
    board.moderation.get("/queue").header("authorization", "Bearer a-wrong-token-is-wrong").send().await.expect(401);
}

#[tokio::test]
async fn it_does_not_start_unguarded() {
    let folder = tempfile::tempdir().unwrap();
    let service = ServiceArgs { data_dir: folder.path().into(), ..ServiceArgs::default() };
    let config = Config { service, ..Config::default() };
    let said = moderation::start(&config, &Lifetime::new()).await.unwrap_err().to_string();
    assert!(said.contains("--bus-token"), "{said}");
}
