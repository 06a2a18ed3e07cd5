//! A new database is filled by replay, up to a goal that stays where it was, and once only.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chassis::config::ServiceArgs;
use chassis::doubles::{FakeBus, Outcome, PATIENCE, Running};
use chassis::messaging::{Ears, Messaging};
use chassis::receiver::{Heard, ReactError, Reactor};
use chassis::restore::Restored;
use chassis::service::{Service, StartError};
use chassis::store::{Store, StoreError, Tx};
use contract::{Envelope, Event, Parsed, PostCreated, PostId, PostModerated};

use super::{note, open, said, texts};

pub(super) const HEARD: &[&str] = &[PostModerated::TYPE];
pub(super) const SAID: &[&str] = &[PostCreated::TYPE];

/// Notes the title of every post, which its own service has said.
struct Noter;

impl Reactor for Noter {
    type Plan = Option<String>;

    async fn plan(&self, heard: &Heard) -> Result<Self::Plan, ReactError> {
        Ok(match &heard.event {
            Parsed::Known(Event::PostCreated(post)) => Some(post.title.clone()),
            _ => None,
        })
    }

    fn apply(&self, tx: &mut Tx<'_>, _: &Heard, plan: Self::Plan) -> Result<(), ReactError> {
        plan.map_or(Ok(()), |title| Ok(note(tx, &title)?))
    }
}

/// The service, on a database of its own.
pub(super) struct Listening {
    pub(super) service: Running,
    pub(super) store: Store,
    pub(super) restored: Restored,
    /// Whether it made up for what it owed.
    settled: Arc<AtomicBool>,
}

impl Listening {
    /// On this folder, with the bus of these settings. Settling fails if `settles` is false.
    pub(super) async fn start(folder: &Path, args: &ServiceArgs, settles: bool) -> Self {
        let store = open(folder);
        let restored = Restored::of(&store).await.unwrap();
        let settled = Arc::new(AtomicBool::new(false));
        let (bell, kept, latch) = (Arc::clone(&settled), store.clone(), restored.clone());
        let settle = async move {
            bell.store(settles, Ordering::SeqCst);
            if settles { Ok(()) } else { Err(StoreError::Database("told to fail".to_owned())) }
        };
        let service = Running::start(async |addr, lifetime| {
            let messaging = Messaging::open(&kept, args).await?;
            let ears = Ears { url: format!("http://{addr}/events"), heard: HEARD, said: SAID };
            messaging.start(ears, &latch, settle, &lifetime);
            let routes = messaging.routes(Noter);
            let (ready, openapi) = (messaging.ready().clone(), "{}".to_owned());
            Ok::<_, StartError>(Service { name: "notes", routes, ready, openapi, lifetime })
        })
        .await;
        Self { service, store, restored, settled }
    }

    pub(super) async fn restored(&self) {
        tokio::time::timeout(PATIENCE, self.restored.wait()).await.expect("everything to be back");
    }

    pub(super) async fn texts(&self) -> Vec<String> {
        self.store.read(texts).await.unwrap()
    }

    /// Stops it, so that its database can be opened again.
    pub(super) async fn stop(self) {
        self.service.stop().await;
    }
}

/// A bus that has events of this service, and says that every subscription stands at the beginning.
async fn bus_with(texts: &[&str]) -> (FakeBus, Vec<Envelope>) {
    let bus = FakeBus::start().await;
    bus.lag_behind();
    let events = texts.iter().map(|text| bus.publish(said(PostId::new(), text))).collect();
    (bus, events)
}

async fn hears_others_only(bus: &FakeBus) {
    bus.subscription_when("notes", |asked| asked.types == HEARD).await;
}

#[tokio::test]
async fn a_new_database_hears_its_own_events_up_to_a_goal_that_does_not_move() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, events) = bus_with(&["one", "two"]).await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    let asked = bus.subscription("notes").await;
    assert_eq!(asked.types, ["PostModerated", "PostCreated"]);
    // The board is busy: there is always something that has not been heard.
    assert_eq!(bus.deliver(&events[..1]).await, [Outcome::Done]);
    bus.publish(said(PostId::new(), "three"));
    assert!(!here.restored.is_so());
    assert_eq!(bus.deliver(&events[1..]).await, [Outcome::Done]);
    bus.publish(said(PostId::new(), "four"));
    here.restored().await;
    hears_others_only(&bus).await;
    assert!(here.settled.load(Ordering::SeqCst), "before it hears others only, it has settled");
    assert_eq!(here.texts().await, ["one", "two"]);
}

#[tokio::test]
async fn a_database_that_was_restored_is_not_restored_again() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, events) = bus_with(&["one"]).await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    bus.subscription("notes").await;
    bus.deliver(&events).await;
    hears_others_only(&bus).await;
    here.stop().await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    assert!(here.restored.is_so());
    let asked = bus.wait_for_url("notes", &here.service.url()).await;
    assert_eq!(asked.types, HEARD);
    assert!(!here.settled.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_copy_whose_generation_was_taken_out_is_filled_like_a_new_database() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, events) = bus_with(&["one"]).await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    bus.subscription("notes").await;
    bus.deliver(&events).await;
    hears_others_only(&bus).await;
    let take_out = |tx: &mut Tx<'_>| Ok(chassis::meta::forget(tx.connection(), &["generation"])?);
    here.store.write::<_, std::convert::Infallible, _>(take_out).await.unwrap();
    here.stop().await;
    // Also when it was stopped while it was filled.
    for _ in 0..2 {
        let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
        bus.wait_for_url("notes", &here.service.url()).await;
        assert!(!here.restored.is_so());
        here.stop().await;
    }
}

#[tokio::test]
async fn what_could_not_be_settled_is_settled_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, events) = bus_with(&["one"]).await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), false).await;
    bus.subscription("notes").await;
    bus.deliver(&events).await;
    here.restored().await;
    here.stop().await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    assert!(!here.restored.is_so());
    bus.wait_for_url("notes", &here.service.url()).await;
    bus.deliver(&events).await;
    here.restored().await;
    hears_others_only(&bus).await;
    assert!(here.settled.load(Ordering::SeqCst));
    assert_eq!(here.texts().await, ["one"], "what was heard before is not heard again");
}

#[tokio::test]
async fn a_bus_that_comes_late_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let bus = FakeBus::start().await;
    bus.fail_with(503);
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    super::write_and_say(&here.store, "early").await.unwrap();
    assert!(!here.restored.is_so());
    bus.recover();
    here.restored().await;
    hears_others_only(&bus).await;
    assert_eq!(super::told(&bus.wait_for(1).await), ["early"]);
}

#[tokio::test]
async fn another_log_is_another_goal() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, events) = bus_with(&["one", "two", "three"]).await;
    let here = Listening::start(folder.path(), &bus.args(folder.path()), true).await;
    bus.subscription("notes").await;
    bus.deliver(&events[..1]).await;
    bus.new_log();
    let only = bus.publish(said(PostId::new(), "only"));
    bus.deliver(&[only]).await;
    here.restored().await;
    assert_eq!(here.texts().await, ["one", "only"]);
}
