//! What a text will look like, before it is posted.

use contract::PostId;
use serde_json::json;

use super::said::post_created;
use super::{Board, eventually};

#[tokio::test]
async fn a_preview_is_what_will_be_shown() {
    let board = Board::start().await;
    let text =
        "Some *Markdown*,\nwith a <tag>, [a link](https://oak.example) and ![a picture](https://oak.example/o.png)";
    let answer = board.query.post("/preview", &json!({ "content": text })).send().await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut post = post_created(PostId::new(), 0, "Hello");
    post.content = Some(text.to_owned());
    board.say(post).await;
    assert_eq!(answer.json(), json!({ "html": board.posts().await[0]["html"] }));
    let nothing = board.query.post("/preview", &json!({ "content": "  \n" })).send().await.expect(200);
    assert_eq!(nothing.json(), json!({ "html": "" }));
}

#[tokio::test]
async fn it_needs_neither_the_bus_nor_a_model() {
    let mut stopped = Board::start().await.stop().await;
    stopped.log.go_away();
    let board = stopped.start().await;
    board.get("/posts").await.expect(503);
    let answer = board.query.post("/preview", &json!({ "content": "*a*" })).send().await.expect(200);
    assert_eq!(answer.json()["html"], "<p><em>a</em></p>");
    eventually(async || (board.get("/healthz").await.status == 200).then_some(())).await;
}

#[tokio::test]
async fn bad_input_gets_a_clear_problem() {
    let board = Board::start().await;
    board.query.post("/preview", &json!({ "content": "a".repeat(40_000) })).send().await.expect(200);
    for body in [
        json!({ "content": "a".repeat(40_001) }),
        json!({ "content": "a\u{7}b" }),
        json!({ "content": "a\0b" }),
        json!({ "content": 7 }),
        json!({ "content": null }),
    ] {
        let refused = board.query.post("/preview", &body).send().await.expect(422);
        assert_eq!(refused.pointers(), ["/content"]);
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    }
    board.query.post("/preview", &json!({})).send().await.expect(422);
    board.query.post("/preview", &json!({ "content": "ä".repeat(300_000) })).send().await.expect(413);
    let longest = format!("{{\"content\":\"{}\"}}", "\\ud83d\\ude00".repeat(40_000));
    board.query.request(http::Method::POST, "/preview").body("application/json", longest).send().await.expect(200);
    let send = async |content_type: &str, body: &str| {
        board.query.request(http::Method::POST, "/preview").body(content_type, body.to_owned()).send().await.status
    };
    assert_eq!(send("application/json", "{\"content\":").await, 400);
    assert_eq!(send("application/json", "{\"content\":\"\\ud83d\"}").await, 400);
    assert_eq!(send("text/plain", "{\"content\":\"a\"}").await, 415);
    let other = board.get("/preview").await.expect(405);
    assert_eq!(other.header("allow"), Some("POST, OPTIONS"));
}
