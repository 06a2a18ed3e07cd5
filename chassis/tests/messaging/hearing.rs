//! Inbox and receiver: what is delivered at least once has its effect exactly once.

use std::net::SocketAddr;

use chassis::awaited::Awaiting;
use chassis::bus::BusClient;
use chassis::doubles::{FakeBus, Outcome, Running, Signing};
use chassis::ops::Readiness;
use chassis::problem::Problem;
use chassis::receiver::{self, Heard, Hearing, ReactError, Reactor};
use chassis::route::{self, Head, Routes};
use chassis::serve::Lifetime;
use chassis::service::Service;
use chassis::store::{Store, StoreError, Tx};
use chassis::subscribe::{self, Subscription};
use chassis::{inbox, relay};
use contract::{Envelope, Event, Parsed, PostCreated, PostId};
use diesel::RunQueryDsl as _;
use http::StatusCode;
use warp::Filter;

use super::{note, open, said, texts, told};

/// Notes the title of every post, and says it again in capitals. What is called `bad` is refused, what is called `late`
/// is not taken now.
struct Noter;

impl Reactor for Noter {
    type Plan = Option<PostCreated>;

    async fn plan(&self, heard: &Heard) -> Result<Self::Plan, ReactError> {
        match &heard.event {
            Parsed::Known(Event::PostCreated(post)) if post.title == "late" => {
                Err(ReactError::Again("later".to_owned()))
            }
            Parsed::Known(Event::PostCreated(post)) => Ok(Some(post.clone())),
            _ => Ok(None),
        }
    }

    fn apply(&self, tx: &mut Tx<'_>, heard: &Heard, plan: Self::Plan) -> Result<(), ReactError> {
        let Some(post) = plan else { return Ok(()) };
        note(tx, &post.title)?;
        let echo = PostCreated { title: post.title.to_uppercase(), ..post.clone() };
        tx.say(&heard.say("/noter", &echo.into(), &post.id.to_string()))?;
        if post.title == "bad" {
            return Err(ReactError::Refused("it is bad".repeat(1000)));
        }
        Ok(())
    }
}

struct Listening {
    service: Running,
    store: Store,
    bus: FakeBus,
    _folder: tempfile::TempDir,
}

async fn listen() -> Listening {
    let folder = tempfile::tempdir().unwrap();
    let (store, bus) = (open(folder.path()), FakeBus::start().await);
    let (kept, url) = (store.clone(), bus.url());
    let service = Running::start(|addr, lifetime| start(kept, url, addr, lifetime)).await;
    Listening { service, store, bus, _folder: folder }
}

async fn start(store: Store, bus: String, addr: SocketAddr, lifetime: Lifetime) -> Result<Service, StoreError> {
    let bus = BusClient::new(&bus, None).unwrap();
    let secret = subscribe::push_secret(&store).await?;
    let hearing = Hearing::default();
    let subscription =
        Subscription { name: "notes".to_owned(), url: format!("http://{addr}/events"), types: vec![PostCreated::TYPE] };
    relay::start(store.clone(), bus.clone(), Readiness::new(&[]), &lifetime);
    subscribe::start(subscription, &store, &secret, bus, hearing.clone(), &lifetime).await?;
    let awaiting = Awaiting::new(store.clone(), Some(hearing.clone()));
    let routes = listing(&store, &awaiting).or(receiver::routes(Noter, store, secret, hearing)).unify().boxed();
    Ok(Service { name: "notes", routes, ready: Readiness::new(&[]), openapi: "{}".to_owned(), lifetime })
}

/// `GET /notes`, with `Await-Event`.
fn listing(store: &Store, awaiting: &Awaiting) -> Routes {
    let state = (store.clone(), awaiting.clone());
    let list = async |(store, awaiting): (Store, Awaiting), head: Head| {
        let read = async {
            let texts = store.read(texts).await?;
            if texts.is_empty() {
                return Err(Problem::not_found("There are no notes."));
            }
            Ok(route::json_response(StatusCode::OK, &texts))
        };
        awaiting.read(&head.headers, read).await
    };
    warp::path!("notes")
        .and(route::with(&state))
        .and(route::head())
        .then(move |state, head| async move { route::answer(list(state, head).await) })
        .boxed()
}

impl Listening {
    async fn texts(&self) -> Vec<String> {
        self.store.read(texts).await.unwrap()
    }

    fn event(&self, text: &str) -> Envelope {
        self.bus.publish(said(PostId::new(), text))
    }
}

#[tokio::test]
async fn the_same_event_again_has_no_effect_again() {
    let here = listen().await;
    let (one, two) = (here.event("one"), here.event("two"));
    for batch in [vec![one.clone()], vec![one.clone(), two.clone()], vec![two, one]] {
        let outcomes = here.bus.deliver(&batch).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done));
    }
    assert_eq!(here.texts().await, ["one", "two"]);
    assert_eq!(told(&here.bus.wait_for(4).await), ["one", "two", "ONE", "TWO"]);
    assert_eq!(here.store.read(inbox::count).await.unwrap(), 2);
}

#[tokio::test]
async fn a_full_disk_says_nothing_against_an_event() {
    let here = listen().await;
    let events: Vec<_> = (0..20).map(|_| here.event(&"x".repeat(20_000))).collect();
    let full = here.store.write::<(), std::convert::Infallible, _>(|tx| {
        // As many as there are: the connection is replaced with the first group that is lost, and there is room again.
        diesel::sql_query("PRAGMA max_page_count = 1").execute(tx.connection())?;
        Ok(())
    });
    full.await.unwrap();
    let (status, body) = here.bus.push("notes", &events, &Signing::Right).await;
    assert_eq!(status, 503, "{body}");
    assert_eq!(here.texts().await, [""; 0]);
    assert_eq!(here.bus.deliver(&events).await, vec![Outcome::Done; 20]);
}

#[tokio::test]
async fn concurrent_deliveries_of_one_batch_have_one_effect() {
    let here = listen().await;
    let events: Vec<_> = (0..20).map(|number| here.event(&number.to_string())).collect();
    let deliveries = (0..16).map(|_| here.bus.deliver(&events));
    for outcomes in futures_util::future::join_all(deliveries).await {
        assert_eq!(outcomes, vec![Outcome::Done; 20]);
    }
    assert_eq!(here.texts().await, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_refused_event_takes_back_its_own_effect_and_holds_back_its_subject() {
    let here = listen().await;
    let (good, bad) = (PostId::new(), PostId::new());
    let publish = |subject, text| here.bus.publish(said(subject, text));
    let events = [publish(good, "1"), publish(bad, "bad"), publish(bad, "2"), publish(good, "3"), publish(bad, "4")];
    let outcomes = here.bus.deliver(&events).await;
    let kinds: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Done => "done",
            Outcome::Refused { .. } => "refused",
            Outcome::Again { .. } => "again",
        })
        .collect();
    assert_eq!(kinds, ["done", "refused", "again", "done", "again"]);
    assert_eq!(here.texts().await, ["1", "3"]);
    let echoes = told(&here.bus.wait_for(7).await);
    assert_eq!(echoes[5..], ["1", "3"], "nothing is said of what was refused");
}

/// The answer to the largest batch must stay well below what the bus reads of it.
#[tokio::test]
async fn a_reason_is_answered_in_short() {
    let here = listen().await;
    let events: Vec<_> = (0..256).map(|_| here.event("bad")).collect();
    let (status, answer) = here.bus.push("notes", &events, &Signing::Right).await;
    assert_eq!(status, 200);
    assert!(answer.len() < 256 * 400, "{} bytes", answer.len());
    let outcomes: Vec<Outcome> = serde_json::from_str(&answer).unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Refused { .. })));
}

#[tokio::test]
async fn what_is_not_its_owners_or_not_readable_is_ignored_and_holds_up_nothing() {
    let here = listen().await;
    let subject = PostId::new();
    let stranger = Envelope { source: "/anonymous".into(), ..said(subject, "from somebody") };
    let mut broken = said(subject, "broken");
    broken.data = serde_json::from_str(&format!(r#"{{"id":"0000000a","title":"{}"}}"#, "x".repeat(10_000))).ok();
    let events = [stranger, broken, said(subject, "good")].map(|event| here.bus.publish(event));
    let (status, answer) = here.bus.push("notes", &events, &Signing::Right).await;
    assert_eq!(status, 200, "{answer}");
    let answer: Vec<serde_json::Value> = serde_json::from_str(&answer).unwrap();
    assert!(answer.iter().all(|result| result["status"] == "done"), "an older bus knows no other word: {answer:?}");
    assert_eq!(answer[0]["ignored"], "PostCreated comes from /posts; this one is from /anonymous");
    let why = answer[1]["ignored"].as_str().unwrap();
    assert!(why.starts_with("the data of PostCreated is not as it must be") && why.len() <= 300, "{why}");
    assert_eq!(answer[2], serde_json::json!({ "status": "done" }));
    assert_eq!(here.texts().await, ["good"]);
    let metrics = here.service.get("/metrics").send().await.expect(200).text();
    assert!(metrics.contains("inbox_ignored_total{service=\"notes\"} 2\n"), "{metrics}");
}

#[tokio::test]
async fn what_is_not_taken_now_is_taken_later() {
    let here = listen().await;
    let subject = PostId::new();
    let events = [here.bus.publish(said(subject, "late")), here.bus.publish(said(subject, "after"))];
    let outcomes = here.bus.deliver(&events).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Again { .. })), "{outcomes:?}");
    assert_eq!(here.texts().await, [""; 0]);
    assert_eq!(here.bus.deliver(&events[1..]).await, [Outcome::Done]);
    assert_eq!(here.texts().await, ["after"]);
}

#[tokio::test]
async fn the_same_place_in_another_log_is_another_event() {
    let here = listen().await;
    let first = here.event("first");
    here.bus.deliver(std::slice::from_ref(&first)).await;
    here.bus.new_log();
    let second = here.event("second");
    assert_eq!(first.sequence, second.sequence);
    assert_eq!(here.bus.deliver(&[second]).await, [Outcome::Done]);
    assert_eq!(here.texts().await, ["first", "second"]);
}

#[tokio::test]
async fn a_push_without_the_bus_signature_has_no_effect() {
    let here = listen().await;
    let event = here.event("text");
    for signing in Signing::BAD {
        let (status, body) = here.bus.push("notes", std::slice::from_ref(&event), &signing).await;
        assert_eq!(status, 401, "{signing:?}: {body}");
    }
    assert_eq!(here.texts().await, [""; 0]);
    assert_eq!(here.store.read(inbox::count).await.unwrap(), 0);
    here.bus.deliver(&[event]).await;
    assert_eq!(here.texts().await, ["text"]);
}

#[tokio::test]
async fn a_read_waits_for_the_event_that_it_names() {
    let here = listen().await;
    let event = here.event("awaited");
    let read = here.service.get("/notes").header("await-event", event.id.as_str()).send();
    let (answer, _) = futures_util::future::join(read, here.bus.deliver(std::slice::from_ref(&event))).await;
    assert_eq!(answer.header("await-event"), None);
    assert_eq!(answer.json()[0], "awaited");
}

#[tokio::test]
async fn an_answer_that_waited_in_vain_says_so_whatever_it_is() {
    let here = listen().await;
    let read = async || here.service.get("/notes").header("await-event", "made-up").send().await;
    assert_eq!(read().await.expect(404).header("await-event"), Some("timeout"));
    here.bus.deliver(&[here.event("text")]).await;
    assert_eq!(read().await.expect(200).header("await-event"), Some("timeout"));
}

#[tokio::test]
async fn a_thousand_writes_are_each_seen_by_the_read_that_follows() {
    let here = listen().await;
    let write = async |number: usize| {
        let id = super::write_and_say(&here.store, &number.to_string()).await.unwrap();
        let answer = here.service.get("/notes").header("await-event", id.as_str()).send().await;
        assert_eq!(answer.header("await-event"), None, "{number}");
        let text = number.to_string();
        assert!(answer.json().as_array().unwrap().iter().any(|seen| *seen == *text), "{number}");
    };
    for round in 0..20 {
        futures_util::future::join_all((0..50).map(|number| write(round * 50 + number))).await;
    }
}
