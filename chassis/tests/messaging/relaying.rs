//! The relay: from the outbox to the bus, in order, whatever happens to either.

use chassis::bus::BusClient;
use chassis::doubles::{FakeBus, PATIENCE};
use chassis::hearing::Hearing;
use chassis::ops::Readiness;
use chassis::relay;
use chassis::serve::Lifetime;
use chassis::store::Store;
use contract::{Envelope, PostId};
use futures_util::future::join_all;

use super::{open, said, told, write_and_say};

fn relay(store: &Store, bus: &FakeBus) -> Lifetime {
    let lifetime = Lifetime::new();
    let (hearing, ready) = (Hearing::default(), Readiness::new(&[]));
    relay::start(store.clone(), BusClient::new(&bus.url(), None).unwrap(), hearing, ready, &lifetime);
    lifetime
}

async fn say(store: &Store, event: Envelope) {
    store.write::<_, std::convert::Infallible, _>(move |tx| Ok(tx.say(&event)?)).await.unwrap();
}

#[tokio::test]
async fn what_is_said_at_once_arrives_once_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (store, bus) = (open(folder.path()), FakeBus::start().await);
    let lifetime = relay(&store, &bus);
    let ids = join_all((0..3000).map(|number| {
        let (store, text) = (&store, number.to_string());
        async move { write_and_say(store, &text).await.unwrap() }
    }))
    .await;
    let events = bus.wait_for(3000).await;
    assert_eq!(events.iter().map(|event| event.id.clone()).collect::<Vec<_>>(), ids);
    assert!(lifetime.end(PATIENCE).await);
}

#[tokio::test]
async fn the_relay_goes_on_where_it_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let bus = FakeBus::start().await;
    for round in 0..5 {
        let store = open(folder.path());
        let lifetime = relay(&store, &bus);
        for number in 0..20 {
            write_and_say(&store, &format!("{round}.{number}")).await.unwrap();
        }
        if round % 2 == 0 {
            bus.wait_for(round * 20 + 1).await;
        }
        assert!(lifetime.end(PATIENCE).await);
    }
    let store = open(folder.path());
    let _lifetime = relay(&store, &bus);
    let events = told(&bus.wait_for(100).await);
    let expected: Vec<_> = (0..5).flat_map(|round| (0..20).map(move |number| format!("{round}.{number}"))).collect();
    assert_eq!(events, expected);
}

#[tokio::test]
async fn an_id_that_is_taken_by_another_event_is_dropped_and_the_rest_flows_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, bus) = (open(folder.path()), FakeBus::start().await);
    let subject = PostId::new();
    let (first, mut other) = (said(subject, "first"), said(subject, "other"));
    other.id = first.id.clone();
    bus.publish(first);
    say(&store, other).await;
    say(&store, said(subject, "next")).await;
    let _lifetime = relay(&store, &bus);
    assert_eq!(told(&bus.wait_for(2).await), ["first", "next"]);
}

#[tokio::test]
async fn another_log_gets_everything_that_is_kept_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let bus = FakeBus::start().await;
    let texts = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    {
        let store = open(folder.path());
        let lifetime = relay(&store, &bus);
        for text in texts(10) {
            write_and_say(&store, &text).await.unwrap();
        }
        bus.wait_for(10).await;
        assert!(lifetime.end(PATIENCE).await);
    }
    bus.new_log();
    let store = open(folder.path());
    let _lifetime = relay(&store, &bus);
    write_and_say(&store, "10").await.unwrap();
    let mut arrived = told(&bus.wait_for(11).await);
    arrived.sort_by_key(|text| text.parse::<u32>().unwrap());
    assert_eq!(arrived, texts(11));
}

#[tokio::test]
async fn another_log_gets_everything_also_from_a_service_that_has_nothing_to_publish() {
    let folder = tempfile::tempdir().unwrap();
    let (store, bus) = (open(folder.path()), FakeBus::start().await);
    let (lifetime, hearing) = (Lifetime::new(), Hearing::default());
    let (client, ready) = (BusClient::new(&bus.url(), None).unwrap(), Readiness::new(&[]));
    relay::start(store.clone(), client, hearing.clone(), ready, &lifetime);
    hearing.note(bus.log(), 0, 0);
    for text in ["one", "two"] {
        write_and_say(&store, text).await.unwrap();
    }
    bus.wait_for(2).await;
    let log = bus.new_log();
    hearing.note(log, 0, 0);
    assert_eq!(told(&bus.wait_for(2).await), ["one", "two"]);
    // What the subscription knows is older than what an answer says.
    bus.new_log();
    write_and_say(&store, "three").await.unwrap();
    bus.wait_for(3).await;
    let mut arrived = told(&bus.events());
    arrived.sort_unstable();
    assert_eq!(arrived, ["one", "three", "two"]);
}
