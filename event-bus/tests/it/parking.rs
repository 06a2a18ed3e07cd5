//! Poison: it parks its own subject only, waits in order, and is given up on record.

use std::time::Duration;

use serde_json::json;

use crate::bus::TestBus;
use crate::push::{append, bus_with, caught_up, check_order, parked, quick_bus, status, subscribe, until};
use crate::receiver::{Manner, Receiver};

fn set(subjects: &[&str]) -> std::collections::BTreeSet<String> {
    subjects.iter().map(|&subject| subject.to_owned()).collect()
}

async fn act(bus: &TestBus, path: &str) -> serde_json::Value {
    bus.caller().post(&format!("/subscriptions/test/{path}"), &json!({})).send().await.expect(202).json()
}

/// A bus with a subscription in which the first event of A is poison, and A is parked.
async fn with_poison(batch: u32, poison: impl Fn(&mut Manner)) -> (TestBus, Receiver) {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(&poison);
    append(&bus, "ABACAB").await;
    subscribe(&bus, &receiver, json!({"batch": batch})).await;
    receiver.took([2, 4, 6]).await;
    // In a batch the evidence of a failure comes with the others' next events.
    for _ in 0..4 {
        append(&bus, "D").await;
    }
    until(&bus, "parked", |status| status["parked"] == 1 && caught_up(status)).await;
    assert_eq!(receiver.took([2, 4, 6, 7, 8, 9, 10]).await, [2, 4, 6, 7, 8, 9, 10]);
    (bus, receiver)
}

#[tokio::test]
async fn a_poisoned_subject_parks_alone_and_comes_back_in_order() {
    let poisons: [fn(&mut Manner); 3] = [
        |manner| manner.refuses = set(&["A"]),
        |manner| manner.crashes_on = set(&["A"]),
        |manner| (manner.refuses, manner.results) = (set(&["A"]), false),
    ];
    for (poison, batch) in [(0, 1), (0, 4), (1, 1), (1, 4), (2, 4)] {
        let (bus, receiver) = with_poison(batch, poisons[poison]).await;
        let shown = bus.get("/subscriptions/test/parked").await.expect(200).json();
        assert_eq!((&shown[0]["subject"], &shown[0]["first"]), (&json!("A"), &json!("0000000000000001")), "{shown}");
        assert!(shown[0]["error"].is_string() && shown[0]["nextTry"].is_string() && shown[0]["since"].is_string());

        // Its later events wait with it, also new ones; the others flow.
        append(&bus, "AEA").await;
        receiver.took([12]).await;
        until(&bus, "the end", caught_up).await;
        let all = receiver.taken();
        assert!(all.iter().all(|n| ![1, 3, 5, 11, 13].contains(n)), "{all:?}");

        // Still poison: it stays parked where it was.
        act(&bus, "parked/redeliver?subject=A").await;
        let failed =
            |pushed: &[crate::receiver::Pushed]| pushed.iter().filter(|p| p.events[0]["subject"] == "A").count();
        let before = failed(&receiver.pushed());
        receiver.until("another try", |pushed| failed(pushed) >= before).await;
        assert_eq!(parked(&bus).await, ["A"]);

        receiver.be(|manner| *manner = Manner { results: manner.results, ..Manner::default() });
        act(&bus, "parked/redeliver?subject=A").await;
        receiver.took([1, 3, 5, 11, 13]).await;
        until(&bus, "it rejoins", |status| status["parked"] == 0).await;
        append(&bus, "AF").await;
        receiver.took([14, 15]).await;
        check_order(&receiver.pushed(), 15);
        assert_eq!(receiver.taken().len(), 15, "nothing came twice");
        until(&bus, "all is well", |status| status["state"] == "active" && status.get("lastError").is_none()).await;
    }
}

#[tokio::test]
async fn a_parked_subject_comes_back_by_itself() {
    let bus = bus_with(|push| {
        (push.redeliver_base, push.redeliver_cap) = (Duration::from_millis(20), Duration::from_millis(50));
    })
    .await;
    let receiver = Receiver::start().await;
    receiver.be(|manner| manner.refuses = set(&["A"]));
    append(&bus, "ABA").await;
    subscribe(&bus, &receiver, json!({})).await;
    until(&bus, "parked", |status| status["parked"] == 1).await;
    receiver.until("some tries", |pushed| pushed.iter().filter(|p| p.events[0]["subject"] == "A").count() > 8).await;
    let shown = bus.get("/subscriptions/test/parked").await.json();
    assert!(shown[0]["attempts"].as_u64().unwrap() >= 1, "{shown}");
    receiver.be(|manner| manner.refuses.clear());
    receiver.took(1..=3).await;
    until(&bus, "it rejoins", |status| status["parked"] == 0).await;
    check_order(&receiver.pushed(), 3);
}

#[tokio::test]
async fn an_event_that_is_put_off_holds_up_its_subject_only() {
    let (bus, receiver) = with_poison(4, |manner| manner.puts_off = set(&["A"])).await;
    receiver.be(|manner| manner.puts_off.clear());
    act(&bus, "parked/redeliver").await;
    receiver.took(1..=10).await;
    check_order(&receiver.pushed(), 10);
}

#[tokio::test]
async fn what_is_given_up_is_on_record_and_the_rest_follows() {
    let (bus, receiver) = with_poison(1, |manner| manner.refuses = set(&["A"])).await;
    let call = "/subscriptions/test/parked/skip";
    bus.caller().post(call, &json!({})).send().await.expect(422);
    bus.caller().post(&format!("{call}?subject=nobody"), &json!({})).send().await.expect(404);
    receiver.be(|manner| manner.refuses.clear());
    let answer = act(&bus, "parked/skip?subject=A&by=eva&reason=it%20is%20broken").await;
    assert_eq!(answer[0]["first"], "0000000000000002");
    receiver.took([3, 5]).await;
    until(&bus, "it rejoins", |status| status["parked"] == 0).await;
    append(&bus, "A").await;
    receiver.took([12]).await;
    assert!(!receiver.taken().contains(&1), "it was given up");

    let log = bus.everything().await;
    let record = &log[10];
    assert_eq!((&record["type"], &record["source"]), (&json!("DeliveryGivenUp"), &json!("/event-bus")));
    assert_eq!((&record["subject"], &record["causationid"]), (&json!("test"), &log[0]["id"]));
    let data = json!({"subscription": "test", "sequence": "0000000000000001", "by": "eva", "reason": "it is broken"});
    assert_eq!(record["data"], data);
    receiver.took([11]).await;
}

#[tokio::test]
async fn one_skip_gives_up_one_event() {
    let (bus, receiver) = with_poison(1, |manner| manner.refuses = set(&["A"])).await;
    act(&bus, "parked/skip?subject=A").await;
    let moved = |shown: &serde_json::Value| shown[0]["first"] == "0000000000000003" && shown[0]["attempts"] == 1;
    crate::bus::soon("the next one fails", async {
        while !moved(&bus.get("/subscriptions/test/parked").await.json()) {
            tokio::time::sleep(Duration::from_millis(5)).await; // why: between two looks at a condition with a deadline
        }
    })
    .await;
    let reason = bus.everything().await[10]["data"]["reason"].clone();
    assert_eq!(reason, "answered 422: poison");
    receiver.be(|manner| manner.refuses.clear());
    act(&bus, "parked/redeliver").await;
    receiver.took([3, 5]).await;
}

#[tokio::test]
async fn poison_without_anything_else_in_the_log_just_waits() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.crashes_on = set(&["A"]));
    append(&bus, "AA").await;
    subscribe(&bus, &receiver, json!({})).await;
    receiver.until("some tries", |pushed| pushed.len() > 10).await;
    assert_eq!(status(&bus).await["parked"], 0);
    append(&bus, "B").await;
    receiver.took([3]).await;
    until(&bus, "parked", |status| status["parked"] == 1).await;
}

#[tokio::test]
async fn a_receiver_that_fails_at_nearly_everything_gets_nothing_parked_at_first() {
    let bus = bus_with(|push| push.backoff_cap = Duration::from_mins(1)).await;
    let receiver = Receiver::start().await;
    receiver.be(|manner| manner.crashes_on = set(&["A", "B", "C"]));
    append(&bus, "ABCX").await;
    subscribe(&bus, &receiver, json!({})).await;
    let failing = until(&bus, "failing", |status| status["state"] == "failing" && status["parked"] == 0).await;
    assert!(failing["lastError"].is_string());
    receiver.be(|manner| manner.crashes_on.clear());
    subscribe(&bus, &receiver, json!({})).await;
    receiver.took(1..=4).await;
    append(&bus, "ABC").await;
    receiver.took(1..=7).await;
    let redelivered = bus.caller().post("/subscriptions/test/parked/redeliver", &json!({})).send().await;
    redelivered.expect(202);
    until(&bus, "all is well", |status| status["parked"] == 0 && status["state"] == "active").await;
    check_order(&receiver.pushed(), 7);
}

#[tokio::test]
async fn a_restart_keeps_what_is_parked_and_where_delivery_was() {
    let (bus, receiver) = with_poison(4, |manner| manner.refuses = set(&["A"])).await;
    let before = status(&bus).await;
    let bus = bus.restart().await;
    let after = until(&bus, "the end", caught_up).await;
    assert_eq!((&after["cursor"], &after["parked"], &after["log"]), (&before["cursor"], &json!(1), &before["log"]));
    append(&bus, "AG").await;
    receiver.took([12]).await;
    assert_eq!(parked(&bus).await, ["A"]);
    receiver.be(|manner| manner.refuses.clear());
    act(&bus, "parked/redeliver").await;
    receiver.took(1..=12).await;
    check_order(&receiver.pushed(), 12);
    assert_eq!(receiver.taken().len(), 12, "a bus that stops in peace forgets nothing");
}

#[tokio::test]
async fn restarts_in_the_middle_lose_nothing() {
    let (mut bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.refuses = set(&["C"]));
    subscribe(&bus, &receiver, json!({"batch": 3})).await;
    for round in 0..5u64 {
        append(&bus, "ABCDEFGHABCDE").await;
        receiver.until("something", |pushed| pushed.len() as u64 > round).await;
        bus = bus.restart().await;
    }
    receiver.be(|manner| manner.refuses.clear());
    act(&bus, "parked/redeliver").await;
    receiver.took(1..=65).await;
    check_order(&receiver.pushed(), 65);
    until(&bus, "all is well", |status| status["parked"] == 0 && caught_up(status)).await;
}
