//! Requests that cannot be what anybody meant.

use serde_json::{Value, json};

use super::board::Board;

fn good() -> Value {
    json!({ "kind": "comment", "id": "0190d5a8-7d2f-7c54-9b05-0d6f0a2c3b11", "revision": 1, "status": "approved" })
}

#[tokio::test]
async fn a_decision_must_be_whole() {
    let board = Board::start().await;
    let mut cases: Vec<(Value, &str)> = ["kind", "id", "revision", "status"]
        .iter()
        .map(|field| {
            let mut body = good();
            body.as_object_mut().unwrap().remove(*field);
            (body, *field)
        })
        .collect();
    for (field, value) in [
        ("kind", json!("user")),
        ("kind", json!(7)),
        ("id", json!("7")),
        ("id", Value::Null),
        ("revision", json!(0)),
        ("revision", json!(-1)),
        ("revision", json!("1")),
        ("revision", json!(1.5)),
        ("status", json!("pending")),
        ("status", json!("APPROVED")),
        ("reason", json!(7)),
        ("reason", json!("x".repeat(1001))),
        ("reason", json!("\u{1}")),
    ] {
        let mut body = good();
        body[field] = value;
        cases.push((body, field));
    }
    for (body, field) in cases {
        let answer = board.moderation.post("/decisions", &body).send().await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert!(answer.text().contains(field), "{body}: {}", answer.text());
    }
    board.moderation.post("/decisions", &good()).send().await.expect(404);
}

#[tokio::test]
async fn an_undo_must_be_whole() {
    let board = Board::start().await;
    let good = json!({ "kind": "comment", "id": "0190d5a8-7d2f-7c54-9b05-0d6f0a2c3b11", "decision": 1 });
    for (field, value) in [
        ("kind", json!("user")),
        ("id", json!("7")),
        ("decision", json!(0)),
        ("decision", json!(-1)),
        ("decision", json!("1")),
        ("decision", Value::Null),
        ("decision", json!(5_000_000_000_u64)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = board.moderation.post("/decisions/undo", &body).send().await.expect(422);
        assert!(answer.text().contains(field), "{body}: {}", answer.text());
    }
    board.moderation.post("/decisions/undo", &good).send().await.expect(404);
}

#[tokio::test]
async fn a_body_must_be_json_of_some_size() {
    let board = Board::start().await;
    let post = |content_type: &str, body: &str| {
        board.moderation.request(http::Method::POST, "/decisions").body(content_type, body.to_owned())
    };
    post("application/json", "").send().await.expect(400);
    post("application/json", "{").send().await.expect(400);
    post("application/json", &"[".repeat(5000)).send().await.expect(400);
    post("application/json", r#"{"kind":"comment","reason":"\ud800"}"#).send().await.expect(400);
    post("application/json", r#"{"reason":"a\u0000b"}"#).send().await.expect(422);
    post("application/json", "{}").send().await.expect(422);
    post("application/json", "[]").send().await.expect(422);
    post("text/plain", "{}").send().await.expect(415);
    post("application/json", &format!("{{\"reason\":\"{}\"}}", "x".repeat(2 << 20))).send().await.expect(413);
    board.moderation.request(http::Method::POST, "/decisions").send().await.expect(415);
}

#[tokio::test]
async fn a_page_must_be_one() {
    let board = Board::start().await;
    for (query, pointer) in [
        ("limit=0", "?limit"),
        ("limit=x", "?limit"),
        ("cursor=x", "?cursor"),
        ("cursor=1", "?cursor"),
        ("cursor=1.x", "?cursor"),
        ("cursor=99999999999999999999.1", "?cursor"),
    ] {
        let answer = board.moderation.get(&format!("/queue?{query}")).send().await.expect(422);
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    for (query, pointer) in [("limit=0", "?limit"), ("cursor=x", "?cursor"), ("cursor=1.5", "?cursor")] {
        let answer = board.moderation.get(&format!("/log?{query}")).send().await.expect(422);
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    board.moderation.get("/queue?limit=100000").send().await.expect(200);
    board.moderation.get("/log?limit=100000&cursor=-1").send().await.expect(200);
    board.moderation.get("/queue").header("await-event", "").send().await.expect(400);
}

#[tokio::test]
async fn other_methods_and_paths_are_told_apart() {
    let board = Board::start().await;
    for (path, allow) in [
        ("/queue", "GET, HEAD"),
        ("/rules", "GET, HEAD"),
        ("/log", "GET, HEAD"),
        ("/decisions", "POST"),
        ("/decisions/undo", "POST"),
    ] {
        let refused = board.moderation.delete(path).send().await.expect(405);
        assert_eq!(refused.header("allow"), Some(allow));
    }
    board.moderation.get("/decisions").send().await.expect(405);
    board.moderation.get("/decisions/undo").send().await.expect(405);
    board.moderation.get("/queue/x").send().await.expect(404);
    board.moderation.get("/decisions/x").send().await.expect(404);
    board.moderation.get("/").send().await.expect(404);
}
