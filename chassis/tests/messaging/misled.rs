//! The first connections to the bus end up at another server, which answers wrongly and keeps them open: what is to be
//! published and received gets through on new ones, and meanwhile it is visible whose answers these are.

use std::convert::Infallible;
use std::time::Duration;

use chassis::bus::{BusClient, BusError};
use chassis::doubles::{FakeBus, Misled, PATIENCE, Running, Wrong};
use chassis::follow::{self, Step};
use chassis::hearing::Hearing;
use chassis::messaging::{Ears, Messaging};
use chassis::ops::Readiness;
use chassis::receiver::{Heard, ReactError, Reactor};
use chassis::relay;
use chassis::restore::Restored;
use chassis::serve::Lifetime;
use chassis::service::{Service, StartError};
use chassis::store::{Tx, WriteError};
use chassis::telemetry;
use contract::{PostCreated, PostModerated};
use diesel::RunQueryDsl as _;

use super::{open, told, write_and_say};

struct Deaf;

impl Reactor for Deaf {
    type Plan = ();

    async fn plan(&self, _: &Heard) -> Result<(), ReactError> {
        Ok(())
    }

    fn apply(&self, _: &mut Tx<'_>, _: &Heard, (): ()) -> Result<(), ReactError> {
        Ok(())
    }
}

/// The first connections of one client: relay and registration share them.
const WRONGLY: usize = 4;

fn authority(url: &str) -> &str {
    url.strip_prefix("http://").unwrap()
}

#[tokio::test]
async fn what_a_wrong_server_answers_ends_the_use_of_its_connection() {
    telemetry::prometheus();
    for wrong in Wrong::ALL {
        let (folder, bus) = (tempfile::tempdir().unwrap(), FakeBus::start().await);
        let misled = Misled::start(authority(&bus.url()), wrong, WRONGLY).await;
        let store = open(folder.path());
        let restored = Restored::of(&store).await.unwrap();
        let mut args = bus.args(folder.path());
        args.bus_url = misled.url();
        let kept = store.clone();
        let _service = Running::start(async |addr, lifetime| {
            let messaging = Messaging::open(&kept, &args).await?;
            let ears = Ears {
                url: format!("http://{addr}/events"),
                heard: &[PostModerated::TYPE],
                said: &[PostCreated::TYPE],
            };
            messaging.start(ears, &restored, async { Ok(()) }, &lifetime);
            let (ready, routes) = (messaging.ready().clone(), messaging.routes(Deaf));
            Ok::<_, StartError>(Service { name: "notes", routes, ready, openapi: "{}".to_owned(), lifetime })
        })
        .await;
        write_and_say(&store, "published").await.unwrap();
        assert_eq!(told(&bus.wait_for(1).await), ["published"], "{wrong:?}");
        bus.subscription("notes").await;
        assert!(misled.answered_wrongly() > 0, "{wrong:?}");
    }
    let metrics = telemetry::prometheus().render();
    let counted = |call: &str| {
        let name = format!("bus_foreign_answers_total{{call=\"{call}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&name)?.parse::<u64>().ok()).unwrap_or(0)
    };
    assert!(counted("append") + counted("subscribe") + counted("read") > 0, "{metrics}");
}

#[tokio::test]
async fn a_wrong_server_is_named() {
    let misled = Misled::start("127.0.0.1:1", Wrong::NotFound, 1).await;
    let bus = BusClient::new(&misled.url(), None).unwrap();
    let error = bus.append(std::iter::once(b"{}".as_slice())).await.unwrap_err();
    let BusError::Foreign(foreign) = &error else { panic!("{error:?}") };
    assert_eq!((foreign.address, foreign.status), (Some(misled.addr()), 404));
    let shown = error.to_string();
    let expected = format!("{} answered 404 as server \"stranger/1.0\": \"no such page\"", misled.addr());
    assert!(shown.contains(&expected), "{shown}");
}

#[tokio::test]
async fn a_stream_from_a_wrong_server_is_no_word_about_the_log() {
    for wrong in Wrong::ALL {
        let misled = Misled::start("127.0.0.1:1", wrong, usize::MAX).await;
        let lifetime = Lifetime::new();
        let bus = BusClient::new(&misled.url(), None).unwrap();
        let mut following = follow::follow(&bus, None, &lifetime);
        for _ in 0..3 {
            let step = following.steps.recv().await.unwrap();
            let Step::Away { why } = step else { panic!("{wrong:?}: {step:?}") };
            let named = why.contains(&misled.addr().to_string()) && why.contains("stranger/1.0");
            assert!(named || wrong == Wrong::Garbage, "{why}");
        }
        assert!(misled.answered_wrongly() >= 3, "a new connection each time");
        lifetime.stop.cancel();
    }
}

#[tokio::test]
async fn a_socket_that_never_names_a_log_is_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
                // It answers pings, and says nothing of its own.
                while futures_util::StreamExt::next(&mut socket).await.is_some() {}
            });
        }
    });
    let lifetime = Lifetime::new();
    let mut following = follow::follow(&BusClient::new(&url, None).unwrap(), None, &lifetime);
    let step = following.steps.recv().await.unwrap();
    assert!(matches!(&step, Step::Away { why } if why.contains("did not name a log")), "{step:?}");
    server.abort();
}

#[tokio::test]
async fn an_outbox_that_is_not_taken_is_shown_once_it_is_old() {
    let (folder, ready) = (tempfile::tempdir().unwrap(), Readiness::new(&[]));
    let (store, bus) = (open(folder.path()), FakeBus::start().await);
    write_and_say(&store, "waits").await.unwrap();
    bus.fail_with(503);
    let lifetime = Lifetime::new();
    let client = BusClient::new(&bus.url(), None).unwrap();
    relay::start(store.clone(), client, Hearing::default(), ready.clone(), &lifetime);
    let age = move |tx: &mut Tx<'_>| {
        diesel::sql_query("UPDATE outbox SET said_at = said_at - 61000").execute(tx.connection())?;
        Ok::<_, WriteError<Infallible>>(())
    };
    assert!(ready.notices().is_empty(), "it is young");
    store.write(age).await.unwrap();
    until(|| ready.notices().get("outbox").is_some_and(|text| text.contains("the bus answered 503"))).await;
    assert!(ready.is_ready());
    bus.recover();
    until(|| ready.notices().is_empty()).await;
}

async fn until(found: impl Fn() -> bool) {
    let wait = async {
        while !found() {
            tokio::time::sleep(Duration::from_millis(10)).await; // why: the pause between two looks
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it in time");
}

#[tokio::test]
async fn what_waits_for_long_is_shown_beside_readiness_and_does_not_take_it_back() {
    let ready = Readiness::new(&[]);
    ready.notice("outbox", Some("Events have been waiting.".to_owned()));
    let kept = ready.clone();
    let service = Running::start(async |_, lifetime| {
        let routes = chassis::route::other_methods("GET");
        let routes = warp::Filter::boxed(warp::Filter::and(warp::path!("nothing"), routes));
        Ok::<_, StartError>(Service { name: "notes", routes, ready: kept, openapi: "{}".to_owned(), lifetime })
    })
    .await;
    let answer = service.get("/readyz").send().await.expect(200).json();
    assert_eq!(answer["notices"]["outbox"], "Events have been waiting.");
    ready.notice("outbox", None);
    assert!(service.get("/readyz").send().await.expect(200).json()["notices"].is_null());
}
