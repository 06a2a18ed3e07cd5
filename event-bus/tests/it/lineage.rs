//! What led to an event, and what came of it.

use std::path::PathBuf;

use chassis::access::{Access, Secret};
use event_bus::config::BusSettings;
use serde_json::{Value, json};

use crate::bus::{TestBus, damage, damage_where, numbered, sequences};

/// An event that names its cause, if it has one.
fn said(id: &str, cause: Option<&str>) -> Value {
    let mut event = json!({ "id": id, "source": "/test", "type": "Said", "data": { "text": format!("of {id}") } });
    if let Some(cause) = cause {
        event["causationid"] = json!(cause);
    }
    event
}

async fn append(bus: &TestBus, events: &[(&str, Option<&str>)]) {
    let events: Vec<Value> = events.iter().map(|(id, cause)| said(id, *cause)).collect();
    bus.append(&Value::Array(events)).await.expect(201);
}

/// Ids of what led to an event, and of what came of it.
async fn told(bus: &TestBus, id: &str) -> (Vec<String>, Vec<String>) {
    let told = bus.get(&format!("/events/{id}")).await.expect(200).json();
    assert_eq!(told["truncated"], false, "{told}");
    (ids(&told["causes"]), ids(&told["effects"]))
}

fn ids(events: &Value) -> Vec<String> {
    events.as_array().unwrap().iter().map(|event| event["event"]["id"].as_str().unwrap().to_owned()).collect()
}

/// A post that was judged, and a comment whose judgement two services heard.
async fn board() -> TestBus {
    let bus = TestBus::start().await;
    let post = [("post", None), ("post-judged", Some("post"))];
    let comment = [
        ("comment", None),
        ("comment-judged", Some("comment")),
        ("comment-updated", Some("comment-judged")),
        ("author-told", Some("comment-judged")),
        ("seen", Some("comment-updated")),
    ];
    append(&bus, &post).await;
    append(&bus, &comment).await;
    bus
}

#[tokio::test]
async fn every_event_knows_what_led_to_it_and_what_came_of_it() {
    let bus = board().await;
    let expected: [(&str, &[&str], &[&str]); 7] = [
        ("post", &[], &["post-judged"]),
        ("post-judged", &["post"], &[]),
        ("comment", &[], &["comment-judged", "comment-updated", "author-told", "seen"]),
        ("comment-judged", &["comment"], &["comment-updated", "author-told", "seen"]),
        ("comment-updated", &["comment", "comment-judged"], &["seen"]),
        ("author-told", &["comment", "comment-judged"], &[]),
        ("seen", &["comment", "comment-judged", "comment-updated"], &[]),
    ];
    let bus = bus.restart().await;
    for (id, causes, effects) in expected {
        let (found_causes, found_effects) = told(&bus, id).await;
        assert_eq!((found_causes, found_effects), (strings(causes), strings(effects)), "{id}");
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn each_is_told_as_it_was_recorded() {
    let bus = board().await;
    let listed = bus.get("/events").await.json();
    let answer = bus.get("/events/comment-judged").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("folkmoot-head"), Some("0000000000000007"));
    let told = answer.json();
    assert_eq!(told["event"]["event"], listed[3]);
    assert_eq!(told["causes"][0]["event"], listed[2]);
    assert_eq!(told["effects"][2]["event"], listed[6]);
    for event in [&told["event"], &told["causes"][0], &told["effects"][0]] {
        let recorded: contract::Timestamp = event["recordedAt"].as_str().unwrap().parse().unwrap();
        assert!(contract::Timestamp::now().since(recorded).as_secs() < 600, "{event}");
        assert_eq!(event.as_object().unwrap().len(), 2, "{event}");
    }
    let alone = bus.caller().get("/events/comment-judged").header("accept", "application/cloudevents+json");
    assert_eq!(alone.send().await.expect(200).json(), listed[3]);
}

#[tokio::test]
async fn a_cause_that_is_not_here_ends_the_way() {
    let bus = TestBus::start().await;
    append(&bus, &[("a", Some("of another log")), ("b", Some("a"))]).await;
    assert_eq!(told(&bus, "b").await, (strings(&["a"]), vec![]));
    assert_eq!(told(&bus, "a").await, (vec![], strings(&["b"])));
    append(&bus, &[("of another log", None)]).await;
    assert_eq!(told(&bus, "b").await.0, ["of another log", "a"], "until it comes");
    assert_eq!(told(&bus, "of%20another%20log").await.1, ["a", "b"]);
}

#[tokio::test]
async fn whoever_goes_in_a_circle_is_met_once() {
    let bus = TestBus::start().await;
    append(&bus, &[("own", Some("own")), ("a", Some("c")), ("b", Some("a")), ("c", Some("b")), ("d", Some("b"))]).await;
    assert_eq!(told(&bus, "own").await, (vec![], vec![]));
    assert_eq!(told(&bus, "a").await, (strings(&["b", "c"]), strings(&["d"])));
    assert_eq!(told(&bus, "d").await, (strings(&["c", "a", "b"]), vec![]));
}

#[tokio::test]
async fn what_names_an_id_of_several_sources_came_of_each() {
    let bus = TestBus::start().await;
    let of = |source: &str, id: &str, cause: Option<&str>| {
        let mut event = said(id, cause);
        event["source"] = json!(source);
        event
    };
    let events = [of("/a", "same", None), of("/b", "same", Some("same")), of("/c", "effect", Some("same"))];
    bus.append(&json!(events)).await.expect(201);
    bus.get("/events/same").await.expect(409);
    let first = bus.get("/events/same?source=/a").await.expect(200).json();
    assert_eq!(ids(&first["effects"]), ["same", "effect"]);
    let second = bus.get("/events/same?source=/b").await.expect(200).json();
    assert_eq!((ids(&second["causes"]), ids(&second["effects"])), (strings(&["same"]), strings(&["effect"])));
    assert_eq!(second["causes"][0]["event"]["source"], "/a");
    assert_eq!(told(&bus, "effect").await.0, ["same"], "the earliest");
}

#[tokio::test]
async fn at_most_500_of_each_are_told_the_nearest_first() {
    let bus = TestBus::start().await;
    append(&bus, &[("root", None)]).await;
    let child = |number: u64| said(&format!("child-{number}"), Some("root"));
    bus.append(&(1..=499).map(child).collect()).await.expect(201);
    append(&bus, &[("grandchild", Some("child-1"))]).await;
    let whole = bus.get("/events/root").await.expect(200).json();
    assert_eq!((ids(&whole["effects"]).len(), &whole["truncated"]), (500, &json!(false)));
    bus.append(&child(500)).await.expect(201);
    let most = bus.get("/events/root").await.expect(200).json();
    assert_eq!((ids(&most["effects"]).len(), &most["truncated"]), (500, &json!(true)));
    assert!(!ids(&most["effects"]).contains(&"grandchild".to_owned()), "children come before grandchildren");
    let places = sequences(most["effects"].as_array().unwrap().iter().map(|effect| &effect["event"]));
    assert!(places.is_sorted(), "{places:?}");

    let link = |number: u64| said(&format!("link-{number}"), Some(&format!("link-{}", number - 1)));
    bus.append(&(1..=502).map(link).collect()).await.expect(201);
    assert_eq!(told(&bus, "link-501").await.0.len(), 500);
    let long = bus.get("/events/link-502").await.expect(200).json();
    let causes = ids(&long["causes"]);
    assert_eq!(
        (causes.len(), &*causes[0], &*causes[499], &long["truncated"]),
        (500, "link-2", "link-501", &json!(true))
    );
}

#[tokio::test]
async fn an_answer_is_bounded_in_bytes() {
    let bus = TestBus::start().await;
    append(&bus, &[("root", None)]).await;
    for number in 0..20 {
        let mut event = said(&number.to_string(), Some("root"));
        event["data"] = json!("x".repeat(250 * 1024));
        bus.append(&event).await.expect(201);
    }
    let told = bus.get("/events/root").await.expect(200).json();
    assert_eq!((ids(&told["effects"]).len(), &told["truncated"]), (16, &json!(true)));
}

#[tokio::test]
async fn damage_on_the_way_is_named() {
    for (needle, place) in [("of post-judged", "0002"), ("of comment-updated", "0005"), ("\"id\":\"seen", "0007")] {
        let bus = board().await.restart_after(|folder| damage(folder, needle.as_bytes())).await;
        let root = if place == "0002" { "post" } else { "comment" };
        let problem = bus.get(&format!("/events/{root}")).await.expect(500).json();
        assert_eq!(problem["type"], "/problems/log-damaged", "{needle}");
        assert!(problem["detail"].as_str().unwrap().contains(place), "{needle}: {problem}");
        bus.get("/events/author-told").await.expect(200);
    }
    let bus = board().await.restart_after(|folder| damage(folder, b"of comment-judged")).await;
    bus.get("/events/seen").await.expect(500);
    bus.get("/events/post").await.expect(200);
}

/// What is kept beside an event leads to it, and says nothing about it.
#[tokio::test]
async fn an_index_that_leads_astray_is_damage() {
    let bus = TestBus::start().await;
    append(&bus, &[("uhe-cause", None), ("effect", Some("the-cause"))]).await;
    assert_eq!(told(&bus, "uhe-cause").await.1, [""; 0]);
    let outside_json = |bytes: &[u8], at: usize| bytes[at - 1] != b'"';
    let bus = bus.restart_after(|folder| damage_where(folder, b"the-cause", outside_json)).await;
    let problem = bus.get("/events/uhe-cause").await.expect(500).json();
    assert!(problem["detail"].as_str().unwrap().contains("0000000000000002"), "{problem}");
    bus.get("/events/effect").await.expect(200);
}

#[tokio::test]
async fn causes_ask_for_the_token_too() {
    let access = Access::token(Secret::new("a-token-for-this-test").unwrap());
    let bus = TestBus::with(BusSettings::default(), access).await;
    bus.get("/events/none").await.expect(401);
    let call = bus.caller().get("/events/none").header("authorization", "Bearer a-token-for-this-test");
    call.send().await.expect(404);
}

/// A bus on a log that was written before causes were kept apart: eight events, one of a foreign cause.
async fn old_bus(meanwhile: impl FnOnce(&std::path::Path)) -> TestBus {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/old/event-bus-v2.db"));
    let bus = TestBus::start().await;
    bus.restart_after(|folder| {
        std::fs::copy(file, folder.join("event-bus.db")).unwrap();
        // As whoever puts a copy back is told to.
        for of_the_other in ["event-bus.db-mark", "event-bus.db-sums"] {
            std::fs::remove_file(folder.join(of_the_other)).unwrap();
        }
        meanwhile(folder);
    })
    .await
}

#[tokio::test]
async fn a_log_of_an_older_version_comes_back_with_its_causes() {
    let bus = old_bus(|_| ()).await;
    assert_eq!(
        bus.get("/events").await.expect(200).header("folkmoot-log"),
        Some("01a1fd68-9cac-74fa-8491-ddbc6ad1409b")
    );
    assert_eq!(sequences(&bus.everything().await), [1, 2, 3, 4, 5, 6, 7, 8]);
    let noted = "é \"quoted\" \\ one";
    let comment = told(&bus, "comment-1").await;
    assert_eq!(comment, (vec![], strings(&["verdict-2", "update-1", noted, "bytes"])));
    assert_eq!(told(&bus, "bytes").await.0, ["comment-1", "verdict-2", "update-1"]);
    assert_eq!(told(&bus, "post-1").await.1, ["verdict-1"], "what only looks like a cause is none");
    assert_eq!(told(&bus, "lost").await, (vec![], vec![]));

    append(&bus, &[("new", Some(noted)), ("of another log", None)]).await;
    assert_eq!(told(&bus, "new").await.0, ["comment-1", "verdict-2", "update-1", noted]);
    assert_eq!(told(&bus, "of%20another%20log").await.1, ["lost"]);
    let again = bus.append(&numbered(1)).await.expect(201).json();
    assert_eq!(again["sequence"], "0000000000000011");
}

#[tokio::test]
async fn damage_in_an_older_log_does_not_keep_it_from_opening() {
    let bus = old_bus(|folder| damage(folder, b"{\"specversion\":\"1.0\",\"id\":\"verdict-2")).await;
    let problem = bus.get("/events?after=3").await.expect(500).json();
    assert!(problem["detail"].as_str().unwrap().contains("0000000000000004"), "{problem}");
    assert_eq!(told(&bus, "post-1").await.1, ["verdict-1"]);
    bus.get("/events/update-1").await.expect(500);
}
