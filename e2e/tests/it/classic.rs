//! A client and a service that were written for the classic teaching app work unchanged.

use e2e::board::Board;
use e2e::receiver::Receiver;
use e2e::wait;
use serde_json::{Value, json};

#[tokio::test]
async fn a_classic_client_posts_comments_and_reads_what_became_of_it() {
    let board = Board::apart().up().await;
    let posts = board.at("posts");
    let first = posts.post("/posts", &json!({ "title": "by /posts" })).await.expect(201);
    let second = posts.post("/posts/create", &json!({ "title": "by /posts/create" })).await.expect(201);
    assert_eq!(first.json["title"], "by /posts");

    let comments = board.at("comments");
    let (one, two) = (first.text_of("id"), second.text_of("id"));
    let good = comments.post(&format!("/posts/{one}/comments"), &json!({ "content": "well said" })).await.expect(201);
    comments.post(&format!("/post/{two}/comments"), &json!({ "content": "I like ORANGE juice" })).await.expect(201);
    assert_eq!(good.json["status"], "pending");

    board.judged(one, 1).await;
    board.judged(two, 1).await;
    // Object.values(await (await fetch(query + "/posts")).json())
    let list = board.at("query").get("/posts").await.expect(200);
    let values = list.json.as_array().expect("Object.values of an array are its items");
    let by_title = |title: &str| values.iter().find(|p| p["title"] == title).cloned().unwrap_or_default();
    let shown = &by_title("by /posts")["comments"][0];
    assert_eq!(shown["id"], good.json["id"]);
    assert_eq!((&shown["content"], &shown["status"]), (&json!("well said"), &json!("approved")));
    let withheld = &by_title("by /posts/create")["comments"][0];
    assert_eq!((&withheld["content"], &withheld["status"]), (&Value::Null, &json!("rejected")));
    assert!(!list.text.contains("juice"), "rejected text must not leave the servers: {}", list.text);
}

#[tokio::test]
async fn a_foreign_receiver_gets_every_event_also_those_from_before_it_asked() {
    let board = Board::apart().up().await;
    let post = board.post("before").await;
    board.comment(post.text_of("id"), "first").await;
    board.judged(post.text_of("id"), 1).await;

    let receiver = Receiver::start().await;
    let bus = board.at("event-bus");
    bus.put("/subscriptions/foreign", &json!({ "url": receiver.url(), "from": "start" })).await.expect(201);
    receiver.wait_for("CommentUpdated", 1).await;
    board.post("after").await;
    receiver.wait_for("PostCreated", 2).await;

    let all = bus.get("/events?limit=1000").await.expect(200).json;
    let log: Vec<_> = all.as_array().unwrap().iter().map(|e| e["id"].clone()).collect();
    let events = wait::until("every event of the log", async || {
        Some(receiver.events()).filter(|events| events.len() >= log.len())
    })
    .await;
    let came: Vec<_> = events.iter().map(|e| e["id"].clone()).collect();
    assert_eq!(came[..log.len()], log, "in the log's order");
    assert!(events.iter().all(|e| e["type"].is_string() && e["data"].is_object()));
}

#[tokio::test]
async fn a_classic_service_says_what_happened_as_type_and_data() {
    let board = Board::apart().up().await;
    let bus = board.at("event-bus");
    let event = json!({ "type": "SomethingElse", "data": { "any": ["thing", 1, null] } });
    let answer = bus.post("/events", &event).await.expect(201);
    assert_eq!(answer.json["status"], "OK");
    let found = bus.get("/events?type=SomethingElse").await.expect(200).json;
    assert_eq!(found[0]["data"], event["data"]);
    // Nobody here knows the type; nobody stumbles over it.
    let post = board.post("still works").await;
    board.comment(post.text_of("id"), "yes").await;
    board.judged(post.text_of("id"), 1).await;
}
