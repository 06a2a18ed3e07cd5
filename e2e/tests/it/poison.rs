//! Events of others under our types hold up nothing, and are seen.

use e2e::board::Board;
use e2e::wait;
use serde_json::{Value, json};

/// What the course's own services publish, on a fresh board: not from the owner of the type, and not readable.
#[tokio::test]
async fn events_of_others_under_our_types_are_ignored_however_many_come() {
    let board = Board::apart().up().await;
    let bus = board.at("event-bus");
    let count = 300;
    for number in 0..count {
        let event = json!({ "type": "PostCreated", "data": { "id": format!("{number:08x}"), "title": "x" } });
        bus.post("/events", &event).await.expect(201);
    }
    let broken = json!({
        "specversion": "1.0", "id": "broken-1", "source": "/posts", "type": "PostCreated", "subject": "broken",
        "data": { "id": "this is no id", "title": 7 }
    });
    bus.post("/events", &broken).await.expect(201);

    let post = board.post("unharmed").await;
    let id = post.text_of("id").to_owned();
    board.comment(&id, "also unharmed").await;
    board.judged(&id, 1).await;

    for name in ["comments", "moderation"] {
        let shown = wait::until("what was ignored to be counted", async || {
            let shown = bus.get(&format!("/subscriptions/{name}")).await.expect(200).json;
            shown["ignored"]["count"].as_u64().is_some_and(|ignored| ignored > count).then_some(shown)
        })
        .await;
        assert_eq!((&shown["parked"], &shown["state"]), (&json!(0), &json!("active")), "{shown}");
        assert!(shown["ignored"]["lastReason"].as_str().unwrap().starts_with("the data of PostCreated"), "{shown}");
    }
    let given_up = bus.get("/events?type=DeliveryGivenUp").await.expect(200).json;
    assert_eq!(given_up, Value::Array(Vec::new()));
}
