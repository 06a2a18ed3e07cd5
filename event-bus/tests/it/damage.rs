//! Damage on disk is named and never served, and what is whole stays readable.

use serde_json::json;

use crate::bus::{TestBus, damage, numbered, sequences};

/// A log of ten, the fifth of which is damaged where this text stands.
async fn damaged(needle: &str) -> TestBus {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 4).await;
    let five = json!({
        "id": "the-id", "source": "/the-source", "type": "TheType", "subject": "the-subject",
        "custom": "the-extension", "data": { "text": "the-data" },
    });
    bus.append(&five).await.expect(201);
    bus.append_numbered(6, 5).await;
    bus.restart_after(|folder| damage(folder, needle.as_bytes())).await
}

#[tokio::test]
async fn damage_is_named_wherever_it_is() {
    for needle in ["the-id", "the-source", "TheType", "the-subject", "the-extension", "the-data"] {
        let bus = damaged(needle).await;
        let good = bus.get("/events").await.expect(200);
        assert_eq!(sequences(good.json().as_array().unwrap()), [1, 2, 3, 4], "{needle}: what comes before is good");
        let problem = bus.get("/events?after=4").await.expect(500).json();
        assert_eq!(problem["type"], "/problems/log-damaged", "{needle}");
        assert!(problem["detail"].as_str().unwrap().contains("0000000000000005"), "{needle}: {problem}");
        bus.get("/events?after=4&type=Other").await.expect(500);
        let rest = bus.get("/events?after=5").await.expect(200);
        assert_eq!(sequences(rest.json().as_array().unwrap()), [6, 7, 8, 9, 10], "{needle}");
    }
}

#[tokio::test]
async fn every_reader_is_told() {
    let bus = damaged("the-data").await;
    bus.get("/events/the-id").await.expect(500);
    bus.get("/events?subject=the-subject").await.expect(500);
    bus.get("/events?subject=subject-1").await.expect(200);

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}/events", bus.url())).header("accept", "application/x-ndjson");
    let cut_off = request.send().await.unwrap().text().await;
    assert!(cut_off.is_err(), "an answer that breaks off must not look whole: {cut_off:?}");

    let mut events = bus.sse("", &[]).await;
    let mut names = Vec::new();
    while let Some(sent) = events.next().await {
        names.push(sent.event.unwrap_or_else(|| sent.id.unwrap().trim_start_matches('0').to_owned()));
    }
    assert_eq!(names, ["log", "1", "2", "3", "4", "problem"]);

    let mut listener = bus.websocket("").await;
    listener.next().await.unwrap();
    assert_eq!(sequences(&listener.batch().await), [1, 2, 3, 4]);
    let farewell = listener.next().await.unwrap_err().unwrap();
    assert_eq!(u16::from(farewell.code), 1011);
}

#[tokio::test]
async fn a_damaged_row_is_no_duplicate_and_no_conflict() {
    for needle in ["TheType", "the-subject", "the-extension", "the-data"] {
        let bus = damaged(needle).await;
        let again = json!({
            "id": "the-id", "source": "/the-source", "type": "TheType", "subject": "the-subject",
            "custom": "the-extension", "data": { "text": "the-data" },
        });
        let problem = bus.append(&again).await.expect(500).json();
        assert_eq!(problem["type"], "/problems/log-damaged", "{needle}");
        let results = bus.append(&json!([numbered(1), again, numbered(11)])).await.expect(207).json();
        assert_eq!(results[0]["duplicate"], true, "{needle}: {results}");
        assert_eq!(results[1]["problem"]["type"], "/problems/log-damaged", "{needle}: {results}");
        assert_eq!(results[2]["sequence"], "0000000000000011", "{needle}: {results}");
    }
}

#[tokio::test]
async fn a_damaged_log_still_takes_events() {
    let bus = damaged("the-data").await;
    bus.append(&numbered(11)).await.expect(201);
    let rest = bus.get("/events?after=9").await.expect(200);
    assert_eq!(sequences(rest.json().as_array().unwrap()), [10, 11]);
}
