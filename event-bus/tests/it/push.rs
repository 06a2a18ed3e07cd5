//! Push: what a receiver gets, in which order, and how it is made up for after an outage.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chassis::access::Access;
use chassis::signature::SigningSecret;
use event_bus::config::{BusSettings, PushSettings};
use serde_json::{Value, json};

use crate::bus::{TestBus, soon};
use crate::receiver::{Pushed, Receiver};

/// A bus whose pauses are over soon.
pub async fn quick_bus() -> TestBus {
    bus_with(|_| ()).await
}

pub async fn bus_with(change: impl FnOnce(&mut PushSettings)) -> TestBus {
    let mut push = PushSettings {
        timeout: Duration::from_secs(10),
        backoff_base: Duration::from_millis(2),
        backoff_cap: Duration::from_millis(50),
        redeliver_base: Duration::from_mins(10),
        redeliver_cap: Duration::from_mins(10),
        save_every: Duration::from_millis(5),
        grace: Duration::from_millis(100),
        ..PushSettings::default()
    };
    change(&mut push);
    TestBus::with(BusSettings { push, ..BusSettings::default() }, Access::open(None, [])).await
}

/// Appends one event per letter; the letter is its subject. In lower case its type is `Other`.
pub async fn append(bus: &TestBus, subjects: &str) {
    let event = |letter: char| {
        let kind = if letter.is_lowercase() { "Other" } else { "T" };
        json!({"type": kind, "subject": letter.to_ascii_uppercase().to_string(), "data": {"letter": letter.to_string()}})
    };
    let events: Vec<Value> = subjects.chars().map(event).collect();
    bus.append(&Value::Array(events)).await.expect(201);
}

pub async fn subscribe(bus: &TestBus, receiver: &Receiver, more: Value) -> Value {
    let mut wish = json!({"url": receiver.url(), "from": "start"});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = bus.caller().put("/subscriptions/test", &wish).send().await;
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    answer.json()
}

pub async fn status(bus: &TestBus) -> Value {
    bus.get("/subscriptions/test").await.expect(200).json()
}

/// Waits until the subscription looks as wanted.
pub async fn until(bus: &TestBus, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    soon(what, async {
        loop {
            let status = status(bus).await;
            if wanted(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await; // why: between two looks at a condition with a deadline
        }
    })
    .await
}

pub async fn parked(bus: &TestBus) -> Vec<String> {
    let parked = bus.get("/subscriptions/test/parked").await.expect(200).json();
    parked.as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap().to_owned()).collect()
}

pub fn caught_up(status: &Value) -> bool {
    status["cursor"] == status["head"]
}

/// Every event came, and those of a subject first came in their order.
pub fn check_order(pushed: &[Pushed], events: u64) {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let mut came = vec![false; usize::try_from(events).unwrap() + 1];
    for push in pushed {
        for event in &push.events {
            let sequence = crate::receiver::sequence(event);
            let index = usize::try_from(sequence).unwrap();
            if push.taken.contains(&sequence) && !came[index] {
                came[index] = true;
                let last = last.entry(event["subject"].as_str().unwrap().to_owned()).or_default();
                assert!(*last < sequence, "{sequence} after {last}");
                *last = sequence;
            }
        }
    }
    assert!(came[1..].iter().all(|&came| came));
}

#[tokio::test]
async fn a_foreign_receiver_gets_every_event_alone_and_in_order() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "AB").await;
    let put = subscribe(&bus, &receiver, json!({})).await;
    assert_eq!((&put["state"], &put["from"], &put["batch"]), (&json!("active"), &json!("start"), &json!(1)));
    assert!(put.get("secret").is_none() && put["signed"] == false);
    receiver.took(1..=2).await;
    append(&bus, "CAb").await;
    assert_eq!(receiver.took(1..=5).await, [1, 2, 3, 4, 5]);
    let pushed = receiver.pushed();
    let last = &pushed[4];
    assert!(!last.batch);
    assert_eq!(last.events[0]["type"], "Other");
    assert_eq!(last.events[0]["data"], json!({"letter": "b"}));
    assert_eq!(last.header("content-type"), "application/json", "what every body parser reads");
    assert_eq!(last.header("folkmoot-subscription"), "test");
    assert_eq!(last.header("folkmoot-log"), put["log"].as_str().unwrap());
    assert_eq!(last.header("folkmoot-upto"), "0000000000000005");
    assert_eq!(last.header("folkmoot-head"), "0000000000000005");
    assert!(last.headers.get("webhook-signature").is_none());
    let status = until(&bus, "the end", caught_up).await;
    assert_eq!(status["lag"], json!({"events": 0, "seconds": 0.0}));
}

#[tokio::test]
async fn events_come_as_cloudevents_to_whoever_asks_for_that() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "A").await;
    assert_eq!(subscribe(&bus, &receiver, json!({"format": "cloudevents"})).await["format"], "cloudevents");
    receiver.took([1]).await;
    assert_eq!(receiver.pushed()[0].header("content-type"), "application/cloudevents+json");
}

#[tokio::test]
async fn only_what_is_wanted_comes_and_the_rest_is_passed() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "aAbBcc").await;
    subscribe(&bus, &receiver, json!({"types": ["T"]})).await;
    assert_eq!(receiver.took([2, 4]).await, [2, 4]);
    let pushed = receiver.pushed();
    assert_eq!(pushed[0].header("folkmoot-upto"), "0000000000000003");
    assert_eq!(pushed[1].header("folkmoot-upto"), pushed[1].header("folkmoot-head"), "nothing more is there for it");
    let status = until(&bus, "the end", caught_up).await;
    assert_eq!((&status["cursor"], &status["types"]), (&json!("0000000000000006"), &json!(["T"])));
}

#[tokio::test]
async fn a_batch_is_an_array_with_a_result_per_event() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    append(&bus, "ABCDE").await;
    subscribe(&bus, &receiver, json!({"batch": 3})).await;
    assert_eq!(receiver.took(1..=5).await, [1, 2, 3, 4, 5]);
    let pushed = receiver.pushed();
    assert_eq!(pushed.iter().map(|push| push.events.len()).collect::<Vec<_>>(), [3, 2]);
    assert!(pushed[0].batch);
    assert_eq!(pushed[0].header("content-type"), "application/cloudevents-batch+json");
    assert_eq!(pushed[0].header("folkmoot-upto"), "0000000000000003");
    append(&bus, "F").await;
    receiver.took([6]).await;
    assert!(receiver.pushed()[2].batch, "one event is an array too");
}

#[tokio::test]
async fn a_batch_comes_again_until_it_is_answered_with_its_results() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.status = Some(200));
    append(&bus, "ABC").await;
    subscribe(&bus, &receiver, json!({"batch": 2})).await;
    receiver.until("some tries", |pushed| pushed.len() > 4).await;
    let waiting = status(&bus).await;
    assert_eq!((&waiting["cursor"], &waiting["parked"]), (&json!("0000000000000000"), &json!(0)), "{waiting}");
    assert!(waiting["lastError"].as_str().unwrap().contains("without a result for each"), "{waiting}");
    receiver.be(|manner| manner.status = None);
    receiver.took(1..=3).await;
    check_order(&receiver.pushed(), 3);
    until(&bus, "the end", caught_up).await;
}

#[tokio::test]
async fn pushes_are_signed() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    let secret = SigningSecret::random();
    append(&bus, "ABC").await;
    let put = subscribe(&bus, &receiver, json!({"secret": secret.expose()})).await;
    assert_eq!(put["signed"], true);
    assert!(!put.to_string().contains("whsec_") && !status(&bus).await.to_string().contains("whsec_"));
    receiver.took(1..=3).await;
    subscribe(&bus, &receiver, json!({"secret": secret.expose(), "batch": 10})).await;
    append(&bus, "DE").await;
    receiver.took(4..=5).await;
    for push in receiver.pushed() {
        let sent = push.header("webhook-timestamp").parse().unwrap();
        assert_eq!(secret.verify(&push.headers, &push.body, sent), Ok(()), "as any library does");
        assert_eq!(secret.verify_push(&push.headers, &push.body, sent), Ok(()));
        assert!(SigningSecret::random().verify(&push.headers, &push.body, sent).is_err());
        for header in ["folkmoot-log", "folkmoot-head", "folkmoot-upto", "folkmoot-subscription"] {
            let mut moved = push.headers.clone();
            moved.insert(header, "0000000000000009".parse().unwrap());
            assert_eq!(secret.verify(&moved, &push.body, sent), Ok(()));
            assert!(secret.verify_push(&moved, &push.body, sent).is_err(), "{header}");
        }
    }
}

#[tokio::test]
async fn an_event_is_known_by_its_webhook_id_however_often_it_comes() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    let same =
        |source: &str| json!({"specversion": "1.0", "id": "1", "source": source, "type": "T", "subject": source});
    bus.append(&json!([same("/a"), same("/b")])).await.expect(201);
    receiver.be(|manner| manner.status = Some(500));
    subscribe(&bus, &receiver, json!({"secret": SigningSecret::random().expose()})).await;
    let source = |push: &Pushed| push.events[0]["source"].as_str().unwrap().to_owned();
    let came = |pushed: &[Pushed], name: &str| pushed.iter().filter(|push| source(push) == name).count();
    receiver.until("both, more than once", |pushed| came(pushed, "/a") > 1 && came(pushed, "/b") > 1).await;
    receiver.be(|manner| manner.status = None);
    receiver.took(1..=2).await;
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for push in receiver.pushed() {
        ids.entry(source(&push)).or_default().insert(push.header("webhook-id").to_owned());
    }
    assert_eq!(ids.values().map(BTreeSet::len).collect::<Vec<_>>(), [1, 1], "{ids:?}");
    assert_ne!(ids["/a"], ids["/b"]);
}

/// Breaks the receiver, appends, waits until the bus has noticed, heals it: all must have arrived, nothing is parked.
async fn outage(bus: TestBus, batch: u32, breaks: impl FnOnce(&Receiver), heals: impl FnOnce(&Receiver)) {
    let receiver = Receiver::start().await;
    append(&bus, "AB").await;
    subscribe(&bus, &receiver, json!({"batch": batch})).await;
    receiver.took(1..=2).await;
    breaks(&receiver);
    append(&bus, "ABCABC").await;
    let late = |status: &Value| status["lag"]["seconds"].as_f64().unwrap() > 0.0;
    let failing = until(&bus, "failing", |status| status["state"] == "failing" && late(status)).await;
    assert!(failing["lastError"].is_string(), "{failing}");
    assert_eq!(failing["lag"]["events"], 6);
    assert_eq!(failing["parked"], 0);
    heals(&receiver);
    receiver.took(1..=8).await;
    let well = until(&bus, "the end", |status| caught_up(status) && status["state"] == "active").await;
    assert_eq!((&well["parked"], &well["lag"]["events"]), (&json!(0), &json!(0)));
    check_order(&receiver.pushed(), 8);
}

#[tokio::test]
async fn an_outage_of_any_kind_parks_nothing_and_is_made_up_for() {
    for status in [302, 401, 404, 429, 500, 503] {
        for batch in [1, 4] {
            let bus = quick_bus().await;
            outage(bus, batch, |r| r.be(|m| m.status = Some(status)), |r| r.be(|m| m.status = None)).await;
        }
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_is_an_outage() {
    let bus = bus_with(|push| push.timeout = Duration::from_millis(500)).await;
    outage(bus, 1, |r| r.be(|m| m.hangs = true), |r| r.be(|m| m.hangs = false)).await;
}

#[tokio::test]
async fn a_receiver_that_is_not_there_yet_gets_everything_once_it_is() {
    let (bus, mut receiver) = (quick_bus().await, Receiver::nobody().await);
    append(&bus, "ABC").await;
    subscribe(&bus, &receiver, json!({})).await;
    let failing = until(&bus, "failing", |status| status["state"] == "failing").await;
    assert!(failing["lastError"].as_str().unwrap().contains("no connection"), "{failing}");
    receiver.switch_on().await;
    assert_eq!(receiver.took(1..=3).await, [1, 2, 3]);
    receiver.switch_off().await;
    append(&bus, "DE").await;
    until(&bus, "failing again", |status| status["state"] == "failing").await;
    receiver.switch_on().await;
    assert_eq!(receiver.took(1..=5).await, [1, 2, 3, 4, 5]);
    assert!(parked(&bus).await.is_empty());
}

#[tokio::test]
async fn retry_after_is_kept_to_unless_somebody_says_otherwise() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| (manner.status, manner.retry_after) = (Some(429), Some("1")));
    append(&bus, "AB").await;
    subscribe(&bus, &receiver, json!({})).await;
    let pushed = receiver.until("two pushes", |pushed| pushed.len() >= 2).await;
    assert!(pushed[1].at - pushed[0].at >= Duration::from_millis(950));
    receiver.be(|manner| (manner.status, manner.retry_after) = (Some(503), Some("300")));
    receiver.until("another push", |pushed| pushed.len() >= 3).await;
    let waiting = until(&bus, "the pause", |status| status["nextTry"].is_string()).await;
    assert_eq!(waiting["parked"], 0);
    receiver.be(|manner| (manner.status, manner.retry_after) = (None, None));
    subscribe(&bus, &receiver, json!({})).await;
    receiver.took(1..=2).await;
}

#[tokio::test]
async fn too_large_a_batch_is_made_smaller() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| manner.most = Some(3));
    append(&bus, "ABCDEFGHIJKLMNOP").await;
    subscribe(&bus, &receiver, json!({"batch": 16})).await;
    let taken = receiver.took(1..=16).await;
    assert_eq!(taken, (1..=16).collect::<Vec<_>>());
    let too_large = receiver.pushed().iter().filter(|push| push.taken.is_empty()).count();
    assert!(too_large <= 4, "it keeps to what fits: {too_large}");
    assert!(parked(&bus).await.is_empty());
}

#[tokio::test]
async fn a_slow_receiver_holds_up_nobody_else() {
    let bus = bus_with(|push| push.timeout = Duration::from_secs(30)).await;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    slow.be(|manner| manner.hangs = true);
    bus.caller().put("/subscriptions/slow", &json!({"url": slow.url(), "from": "start"})).send().await.expect(201);
    subscribe(&bus, &quick, json!({})).await;
    let begun = Instant::now();
    for _ in 0..20 {
        append(&bus, "ABCDE").await;
    }
    quick.took(1..=100).await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(slow.taken().is_empty());
    bus.stop().await;
}

#[tokio::test]
async fn a_thousand_events_come_in_full_batches() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    for _ in 0..20 {
        append(&bus, &"ABCDE".repeat(50)).await;
    }
    subscribe(&bus, &receiver, json!({"batch": 256})).await;
    let taken = receiver.took(1..=5000).await;
    assert_eq!(taken, (1..=5000).collect::<Vec<_>>());
    assert!(receiver.pushed().len() <= 22, "{}", receiver.pushed().len());
}

#[tokio::test]
async fn appends_that_race_a_push_come_exactly_once_in_order() {
    for batch in [1, 7] {
        let (bus, receiver) = (quick_bus().await, Receiver::start().await);
        append(&bus, &"AB".repeat(100)).await;
        let appending = async {
            for _ in 0..40 {
                append(&bus, "ABCDE").await;
            }
        };
        let subscribing = async {
            subscribe(&bus, &receiver, json!({"batch": batch})).await;
        };
        tokio::join!(appending, subscribing);
        assert_eq!(receiver.took(1..=400).await, (1..=400).collect::<Vec<_>>());
    }
}
