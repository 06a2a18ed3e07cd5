//! An older copy in the place of the bus's log or of a service's database is noticed: by an alarm, and by nothing being
//! written or received under sequences that mean two things.

use std::convert::Infallible;
use std::time::Duration;

use chassis::doubles::{FakeBus, Outcome, PATIENCE, Signing};
use chassis::store::{StoreError, Tx, WriteError};
use contract::{DecidedBy, Envelope, EventId, PostId, PostModerated, Revision, Status};
use diesel::RunQueryDsl as _;

use super::restoring::{HEARD, Listening, SAID};
use super::{said, told, write_and_say};

/// An event of another service.
fn verdict() -> Envelope {
    let event = PostModerated {
        id: PostId::new(),
        revision: Revision::FIRST,
        decision: 1,
        status: Status::Approved,
        reason: None,
        rule: None,
        decided_by: DecidedBy::Rules,
    };
    Envelope::say("/moderation", &event.into(), EventId::new(), None, None)
}

/// A service that has everything there is, restored in former times.
async fn settled(folder: &std::path::Path, bus: &FakeBus) -> Listening {
    let here = Listening::start(folder, &bus.args(folder), true).await;
    here.restored().await;
    bus.subscription_when("notes", |asked| asked.types == HEARD).await;
    here
}

async fn until(what: &str, mut found: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !found().await {
            tokio::time::sleep(Duration::from_millis(20)).await; // why: the pause between two looks
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain for {what}"));
}

#[tokio::test]
async fn nothing_is_written_while_the_log_is_older_and_another_id_mends_it() {
    let (folder, bus) = (tempfile::tempdir().unwrap(), FakeBus::start().await);
    let here = settled(folder.path(), &bus).await;
    for text in ["one", "two", "three"] {
        write_and_say(&here.store, text).await.unwrap();
    }
    bus.wait_for(3).await;
    bus.lose_all_but(1);
    until("the service to notice", async || here.service.get("/readyz").send().await.status == 503).await;
    let shown = here.service.get("/readyz").send().await.json();
    assert_eq!(shown["waitingFor"], serde_json::json!(["log"]));
    assert!(shown["notices"]["log"].as_str().unwrap().contains("--new-log-id="), "{shown}");

    let refused = write_and_say(&here.store, "four").await;
    assert!(matches!(refused, Err(WriteError::Failed(StoreError::LogOlder))), "{refused:?}");
    let (status, _) = bus.push("notes", &[verdict()], &Signing::Right).await;
    assert_eq!(status, 503);

    bus.new_log();
    until("the service to be ready", async || here.service.get("/readyz").send().await.status == 200).await;
    write_and_say(&here.store, "five").await.unwrap();
    let mut published = told(&bus.wait_for(4).await);
    published.sort();
    assert_eq!(published, ["five", "one", "three", "two"]);
}

#[tokio::test]
async fn a_sequence_that_is_given_again_is_noticed_at_once() {
    let (folder, bus) = (tempfile::tempdir().unwrap(), FakeBus::start().await);
    let here = settled(folder.path(), &bus).await;
    write_and_say(&here.store, "one").await.unwrap();
    write_and_say(&here.store, "two").await.unwrap();
    bus.wait_for(2).await;
    bus.lose_all_but(1);
    // Unless it was seen before, this one takes the place of `two`.
    drop(write_and_say(&here.store, "three").await);
    until("the service to notice", async || {
        matches!(write_and_say(&here.store, "four").await, Err(WriteError::Failed(StoreError::LogOlder)))
    })
    .await;
}

#[tokio::test]
async fn another_event_at_a_place_that_is_known_is_not_taken_for_a_duplicate() {
    let (folder, bus) = (tempfile::tempdir().unwrap(), FakeBus::start().await);
    let here = settled(folder.path(), &bus).await;
    let first = bus.publish(verdict());
    assert_eq!(bus.deliver(&[first]).await, [Outcome::Done]);
    bus.lose_all_but(0);
    let other = bus.publish(verdict());
    let (status, body) = bus.push("notes", &[other], &Signing::Right).await;
    assert!(status == 503 || body.contains("again"), "{status} {body}");
    until("the service to notice", async || here.service.get("/readyz").send().await.status == 503).await;
}

#[tokio::test]
async fn a_database_that_lacks_what_was_delivered_to_it_asks_for_everything() {
    let (folder, bus) = (tempfile::tempdir().unwrap(), FakeBus::start().await);
    let here = settled(folder.path(), &bus).await;
    let events = [bus.publish(verdict()), bus.publish(verdict())];
    assert_eq!(bus.deliver(&events).await, [Outcome::Done, Outcome::Done]);
    let generation = bus.subscription("notes").await.generation;
    // What an older copy would not have.
    forget(&here, "DELETE FROM inbox WHERE sequence = 2").await;
    here.stop().await;

    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    let asked = bus.wait_for_url("notes", &here.service.url()).await;
    assert_ne!(asked.generation, generation);
}

#[tokio::test]
async fn a_database_that_lacks_what_it_published_asks_for_everything() {
    let (folder, bus) = (tempfile::tempdir().unwrap(), FakeBus::start().await);
    let here = settled(folder.path(), &bus).await;
    write_and_say(&here.store, "one").await.unwrap();
    until("what was published to be noted", async || here.store.backlog().bytes() == 0).await;
    here.stop().await;
    bus.publish(said(PostId::new(), "what only a newer copy has"));
    bus.lag_behind();
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    let asked = bus.wait_for_url("notes", &here.service.url()).await;
    assert_eq!(asked.types, [HEARD, SAID].concat());
}

#[tokio::test]
async fn a_database_that_has_everything_goes_on() {
    let (folder, bus) = (tempfile::tempdir().unwrap(), FakeBus::start().await);
    let here = settled(folder.path(), &bus).await;
    write_and_say(&here.store, "one").await.unwrap();
    bus.wait_for(1).await;
    let event = bus.publish(verdict());
    assert_eq!(bus.deliver(&[event]).await, [Outcome::Done]);
    let generation = bus.subscription("notes").await.generation;
    here.stop().await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    let asked = bus.wait_for_url("notes", &here.service.url()).await;
    assert_eq!((asked.generation, asked.types), (generation, HEARD.iter().map(|&t| t.to_owned()).collect()));
    assert!(here.restored.is_so());
}

async fn forget(here: &Listening, statement: &'static str) {
    let write = move |tx: &mut Tx<'_>| {
        diesel::sql_query(statement).execute(tx.connection())?;
        Ok::<_, WriteError<Infallible>>(())
    };
    here.store.write(write).await.unwrap();
}
