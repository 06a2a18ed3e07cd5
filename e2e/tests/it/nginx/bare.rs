//! The single process with the plainest of proxies before it: `proxy_pass http://127.0.0.1:8080;` and nothing else. Every
//! caller then comes from loopback, and `Host` is a loopback name too.

use e2e::board::Board;
use e2e::nginx;
use e2e::ports::Port;
use serde_json::json;

#[tokio::test]
async fn it_opens_nothing_that_the_token_guards() {
    let (board, port) = (Board::single().up().await, Port::take());
    let mut proxy = nginx::bare(board.folder(), &port, board.processes[0].url());
    proxy.start();
    proxy.ready().await;
    let stranger = e2e::client::Client::new(&port.url());
    let moderator = stranger.with("authorization", &board.bearer());

    let made = stranger.post("/api/v1/posts", &json!({ "title": "for everyone" })).await.expect(201);
    board.settled().await;
    stranger.get(&format!("/api/v1/posts/{}", made.text_of("id"))).await.expect(200);

    for client in [&stranger, &stranger.with("host", "127.0.0.1:8080"), &stranger.with("host", "localhost")] {
        for path in [
            "bus/events",
            "bus/events/stream?after=0",
            "bus/subscriptions",
            "bus/subscriptions/moderation",
            "bus/subscriptions/moderation/parked",
            "moderation/queue",
            "moderation/log",
            "moderation/rules",
        ] {
            client.get(&format!("/api/v1/{path}")).await.expect(401);
        }
        let decision = json!({ "kind": "post", "id": made.text_of("id"), "revision": 1, "status": "rejected" });
        for path in ["moderation/decisions", "moderation/decisions/undo"] {
            client.post(&format!("/api/v1/{path}"), &decision).await.expect(401);
        }
        client.post("/api/v1/bus/events", &json!({ "type": "X", "data": {} })).await.expect(401);
        let subscription = json!({ "url": "http://127.0.0.1:9/events" });
        client.put("/api/v1/bus/subscriptions/spy", &subscription).await.expect(401);
        client.delete("/api/v1/bus/subscriptions/moderation").await.expect(401);
    }

    for path in ["bus/events", "bus/subscriptions", "moderation/queue", "moderation/log", "moderation/rules"] {
        moderator.get(&format!("/api/v1/{path}")).await.expect(200);
    }
    // A service's own port, which no proxy leads to, stays open to this machine.
    board.at("event-bus").get("/events").await.expect(200);
}
