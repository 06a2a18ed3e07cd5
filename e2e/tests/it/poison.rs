//! An event that can never be applied stops its own subject and nobody else.

use e2e::board::Board;
use e2e::wait;
use serde_json::json;

#[tokio::test]
async fn a_poisoned_subject_parks_alone_and_giving_up_is_on_record() {
    let board = Board::apart().up().await;
    let bus = board.at("event-bus");
    let poison = json!({
        "specversion": "1.0", "id": "poison-1", "source": "/somebody", "type": "PostCreated", "subject": "broken",
        "data": { "id": "this is no id", "title": 7 }
    });
    bus.post("/events", &poison).await.expect(201);

    // Others go on.
    let post = board.post("unharmed").await;
    let id = post.text_of("id").to_owned();
    board.comment(&id, "also unharmed").await;
    board.judged(&id, 1).await;

    for name in ["comments", "moderation"] {
        let parked = wait::until("the poison to be parked", async || {
            let parked = bus.get(&format!("/subscriptions/{name}/parked")).await.expect(200).json;
            parked.as_array().filter(|list| !list.is_empty()).cloned()
        })
        .await;
        assert_eq!(parked.len(), 1, "{parked:?}");
        assert_eq!(parked[0]["subject"], "broken");
        // Trying again does not help it; giving up does, and says so.
        let skip = format!("/subscriptions/{name}/parked/skip?subject=broken");
        let answer = bus.post(&skip, &json!({})).await;
        assert!(answer.status.is_success(), "{answer:?}");
        wait::until("nothing to be parked", async || {
            let parked = bus.get(&format!("/subscriptions/{name}/parked")).await.expect(200).json;
            parked.as_array().filter(|list| list.is_empty()).map(drop)
        })
        .await;
    }
    let given_up = bus.get("/events?type=DeliveryGivenUp").await.expect(200).json;
    let by: Vec<_> = given_up.as_array().unwrap().iter().map(|e| e["data"]["subscription"].clone()).collect();
    assert_eq!(by, [json!("comments"), json!("moderation")]);
}
