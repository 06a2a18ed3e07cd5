//! Appending: every way in, and whose event an identity is.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::bus::{TestBus, numbered, sequences};

#[tokio::test]
async fn a_classic_event_is_taken_as_it_is() {
    let bus = TestBus::start().await;
    let answer = bus.append(&json!({ "type": "PostCreated", "data": { "id": "p", "title": "T" } })).await.expect(201);
    let body = answer.json();
    assert_eq!(body["status"], "OK");
    assert_eq!(body["sequence"], "0000000000000001");
    assert_eq!(body["duplicate"], false);
    assert_eq!(answer.header("folkmoot-head"), Some("0000000000000001"));
    assert!(answer.header("folkmoot-log").is_some_and(|log| log.len() == 36));

    let event = bus.event(body["id"].as_str().unwrap()).await;
    assert_eq!(event["type"], "PostCreated");
    assert_eq!(event["data"], json!({ "id": "p", "title": "T" }));
    assert_eq!(event["sequence"], "0000000000000001");
    assert_eq!(event["specversion"], "1.0");
}

#[tokio::test]
async fn an_event_comes_out_as_it_went_in() {
    let bus = TestBus::start().await;
    let text = r#"{"specversion":"1.0","id":"é/1","source":"/s","type":"T","subject":"x","time":"2026-01-31T12:00:00.123Z","datacontenttype":"application/json","folkmootsequence":"0000000000000001","sequence":"2026/7","causationid":"c","correlationid":"k","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","custom":"v","flag":true,"number":7,"data":{"big":12345678901234567890.12345,"a":[ 1,2 ]}}"#;
    bus.append_raw("application/cloudevents+json", &[], text).await.expect(201);
    let alone = bus.caller().get("/events/%C3%A9%2F1").header("accept", "application/cloudevents+json");
    let one = alone.send().await.expect(200);
    assert_eq!(one.text(), text);
    assert_eq!(one.header("content-type"), Some("application/cloudevents+json"));
    assert_eq!(bus.get("/events").await.expect(200).text(), format!("[{text}]"));
}

#[tokio::test]
async fn a_producers_sequence_passes_and_the_buss_own_stands_beside_it() {
    for bus in [TestBus::start().await, TestBus::with_tail(0).await] {
        let own =
            [json!("77"), json!("0000000000000009"), json!("0000000000000000"), json!("a/b é"), json!(-3), json!(7)];
        for (number, sequence) in (1..).zip(&own) {
            let mut event = numbered(number);
            event["sequence"] = sequence.clone();
            let accepted = bus.append(&event).await.expect(201).json();
            assert_eq!(accepted["sequence"], format!("{number:016}"), "the answer names the place in the log");
        }
        bus.append(&numbered(7)).await.expect(201);
        let headers = [("ce-specversion", "1.0"), ("ce-type", "T"), ("ce-id", "b"), ("ce-sequence", "z")];
        bus.append_raw("application/json", &headers, "1").await.expect(201);
        let events = bus.everything().await;
        assert_eq!(sequences(&events), (1..=8).collect::<Vec<_>>());
        for (event, sequence) in events.iter().zip(&own) {
            assert_eq!(&event["sequence"], sequence);
        }
        assert_eq!(events[6]["sequence"], "0000000000000007");
        assert!(events[6].get("folkmootsequence").is_none(), "without one, all is as it was");
        assert_eq!(events[7]["sequence"], "z");
        bus.append(&json!({ "type": "T", "sequence": "" })).await.expect(422);
    }
}

#[tokio::test]
async fn a_time_comes_out_as_it_was_sent() {
    let bus = TestBus::start().await;
    let time = "2026-01-31T14:30:00.123456789+02:30";
    bus.append(&json!({ "type": "T", "id": "timed", "time": time })).await.expect(201);
    assert_eq!(bus.event("timed").await["time"], time);
}

#[tokio::test]
async fn the_same_json_written_another_way_is_a_duplicate() {
    for bus in [TestBus::start().await, TestBus::with_tail(0).await] {
        let sent = r#"{"id":"1","source":"/s","type":"T","data":{"a":1.50,"b":["\u00e9",null]}}"#;
        let again = r#"{"data": { "b": ["é", null], "a": 15e-1 }, "type":"T","source":"/s","id":"1"}"#;
        let other = r#"{"id":"1","source":"/s","type":"T","data":{"a":1.50000000000000000001,"b":["é",null]}}"#;
        bus.append_raw("application/json", &[], sent).await.expect(201);
        assert_eq!(bus.append_raw("application/json", &[], again).await.expect(201).json()["duplicate"], true);
        bus.append_raw("application/json", &[], other).await.expect(409);
        let both = format!("[{again},{other}]");
        let outcomes = bus.append_raw("application/json", &[], both).await.expect(207).json();
        assert_eq!((&outcomes[0]["duplicate"], &outcomes[1]["status"]), (&json!(true), &json!("refused")));
        let kept = bus.caller().get("/events/1").header("accept", "application/cloudevents+json").send().await;
        assert!(kept.expect(200).text().ends_with(r#""data":{"a":1.50,"b":["\u00e9",null]}}"#), "kept as it was sent");
    }
}

#[tokio::test]
async fn data_may_hold_any_character() {
    let bus = TestBus::start().await;
    let nul = r#"{"id":"nul","type":"T","data":{"a\u0000":"b\u0000c"}}"#;
    bus.append_raw("application/json", &[], nul).await.expect(201);
    bus.append_raw("application/json", &[], format!("[{}]", nul.replace("nul", "two"))).await.expect(201);
    bus.append_raw("application/json", &[("ce-type", "T"), ("ce-id", "binary")], r#""\u0000""#).await.expect(201);
    for id in ["nul", "two"] {
        assert_eq!(bus.event(id).await["data"], json!({ "a\0": "b\0c" }));
    }
    assert_eq!(bus.event("binary").await["data"], "\0");
    let attribute = r#"{"id":"a\u0000","type":"T"}"#;
    bus.append_raw("application/json", &[], attribute).await.expect(422);
}

#[tokio::test]
async fn every_content_type_has_its_shape() {
    let one = r#"{"specversion":"1.0","id":"ID","source":"/s","type":"T","data":1}"#;
    let many = format!("[{one}]");
    let cases: &[(&str, &str, u16)] = &[
        ("application/json", one, 201),
        ("application/json", &many, 201),
        ("application/json; charset=utf-8", one, 201),
        ("application/json; charset=latin-1", one, 415),
        ("APPLICATION/JSON", one, 201),
        ("application/cloudevents+json", one, 201),
        ("application/cloudevents+json; charset=UTF-8", one, 201),
        ("application/cloudevents+json", &many, 422),
        ("application/cloudevents-batch+json", &many, 201),
        ("application/cloudevents-batch+json", "[]", 201),
        ("application/cloudevents-batch+json", one, 422),
        ("application/cloudevents+avro", one, 415),
        ("application/vnd.other+json", one, 201),
        ("text/plain", one, 415),
        ("application/x-www-form-urlencoded", one, 415),
        ("", one, 415),
    ];
    let bus = TestBus::start().await;
    for (index, (content_type, body, status)) in cases.iter().enumerate() {
        let body = body.replace("ID", &index.to_string());
        let answer = bus.append_raw(content_type, &[], body).await;
        assert_eq!(answer.status, *status, "{content_type} {}", answer.text());
        if *status >= 400 {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{content_type}");
        }
    }
}

#[tokio::test]
async fn binary_mode_takes_attributes_from_headers() {
    let bus = TestBus::start().await;
    let headers: &[(&str, &str)] = &[
        ("ce-specversion", "1.0"),
        ("ce-id", "one"),
        ("ce-source", "/sensors/%C3%A9"),
        ("ce-type", "Reading"),
        ("ce-subject", r#""quoted \"text\"""#),
        ("ce-time", "2026-01-31T13:00:00.5+01:00"),
        ("ce-custom", "100%25"),
    ];
    let answer = bus.append_raw("application/json", headers, r#"{ "celsius": 21.5 }"#).await.expect(201).json();
    assert_eq!(answer["id"], "one");
    let event = bus.event("one").await;
    assert_eq!(event["source"], "/sensors/é");
    assert_eq!(event["subject"], "quoted \"text\"");
    assert_eq!(event["time"], "2026-01-31T13:00:00.5+01:00");
    assert_eq!(event["custom"], "100%");
    assert_eq!(event["datacontenttype"], "application/json");
    assert_eq!(event["data"]["celsius"], 21.5);
}

#[tokio::test]
async fn binary_mode_carries_any_bytes() {
    let bus = TestBus::start().await;
    let headers = |id| [("ce-specversion", "1.0"), ("ce-id", id), ("ce-source", "/s"), ("ce-type", "T")];
    bus.append_raw("application/octet-stream", &headers("bytes"), vec![0, 255, 1]).await.expect(201);
    let event = bus.event("bytes").await;
    assert_eq!(event["data_base64"], "AP8B");
    assert_eq!(event["datacontenttype"], "application/octet-stream");
    bus.append_raw("text/plain", &headers("none"), "").await.expect(201);
    let event = bus.event("none").await;
    assert!(event.get("data").is_none() && event.get("data_base64").is_none(), "{event}");

    for (headers, body, status) in [
        (vec![("ce-specversion", "1.0"), ("ce-id", "x")], "1", 422),
        (vec![("ce-specversion", "0.3"), ("ce-type", "T")], "1", 422),
        (vec![("ce-type", "T"), ("ce-data", "1")], "1", 422),
        (vec![("ce-type", "T"), ("ce-id", "%00")], "1", 422),
        (vec![("ce-type", "T"), ("ce-id", "%ff")], "1", 422),
        (vec![("ce-type", "T"), ("ce-time", "noon")], "1", 422),
        (vec![("ce-type", "T")], "{", 400),
    ] {
        let answer = bus.append_raw("application/json", &headers, body).await;
        assert_eq!(answer.status, status, "{headers:?} {}", answer.text());
    }
}

#[tokio::test]
async fn the_same_event_again_is_a_duplicate() {
    let bus = TestBus::start().await;
    let event = numbered(1);
    assert_eq!(bus.append(&event).await.expect(201).json()["duplicate"], false);
    let again = bus.append(&event).await.expect(201);
    assert_eq!(again.json(), json!({ "status": "OK", "id": "1", "sequence": "0000000000000001", "duplicate": true }));
    let mut elsewhere = event.clone();
    elsewhere["source"] = json!("/other");
    assert_eq!(bus.append(&elsewhere).await.expect(201).json()["duplicate"], false);
    let mut said_later = event.clone();
    said_later["time"] = json!("2026-01-31T12:00:00Z");
    assert_eq!(bus.append(&said_later).await.expect(201).json()["duplicate"], true, "type, subject and data count");
    assert_eq!(sequences(&bus.everything().await), [1, 2]);
}

#[tokio::test]
async fn the_same_identity_with_other_content_is_refused() {
    let bus = TestBus::start().await;
    bus.append(&numbered(1)).await.expect(201);
    for (name, value) in [("type", json!("X")), ("subject", json!("X")), ("data", json!({ "number": 2 }))] {
        let mut other = numbered(1);
        other[name] = value;
        let problem = bus.append(&other).await.expect(409).json();
        assert_eq!(problem["type"], "/problems/identity-taken", "{name}");
    }
    let mut without = numbered(1);
    without.as_object_mut().unwrap().remove("data");
    bus.append(&without).await.expect(409);
    assert_eq!(sequences(&bus.everything().await), [1]);
}

#[tokio::test]
async fn one_event_by_32_callers_at_once_is_one_event() {
    let bus = TestBus::start().await;
    let event = numbered(7);
    let answers = join_all((0..32).map(|_| bus.append(&event))).await;
    let answers: Vec<Value> = answers.into_iter().map(|answer| answer.expect(201).json()).collect();
    assert_eq!(answers.iter().filter(|answer| answer["duplicate"] == false).count(), 1);
    assert!(answers.iter().all(|answer| answer["sequence"] == "0000000000000001"));
    assert_eq!(bus.everything().await.len(), 1);
}

#[tokio::test]
async fn concurrent_appends_leave_no_hole() {
    let bus = TestBus::start().await;
    let events: Vec<Value> = (1..=200).map(numbered).collect();
    let answers = join_all(events.iter().map(|event| bus.append(event))).await;
    let mut places = sequences(&answers.into_iter().map(|answer| answer.expect(201).json()).collect::<Vec<_>>());
    places.sort_unstable();
    let expected: Vec<u64> = (1..=200).collect();
    assert_eq!(places, expected);
    assert_eq!(sequences(&bus.everything().await), expected);
}

#[tokio::test]
async fn an_array_has_a_result_per_item() {
    let bus = TestBus::start().await;
    bus.append(&numbered(1)).await.expect(201);
    let mut taken = numbered(1);
    taken["data"] = json!("other");
    let (mut behind_taken, mut elsewhere) = (numbered(5), numbered(6));
    behind_taken["subject"] = taken["subject"].clone();
    elsewhere["source"] = json!("/elsewhere");
    elsewhere["subject"] = taken["subject"].clone();
    let bad = json!({ "id": "bad", "source": "/test", "subject": "bad-subject", "type": 7 });
    let behind_bad = json!({ "id": "late", "source": "/test", "subject": "bad-subject", "type": "T" });
    let answer = bus
        .append(&json!([
            numbered(1),
            numbered(2),
            numbered(2),
            taken,
            behind_taken,
            elsewhere,
            bad,
            behind_bad,
            "no event",
            numbered(8)
        ]))
        .await
        .expect(207);
    let outcomes = answer.json();
    let told: Vec<(String, String)> = outcomes
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let result = match item["status"].as_str().unwrap() {
                "OK" => format!(
                    "{}{}",
                    item["sequence"].as_str().unwrap().trim_start_matches('0'),
                    if item["duplicate"] == true { " again" } else { "" }
                ),
                "refused" => item["problem"]["status"].to_string(),
                other => panic!("{other}"),
            };
            (item["id"].as_str().unwrap_or("-").to_owned(), result)
        })
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(id, result)| (&**id, &**result)).collect();
    let expected = [
        ("1", "1 again"),
        ("2", "2"),
        ("2", "2 again"),
        ("1", "409"),
        ("5", "424"),
        ("6", "3"),
        ("bad", "422"),
        ("late", "424"),
        ("-", "422"),
        ("8", "4"),
    ];
    assert_eq!(told, expected);
    assert_eq!(sequences(&bus.everything().await), [1, 2, 3, 4]);
    assert_eq!(answer.header("folkmoot-head"), Some("0000000000000004"));
}
