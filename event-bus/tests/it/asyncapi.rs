//! The committed `AsyncAPI` document is the one that the bus serves, to everyone.

use std::collections::BTreeSet;

use chassis::access::{Access, Secret};
use event_bus::config::BusSettings;
use http::Method;
use serde_json::Value;

use crate::bus::TestBus;

/// `UPDATE_SNAPSHOTS=1` writes it anew.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the service")]
async fn the_committed_document_is_what_is_served() {
    let bus = TestBus::start().await;
    let served = bus.get("/asyncapi.json").await.expect(200);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/asyncapi.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, format!("{}\n", served.text().trim_end())).unwrap();
    }
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_default()).unwrap_or_default();
    assert!(served.json() == committed, "UPDATE_SNAPSHOTS=1 writes {path} anew");
}

#[tokio::test]
async fn every_event_is_in_it_wherever_events_go() {
    let bus = TestBus::start().await;
    let document = bus.get("/asyncapi.json").await.expect(200).json();
    let expected: BTreeSet<&str> = contract::Event::TYPES.iter().copied().collect();
    for channel in ["append", "stream", "push"] {
        let messages = document["channels"][channel]["messages"].as_object().unwrap();
        let names: BTreeSet<&str> = messages.keys().map(String::as_str).collect();
        assert!(names.is_superset(&expected), "{channel}: {names:?}");
    }
    for name in contract::Event::TYPES {
        let example = &document["components"]["messages"][name]["examples"][0]["payload"];
        let mut event = example.clone();
        event["id"] = name.to_string().into();
        bus.append(&event).await.expect(201);
        let kept = bus.event(name).await;
        assert_eq!((&kept["data"], &kept["subject"]), (&example["data"], &example["subject"]), "{name}");
    }
}

/// A program that has no token may still learn what there is.
#[tokio::test]
async fn it_asks_for_no_token() {
    let bus = TestBus::with(BusSettings::default(), Access::token(Secret::new("a-token-for-this-test").unwrap())).await;
    let answer = bus.get("/asyncapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let refused = bus.caller().request(Method::POST, "/asyncapi.json").send().await.expect(405);
    assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"));
}

/// Every `$ref` leads to something in the document.
#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let bus = TestBus::start().await;
    let document = bus.get("/asyncapi.json").await.expect(200).json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > contract::Event::TYPES.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}
