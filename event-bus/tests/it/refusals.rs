//! Refusals: each parks its own subject at once, and however many come in a row, what is behind them is not held up.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bus::TestBus;
use crate::push::{bus_with, caught_up, check_order, subscribe, until};
use crate::receiver::Receiver;

/// Appends one event of a subject of its own per name.
async fn append(bus: &TestBus, subjects: impl Iterator<Item = String>) {
    let events: Vec<Value> = subjects.map(|subject| json!({"type": "T", "subject": subject, "data": 1})).collect();
    bus.append(&Value::Array(events)).await.expect(201);
}

/// A bus whose pauses never end: where a refusal causes one, the test does not come to its end.
async fn patient_bus() -> TestBus {
    bus_with(|push| (push.backoff_base, push.backoff_cap) = (Duration::from_hours(9), Duration::from_hours(9))).await
}

#[tokio::test]
async fn refused_events_in_a_row_cost_no_pause_however_many_they_are() {
    for (count, batch, results) in [1, 3, 9, 50].into_iter().flat_map(|n| [(n, 1, true), (n, 16, true), (n, 16, false)])
    {
        let (bus, receiver) = (patient_bus().await, Receiver::start().await);
        let bad: BTreeSet<String> = (0..count).map(|n| format!("bad-{n}")).collect();
        receiver.be(|manner| (manner.refuses, manner.results) = (bad.clone(), results));
        append(&bus, bad.iter().cloned()).await;
        subscribe(&bus, &receiver, json!({"batch": batch})).await;
        append(&bus, (0..51).map(|n| format!("good-{n}"))).await;
        receiver.took(count + 1..=count + 51).await;
        let status = until(&bus, "the end", |status| caught_up(status) && status["parked"] == count).await;
        assert_eq!(status["state"], "active", "{status}");

        // None of them is lost.
        receiver.be(|manner| manner.refuses.clear());
        bus.caller().post("/subscriptions/test/parked/redeliver", &json!({})).send().await.expect(202);
        receiver.took(1..=count + 51).await;
        check_order(&receiver.pushed(), count + 51);
        assert_eq!(receiver.taken().len() as u64, count + 51, "nothing came twice");
    }
}

/// As a service does every few seconds.
#[tokio::test]
async fn putting_it_again_takes_back_no_park_and_no_cursor() {
    let (bus, receiver) = (patient_bus().await, Receiver::start().await);
    let bad: BTreeSet<String> = (0..9).map(|n| format!("bad-{n}")).collect();
    receiver.be(|manner| manner.refuses = bad.clone());
    subscribe(&bus, &receiver, json!({})).await;
    let mut before = String::new();
    for subject in bad {
        append(&bus, std::iter::once(subject)).await;
        until(&bus, "the end", caught_up).await;
        let again = subscribe(&bus, &receiver, json!({})).await;
        let cursor = again["cursor"].as_str().unwrap().to_owned();
        assert!(before < cursor, "{before} {cursor}");
        before = cursor;
    }
    let status = until(&bus, "all are parked", |status| status["parked"] == 9).await;
    assert_eq!(status["state"], "active");
    assert_eq!(receiver.pushed().len(), 9, "each was pushed once");
}

#[tokio::test]
async fn what_a_receiver_ignores_is_counted_and_shown() {
    let (bus, receiver) = (patient_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.ignores = ["odd".to_owned()].into());
    append(&bus, ["odd", "even", "odd", "even"].into_iter().map(str::to_owned)).await;
    let put = subscribe(&bus, &receiver, json!({"batch": 3})).await;
    assert_eq!(put["ignored"], json!({"count": 0}));
    receiver.took(1..=4).await;
    let status = until(&bus, "the end", |status| caught_up(status) && status["ignored"]["count"] == 2).await;
    let ignored = json!({"count": 2, "last": "0000000000000003", "lastReason": "it is odd"});
    assert_eq!((&status["ignored"], &status["parked"], &status["state"]), (&ignored, &json!(0), &json!("active")));
    assert!(status.get("lastError").is_none(), "{status}");
}

/// The names of our services, and who may subscribe under them.
#[tokio::test]
async fn the_names_of_the_services_are_theirs() {
    let bus = patient_bus().await;
    let put = |name: &str, secret: Option<&str>, service: Option<&str>| {
        let mut wish = json!({"url": "http://127.0.0.1:9/events", "from": "start", "generation": "g"});
        if let Some(secret) = secret {
            wish["secret"] = json!(secret);
        }
        let call = bus.caller().put(&format!("/subscriptions/{name}"), &wish);
        match service {
            Some(service) => call.header("folkmoot-service", service).send(),
            None => call.send(),
        }
    };
    let (one, other) = (chassis::signature::SigningSecret::random(), chassis::signature::SigningSecret::random());
    let (one, other) = (one.expose(), other.expose());
    for name in ["posts", "comments", "moderation", "query", "users"] {
        let refused = put(name, Some(&one), None).await.expect(409);
        assert_eq!(refused.json()["title"], "The name is reserved");
        bus.get(&format!("/subscriptions/{name}")).await.expect(404);
        put(name, Some(&one), Some("somebody")).await.expect(409);

        put(name, Some(&one), Some(name)).await.expect(201);
        put(name, None, None).await.expect(409);
        put(name, Some(&other), None).await.expect(409);
        put(name, Some(&one), None).await.expect(200);
        put(name, Some(&other), Some(name)).await.expect(200);
    }
    put("posts-2", None, None).await.expect(201);
}

/// The way that our services take.
#[tokio::test]
async fn a_service_subscribes_under_its_name() {
    let bus = patient_bus().await;
    let client = chassis::bus::BusClient::new(&bus.url(), None).unwrap();
    let spec = chassis::bus::SubscriptionSpec {
        url: "http://127.0.0.1:9/events".to_owned(),
        types: vec!["T".to_owned()],
        from: "start".to_owned(),
        batch: 256,
        secret: chassis::signature::SigningSecret::random().expose(),
        generation: "g".to_owned(),
    };
    client.subscribe("moderation", &spec).await.unwrap();
    bus.get("/subscriptions/moderation").await.expect(200);
}
