//! Reading: filters, pages, times, NDJSON, single events.

use contract::Timestamp;
use serde_json::{Value, json};

use crate::bus::{TestBus, next_page, numbered, sequences};

/// All pages from here on, as sequences per page.
async fn pages(bus: &TestBus, path: &str) -> Vec<Vec<u64>> {
    let mut next = Some(path.to_owned());
    let mut pages = Vec::new();
    while let Some(path) = next {
        let answer = bus.get(&path).await.expect(200);
        pages.push(sequences(answer.json().as_array().unwrap()));
        next = next_page(&answer);
    }
    pages
}

#[tokio::test]
async fn an_empty_log_is_an_empty_list() {
    let bus = TestBus::start().await;
    let answer = bus.get("/events").await.expect(200);
    assert_eq!(answer.json(), json!([]));
    assert_eq!(answer.header("folkmoot-head"), Some("0000000000000000"));
    assert_eq!(next_page(&answer), None);
    assert_eq!(bus.everything().await.len(), 0);
}

/// From memory and from disk, everything must look the same.
async fn in_memory_and_on_disk() -> [TestBus; 2] {
    let buses = [TestBus::start().await, TestBus::with_tail(0).await];
    for bus in &buses {
        bus.append_numbered(1, 25).await;
    }
    buses
}

#[tokio::test]
async fn pages_follow_each_other() {
    for bus in in_memory_and_on_disk().await {
        let all: Vec<u64> = (1..=25).collect();
        assert_eq!(pages(&bus, "/events").await.concat(), all);
        let tens = pages(&bus, "/events?limit=10").await;
        assert_eq!(tens, [all[..10].to_vec(), all[10..20].to_vec(), all[20..].to_vec()]);
        assert_eq!(pages(&bus, "/events?after=20").await, [all[20..].to_vec()]);
        assert_eq!(pages(&bus, "/events?after=0000000000000025").await, [Vec::<u64>::new()]);
        assert_eq!(pages(&bus, "/events?limit=100000").await, [all]);
    }
}

#[tokio::test]
async fn without_a_limit_everything_comes_as_one_array() {
    for bus in in_memory_and_on_disk().await {
        bus.append_numbered(26, 2500).await;
        let whole = bus.get("/events").await.expect(200);
        assert_eq!(whole.header("content-type"), Some("application/json"));
        assert_eq!(whole.header("folkmoot-head"), Some("0000000000002525"));
        assert_eq!(next_page(&whole), None, "there is nothing after it");
        assert_eq!(sequences(whole.json().as_array().unwrap()), (1..=2525).collect::<Vec<_>>());
        let rest = bus.get("/events?after=1100&subject=subject-1").await.expect(200).json();
        assert_eq!(sequences(rest.as_array().unwrap()), (1101..=2525).filter(|n| n % 4 == 1).collect::<Vec<_>>());
        let none = bus.get("/events?type=Nothing").await.expect(200);
        assert_eq!(none.text(), "[]");
        assert_eq!(bus.get("/events?after=2525").await.expect(200).text(), "[]");
        assert_eq!(sequences(bus.get("/events?limit=7").await.expect(200).json().as_array().unwrap()).len(), 7);
    }
}

#[tokio::test]
async fn filters_pick_types_and_subjects() {
    for bus in in_memory_and_on_disk().await {
        let thirds: Vec<u64> = (1..=25).filter(|n| n % 3 == 0).collect();
        assert_eq!(pages(&bus, "/events?type=Third").await.concat(), thirds);
        assert_eq!(pages(&bus, "/events?type=Third&limit=3").await.concat(), thirds);
        assert_eq!(pages(&bus, "/events?type=Third&type=Other").await.concat().len(), 25);
        assert_eq!(pages(&bus, "/events?type=Third,Other").await.concat().len(), 25);
        assert_eq!(pages(&bus, "/events?type=Nothing").await.concat().len(), 0);
        let ones: Vec<u64> = (1..=25).filter(|n| n % 4 == 1).collect();
        assert_eq!(pages(&bus, "/events?subject=subject-1").await.concat(), ones);
        assert_eq!(pages(&bus, "/events?subject=subject-1&limit=2").await.concat(), ones);
        assert_eq!(pages(&bus, "/events?subject=subject-1&after=9").await.concat(), ones[3..]);
        assert_eq!(pages(&bus, "/events?subject=subject-1&type=Third").await.concat(), [9, 21]);
        assert_eq!(pages(&bus, "/events?subject=nobody").await.concat().len(), 0);
    }
}

#[tokio::test]
async fn an_event_without_subject_is_its_own() {
    let bus = TestBus::start().await;
    bus.append(&json!({ "id": "alone", "type": "T" })).await.expect(201);
    assert_eq!(pages(&bus, "/events?subject=alone").await, [[1]]);
    assert!(bus.event("alone").await.get("subject").is_none(), "but none is made up");
}

#[tokio::test]
async fn since_begins_where_a_time_does() {
    let bus = TestBus::with_tail(0).await;
    let mut marks = Vec::new();
    for number in 1..=5 {
        let recorded = Timestamp::now();
        bus.append(&numbered(number)).await.expect(201);
        marks.push(recorded);
        while Timestamp::now() <= recorded {
            tokio::task::yield_now().await;
        }
        // The event's own millisecond must be over as well.
        let after = Timestamp::now();
        while Timestamp::now() <= after {
            tokio::task::yield_now().await;
        }
    }
    for (index, mark) in marks.iter().enumerate() {
        let events = pages(&bus, &format!("/events?since={mark}")).await.concat();
        assert_eq!(events, (index as u64 + 1..=5).collect::<Vec<_>>(), "{mark}");
    }
    assert_eq!(pages(&bus, "/events?since=1999-01-01T00:00:00Z&limit=2").await.concat().len(), 5);
    assert_eq!(pages(&bus, "/events?since=2999-01-01T00:00:00Z").await.concat().len(), 0);
}

#[tokio::test]
async fn ndjson_goes_to_the_end() {
    for bus in in_memory_and_on_disk().await {
        bus.append_numbered(26, 3000).await;
        let answer = bus.caller().get("/events?after=5").header("accept", "text/html, application/x-ndjson;q=0.5");
        let answer = answer.send().await.expect(200);
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        assert_eq!(answer.header("folkmoot-head"), Some("0000000000003025"));
        let events: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(sequences(&events), (6..=3025).collect::<Vec<_>>());
        let thirds = bus.ndjson("/events?type=Third").await;
        assert_eq!(sequences(&thirds), (1..=3025).filter(|n| n % 3 == 0).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_event_on_several_lines_is_one_line() {
    let bus = TestBus::start().await;
    let pretty = "{\n  \"id\": \"1\",\r\n  \"type\": \"T\",\n  \"data\": {\n    \"a\": \"b\\nc\"\n  }\n}\n";
    bus.append_raw("application/json", &[], pretty).await.expect(201);
    let events = bus.everything().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"], json!({ "a": "b\nc" }));
}

#[tokio::test]
async fn another_log_or_place_is_a_conflict() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 3).await;
    let answer = bus.get("/events").await;
    let log = answer.header("folkmoot-log").unwrap();
    bus.get(&format!("/events?logid={log}&after=3")).await.expect(200);
    let ahead = bus.get("/events?after=4").await.expect(409);
    assert_eq!(ahead.json()["type"], "/problems/beyond-the-log");
    assert_eq!(ahead.header("folkmoot-head"), Some("0000000000000003"));
    let other = bus.get("/events?logid=0190d5a8-7d2f-7c54-9b05-0d6f0a2c3b11").await.expect(409);
    assert_eq!(other.json()["type"], "/problems/another-log");
    assert_eq!(other.header("folkmoot-log"), Some(log));
}

#[tokio::test]
async fn one_event_by_its_id() {
    let bus = TestBus::start().await;
    bus.append(&json!([
        { "id": "same", "source": "/a", "type": "A" },
        { "id": "same", "source": "/b", "type": "B" },
        { "id": "a/b?c d", "source": "/a", "type": "C" },
    ]))
    .await
    .expect(201);
    let several = bus.get("/events/same").await.expect(409).json();
    assert_eq!(several["type"], "/problems/several-events");
    assert!(several["detail"].as_str().unwrap().ends_with("`?source=`: /a, /b."), "{several}");
    assert_eq!(bus.event("same?source=/a").await["type"], "A");
    assert_eq!(bus.event("same?source=/b").await["type"], "B");
    bus.get("/events/same?source=/c").await.expect(404);
    assert_eq!(bus.event("a%2Fb%3Fc%20d").await["type"], "C");
    let missing = bus.get("/events/none").await.expect(404);
    assert_eq!(missing.header("content-type"), Some("application/problem+json"));
}
