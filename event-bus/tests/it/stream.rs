//! Streams: past, then live; flow control; and how they end.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio_tungstenite::tungstenite;

use crate::bus::{TestBus, numbered, sequences, soon};

#[tokio::test]
async fn a_websocket_gives_the_past_and_then_what_comes() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 3).await;
    let log = bus.get("/events").await.header("folkmoot-log").unwrap().to_owned();
    let mut listener = bus.websocket("").await;
    assert_eq!(listener.next().await, Ok(json!({ "log": log, "head": "0000000000000003" })));
    assert_eq!(sequences(&listener.batch().await), [1, 2, 3]);
    assert_eq!(listener.next().await, Ok(json!({ "caughtUp": "0000000000000003" })));
    bus.append(&numbered(4)).await.expect(201);
    assert_eq!(sequences(&listener.batch().await), [4]);
    bus.append(&numbered(5)).await.expect(201);
    let batch = listener.batch().await;
    assert_eq!(batch[0]["data"], json!({ "number": 5 }));
}

#[tokio::test]
async fn a_stream_begins_where_it_is_asked_to() {
    for (query, first) in [("?after=7", 8), ("?after=9", 10), ("?tail", 10), ("?since=1999-01-01T00:00:00Z", 1)] {
        let bus = TestBus::start().await;
        bus.append_numbered(1, 9).await;
        let mut listener = bus.websocket(query).await;
        let mut events = bus.sse(query, &[]).await;
        bus.append(&numbered(10)).await.expect(201);
        assert_eq!(listener.sequences_until(10).await, (first..=10).collect::<Vec<_>>(), "{query}");
        assert_eq!(events.sequences_until(10).await, (first..=10).collect::<Vec<_>>(), "{query}");
    }
}

#[tokio::test]
async fn the_head_at_opening_is_told_once_when_it_is_reached() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 5).await;
    for query in ["", "?type=Nothing", "?after=5", "?tail"] {
        let mut events = bus.sse(query, &[]).await;
        let mut caught_up = None;
        while caught_up.is_none() {
            let sent = events.next().await.unwrap();
            caught_up = (sent.event.as_deref() == Some("caughtUp")).then(|| sent.json());
        }
        assert_eq!(caught_up, Some(json!({ "caughtUp": "0000000000000005" })), "{query}");
    }
}

#[tokio::test]
async fn server_sent_events_resume_by_their_id() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 5).await;
    let mut events = bus.sse("", &[("last-event-id", "0000000000000003")]).await;
    let opening = events.next().await.unwrap();
    assert_eq!(opening.event.as_deref(), Some("log"));
    assert_eq!(opening.json()["head"], "0000000000000005");
    let four = events.next().await.unwrap();
    assert_eq!((four.id.as_deref(), four.event.as_deref()), (Some("0000000000000004"), None));
    assert_eq!(four.json()["data"], json!({ "number": 4 }));
    assert_eq!(events.sequences_until(5).await, [5]);
}

#[tokio::test]
async fn filters_hold_for_streams_too() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 10).await;
    let mut listener = bus.websocket("?type=Third").await;
    let mut events = bus.sse("?subject=subject-1&type=Other", &[]).await;
    bus.append_numbered(11, 11).await;
    assert_eq!(listener.sequences_until(21).await, [3, 6, 9, 12, 15, 18, 21]);
    assert_eq!(events.sequences_until(17).await, [1, 5, 13, 17]);
}

#[tokio::test]
async fn what_cannot_be_given_is_refused_before_it_begins() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 3).await;
    let other = "?logid=0190d5a8-7d2f-7c54-9b05-0d6f0a2c3b11";
    for (query, status) in [("?after=4", 409), (other, 409), ("?after=x", 422), ("?after=1&tail", 422)] {
        bus.get(&format!("/events/stream{query}")).await.expect(status);
        let Err(error) = bus.try_websocket(query).await else { panic!("{query} was upgraded") };
        let tungstenite::Error::Http(answer) = *error else { panic!("{error}") };
        assert_eq!(answer.status(), status, "{query}");
        let problem = answer.headers().get("content-type").unwrap();
        assert_eq!(problem, "application/problem+json");
    }
}

#[tokio::test]
async fn at_most_eight_batches_are_on_their_way() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 512 * 9 + 1).await;
    let mut listener = bus.websocket("").await;
    listener.next().await.unwrap();
    let mut upto = Vec::new();
    for _ in 0..8 {
        let batch = listener.next().await.unwrap();
        assert_eq!(batch["events"].as_array().unwrap().len(), 512);
        upto.push(batch["upto"].clone());
    }
    let ninth = tokio::time::timeout(Duration::from_millis(200), listener.next()).await;
    assert!(ninth.is_err(), "a ninth came without an acknowledgement");
    listener.ack(&upto[0]).await;
    assert_eq!(sequences(listener.next().await.unwrap()["events"].as_array().unwrap())[0], 8 * 512 + 1);
    listener.ack(&upto[7]).await;
    assert_eq!(listener.sequences_until(512 * 9 + 1).await, [512 * 9 + 1]);
}

#[tokio::test]
async fn batches_are_bounded_in_bytes() {
    let bus = TestBus::start().await;
    let big = "x".repeat(100 * 1024);
    for number in 0..5 {
        bus.append(&json!({ "id": number.to_string(), "type": "T", "data": big })).await.expect(201);
    }
    let mut listener = bus.websocket("").await;
    listener.next().await.unwrap();
    let sizes = [listener.batch().await.len(), listener.batch().await.len(), listener.batch().await.len()];
    assert_eq!(sizes, [2, 2, 1]);
}

#[tokio::test]
async fn a_client_that_acknowledges_nothing_is_let_go() {
    let bus = TestBus::impatient().await;
    bus.append_numbered(1, 512 * 8).await;
    let mut listener = bus.websocket("").await;
    let farewell = loop {
        match listener.next().await {
            Ok(_) => {}
            Err(frame) => break frame.unwrap(),
        }
    };
    assert_eq!(u16::from(farewell.code), 1008);
}

#[tokio::test]
async fn a_client_that_answers_pings_may_stay() {
    let bus = TestBus::impatient().await;
    let mut listener = bus.websocket("").await;
    listener.next().await.unwrap();
    listener.next().await.unwrap();
    let quiet = tokio::time::timeout(Duration::from_millis(2500), listener.next()).await;
    assert!(quiet.is_err(), "it was let go: {quiet:?}");
    bus.append(&numbered(1)).await.expect(201);
    assert_eq!(sequences(&listener.batch().await), [1]);
}

#[tokio::test]
async fn a_client_that_talks_nonsense_is_let_go() {
    let bus = TestBus::start().await;
    let mut listener = bus.websocket("").await;
    listener.next().await.unwrap();
    listener.next().await.unwrap();
    listener.say("hello").await;
    assert_eq!(u16::from(listener.next().await.unwrap_err().unwrap().code), 1003);
    assert_eq!(bus.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn streams_end_when_the_bus_stops() {
    let bus = TestBus::start().await;
    let mut listener = bus.websocket("").await;
    let mut events = bus.sse("", &[]).await;
    listener.next().await.unwrap();
    listener.next().await.unwrap();
    events.next().await.unwrap();
    let (farewell, rest, ()) = soon("an end", async {
        tokio::join!(
            listener.next(),
            async {
                let mut rest = 0;
                while events.next().await.is_some() {
                    rest += 1;
                }
                rest
            },
            bus.stop()
        )
    })
    .await;
    assert_eq!(u16::from(farewell.unwrap_err().unwrap().code), 1001);
    assert!(rest <= 1, "only the mark was left to be told");
}

#[tokio::test]
async fn many_listeners_read_no_disk() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 10).await;
    let mut listeners = join_all((0..20).map(|_| bus.websocket("?tail"))).await;
    let mut sources = join_all((0..20).map(|_| bus.sse("?tail", &[]))).await;
    bus.append_numbered(11, 500).await;
    bus.append_numbered(511, 500).await;
    let expected: Vec<u64> = (11..=1010).collect();
    for seen in join_all(listeners.iter_mut().map(|listener| listener.sequences_until(1010))).await {
        assert_eq!(seen, expected);
    }
    for seen in join_all(sources.iter_mut().map(|source| source.sequences_until(1010))).await {
        assert_eq!(seen, expected);
    }
    assert_eq!(bus.disk_reads(), 0);
}
