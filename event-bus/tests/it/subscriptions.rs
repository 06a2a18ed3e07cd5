//! Subscriptions: how they are put, moved, paused and forgotten.

use std::time::Duration;

use chassis::access::{Access, Secret};
use event_bus::config::BusSettings;
use serde_json::{Value, json};

use crate::bus::{TestBus, soon};
use crate::push::{append, caught_up, check_order, parked, quick_bus, status, subscribe, until};
use crate::receiver::Receiver;

async fn call(bus: &TestBus, path: &str, body: Value) -> Value {
    bus.caller().post(&format!("/subscriptions/test/{path}"), &body).send().await.expect(200).json()
}

#[tokio::test]
async fn a_wish_is_checked_field_by_field() {
    let bus = quick_bus().await;
    let put = async |body: Value| bus.caller().put("/subscriptions/test", &body).send().await;
    let url = "http://127.0.0.1:9/events";
    for (field, value) in [
        ("url", json!("ftp://x/")),
        ("url", json!("http://user:pass@x/")),
        ("url", json!("/events")),
        ("types", json!([])),
        ("types", json!([""])),
        ("types", json!(["x".repeat(256)])),
        ("from", json!("soon")),
        ("batch", json!(0)),
        ("batch", json!(1001)),
        ("secret", json!("whsec_short")),
        ("format", json!("xml")),
        ("generation", json!("a\nb")),
    ] {
        let mut wish = json!({"url": url});
        wish[field] = value.clone();
        let answer = put(wish).await.expect(422);
        assert_eq!(answer.pointers(), [format!("/{field}")], "{value}: {}", answer.text());
        assert!(!answer.text().contains("whsec_short"));
    }
    assert!(put(json!({})).await.expect(422).text().contains("url"));
    put(json!({"url": url, "from": 5})).await.expect(409);
    bus.caller().put("/subscriptions/Bad_Name", &json!({"url": url})).send().await.expect(422);
    bus.get("/subscriptions/test").await.expect(404);
    bus.get("/subscriptions/Bad_Name").await.expect(404);
    for path in ["pause", "resume", "parked/redeliver", "parked/skip?subject=A"] {
        bus.caller().post(&format!("/subscriptions/test/{path}"), &json!({})).send().await.expect(404);
    }
    assert_eq!(bus.get("/subscriptions").await.expect(200).json(), json!([]));
    assert_eq!(bus.caller().post("/subscriptions/test", &json!({})).send().await.status, 405);
}

#[tokio::test]
async fn putting_it_again_keeps_the_cursor() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "ABC").await;
    let wish = json!({"url": receiver.url(), "from": "start"});
    bus.caller().put("/subscriptions/test", &wish).send().await.expect(201);
    receiver.took(1..=3).await;
    bus.caller().put("/subscriptions/test", &wish).send().await.expect(200);
    let changed = json!({"url": receiver.url(), "from": "start", "batch": 5, "generation": ""});
    assert_eq!(bus.caller().put("/subscriptions/test", &changed).send().await.expect(200).json()["batch"], 5);
    append(&bus, "D").await;
    assert_eq!(receiver.took([4]).await, [1, 2, 3, 4]);
    let all = bus.get("/subscriptions").await.expect(200).json();
    assert_eq!((all.as_array().unwrap().len(), &all[0]["name"]), (1, &json!("test")));
}

#[tokio::test]
async fn another_url_is_used_from_then_on() {
    let (bus, first, second) = (quick_bus().await, Receiver::nobody().await, Receiver::start().await);
    append(&bus, "AB").await;
    subscribe(&bus, &first, json!({})).await;
    until(&bus, "failing", |status| status["state"] == "failing").await;
    subscribe(&bus, &second, json!({})).await;
    assert_eq!(second.took(1..=2).await, [1, 2]);
}

#[tokio::test]
async fn it_begins_where_it_is_told_to() {
    for (from, expected) in [("start", vec![1, 2, 3, 4]), ("now", vec![4]), ("2", vec![3, 4])] {
        let (bus, receiver) = (quick_bus().await, Receiver::start().await);
        append(&bus, "ABC").await;
        subscribe(&bus, &receiver, json!({"from": from})).await;
        append(&bus, "D").await;
        assert_eq!(receiver.took([4]).await, expected, "{from}");
    }
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "ABC").await;
    subscribe(&bus, &receiver, json!({"from": "2000-01-01T00:00:00Z"})).await;
    assert_eq!(receiver.took(1..=3).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_new_generation_starts_again() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "ABAC").await;
    receiver.be(|manner| manner.refuses = ["A".to_owned()].into());
    subscribe(&bus, &receiver, json!({"generation": "one"})).await;
    until(&bus, "parked", |status| status["parked"] == 1 && caught_up(status)).await;
    receiver.be(|manner| manner.refuses.clear());
    let put = subscribe(&bus, &receiver, json!({"generation": "two"})).await;
    assert_eq!((&put["generation"], &put["parked"]), (&json!("two"), &json!(0)));
    assert_eq!(receiver.took_in_all(6).await, [2, 4, 1, 2, 3, 4]);
    assert!(parked(&bus).await.is_empty());
}

#[tokio::test]
async fn added_types_are_caught_up_without_the_others() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "AaBbA").await;
    subscribe(&bus, &receiver, json!({"types": ["T"]})).await;
    receiver.took([1, 3, 5]).await;
    until(&bus, "the end", caught_up).await;
    subscribe(&bus, &receiver, json!({"types": ["T", "Other"]})).await;
    append(&bus, "Aa").await;
    assert_eq!(receiver.took(1..=7).await, [1, 3, 5, 2, 4, 6, 7]);
    subscribe(&bus, &receiver, json!({"types": ["Other"]})).await;
    append(&bus, "Aa").await;
    assert_eq!(receiver.took([9]).await, [1, 3, 5, 2, 4, 6, 7, 9], "types that are left out are not pushed");
}

#[tokio::test]
async fn added_types_take_up_what_is_parked() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.refuses = ["A".to_owned()].into());
    append(&bus, "bBaAaBB").await;
    subscribe(&bus, &receiver, json!({"types": ["T"]})).await;
    until(&bus, "parked", |status| status["parked"] == 1 && caught_up(status)).await;
    receiver.be(|manner| manner.refuses.clear());
    assert_eq!(subscribe(&bus, &receiver, json!({})).await["parked"], 0);
    receiver.took(1..=7).await;
    let taken = receiver.taken();
    let of_a: Vec<_> = taken.iter().filter(|n| [3, 4, 5].contains(*n)).collect();
    assert_eq!(of_a, [&3, &4, &5], "{taken:?}");
}

#[tokio::test]
async fn a_pause_lasts_until_it_is_resumed_also_over_a_restart() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "AB").await;
    subscribe(&bus, &receiver, json!({})).await;
    receiver.took(1..=2).await;
    assert_eq!(call(&bus, "pause", json!({})).await["state"], "paused");
    append(&bus, "CD").await;
    assert_eq!(subscribe(&bus, &receiver, json!({})).await["state"], "paused", "putting it again does not resume it");
    let bus = bus.restart().await;
    let paused = until(&bus, "the pause", |status| status["lag"]["events"] == 2).await;
    assert_eq!(paused["state"], "paused");
    assert_eq!(call(&bus, "resume", json!({})).await["state"], "active");
    assert_eq!(receiver.took(3..=4).await, [1, 2, 3, 4], "nothing came while it was paused");
}

#[tokio::test]
async fn a_receiver_that_is_gone_pauses_it_until_it_registers_again() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.status = Some(410));
    append(&bus, "AB").await;
    subscribe(&bus, &receiver, json!({})).await;
    let paused = until(&bus, "the pause", |status| status["state"] == "paused").await;
    assert_eq!(paused["lastError"], "answered 410");
    assert_eq!(receiver.pushed().len(), 1);
    receiver.be(|manner| manner.status = None);
    let bus = bus.restart().await;
    assert_eq!(status(&bus).await["state"], "paused");
    subscribe(&bus, &receiver, json!({})).await;
    assert_eq!(receiver.took(1..=2).await, [1, 2]);
}

#[tokio::test]
async fn it_goes_on_from_another_place() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "ABCA").await;
    subscribe(&bus, &receiver, json!({"from": "now"})).await;
    let moved = call(&bus, "seek", json!({"to": 2})).await;
    assert_eq!(moved["head"], "0000000000000004");
    assert_eq!(receiver.took([3, 4]).await, [3, 4]);
    call(&bus, "seek", json!({"to": "start"})).await;
    assert_eq!(receiver.took_in_all(6).await, [3, 4, 1, 2, 3, 4]);
    call(&bus, "pause", json!({})).await;
    append(&bus, "DE").await;
    call(&bus, "seek", json!({"to": "now"})).await;
    call(&bus, "resume", json!({})).await;
    append(&bus, "F").await;
    assert_eq!(receiver.took([7]).await, [3, 4, 1, 2, 3, 4, 7]);
    let seek = async |to: Value| bus.caller().post("/subscriptions/test/seek", &json!({"to": to})).send().await.status;
    assert_eq!((seek(json!("there")).await, seek(json!(99)).await), (422, 409));
}

#[tokio::test]
async fn going_forward_gives_nothing_up_that_is_parked() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.refuses = ["A".to_owned()].into());
    append(&bus, "BAB").await;
    subscribe(&bus, &receiver, json!({})).await;
    until(&bus, "parked", |status| status["parked"] == 1 && caught_up(status)).await;
    assert_eq!(call(&bus, "seek", json!({"to": "now"})).await["parked"], 1);
    let back = call(&bus, "seek", json!({"to": 1})).await;
    assert_eq!(back["parked"], 0, "it is reached again with everything else");
    receiver.be(|manner| manner.refuses.clear());
    receiver.took(1..=3).await;
    check_order(&receiver.pushed(), 3);
}

#[tokio::test]
async fn what_is_deleted_is_forgotten() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "AB").await;
    subscribe(&bus, &receiver, json!({})).await;
    receiver.took(1..=2).await;
    bus.caller().delete("/subscriptions/test").send().await.expect(204);
    bus.get("/subscriptions/test").await.expect(404);
    bus.caller().delete("/subscriptions/test").send().await.expect(404);
    append(&bus, "C").await;
    let bus = bus.restart().await;
    bus.get("/subscriptions/test").await.expect(404);
    assert_eq!(receiver.taken(), [1, 2]);
    bus.caller().put("/subscriptions/test", &json!({"url": receiver.url(), "from": "start"})).send().await.expect(201);
    assert_eq!(receiver.took_in_all(5).await, [1, 2, 1, 2, 3]);
}

#[tokio::test]
async fn nobody_without_the_token_learns_or_changes_anything() {
    let access = Access::token(Secret::new("a-token-for-this-test").unwrap());
    let bus = TestBus::with(BusSettings::default(), access).await;
    let wish = json!({"url": "http://127.0.0.1:9/events"});
    bus.get("/subscriptions").await.expect(401);
    bus.get("/subscriptions/test").await.expect(401);
    bus.get("/subscriptions/test/parked").await.expect(401);
    bus.caller().put("/subscriptions/test", &wish).send().await.expect(401);
    bus.caller().delete("/subscriptions/test").send().await.expect(401);
    for path in ["pause", "resume", "seek", "parked/redeliver", "parked/skip"] {
        let call = bus.caller().post(&format!("/subscriptions/test/{path}"), &json!({"to": "start"}));
        call.send().await.expect(401);
    }
    let bearer = "Bearer a-token-for-this-test";
    bus.caller().put("/subscriptions/test", &wish).header("authorization", bearer).send().await.expect(201);
}

#[tokio::test]
async fn what_waits_and_fails_is_measured() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.refuses = ["A".to_owned()].into());
    append(&bus, "AB").await;
    bus.caller()
        .put("/subscriptions/measured", &json!({"url": receiver.url(), "from": "start"}))
        .send()
        .await
        .expect(201);
    let lines = ["subscription_parked{subscription=\"measured\"} 1", "push_failures_total{subscription=\"measured\"}"];
    soon("the meters", async {
        loop {
            let metrics = bus.get("/metrics").await.expect(200).text();
            if lines.iter().all(|line| metrics.contains(line)) {
                assert!(metrics.contains("subscription_lag_events{subscription=\"measured\"}"), "{metrics}");
                assert!(metrics.contains("subscription_lag_seconds{subscription=\"measured\"}"), "{metrics}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await; // why: between two looks at a condition with a deadline
        }
    })
    .await;
}
