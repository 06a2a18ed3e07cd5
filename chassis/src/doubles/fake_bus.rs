//! A bus for tests: it has the two calls that services make, keeps everything in memory, and fails on demand.
#![expect(clippy::expect_used, reason = "a double: where it cannot go on, the test has failed")]

mod log;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use contract::{Envelope, LogId, Sequence, Timestamp};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use warp::Filter as _;

use super::PATIENCE;
use crate::config::ServiceArgs;
use crate::problem::Problem;
use crate::route::{self, Answer, Head, Response, Routes};
use crate::serve::{Lifetime, Server, bind};
use crate::signature::{self, Place, SigningSecret};
use crate::{body, bus};
use log::{Inner, Mood};

/// A subscription as it was put.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Registration {
    /// Where to push to.
    pub url: String,
    /// The types that are wanted.
    #[serde(default)]
    pub types: Vec<String>,
    /// Where it starts.
    #[serde(default)]
    pub from: Option<String>,
    /// The most events in one push.
    #[serde(default)]
    pub batch: Option<u32>,
    /// What pushes are signed with.
    #[serde(default)]
    pub secret: Option<String>,
    /// The subscriber's generation.
    #[serde(default)]
    pub generation: Option<String>,
}

/// What a subscriber said of one event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Outcome {
    /// Applied, or ignored.
    Done,
    /// Never to be applied.
    Refused {
        /// Why.
        reason: String,
    },
    /// Not now.
    Again {
        /// Why.
        reason: String,
    },
}

/// How a push is signed.
#[derive(Debug, Clone)]
pub enum Signing {
    /// With the secret that the subscriber gave.
    Right,
    /// With another secret.
    Wrong,
    /// With the right secret, but over another body.
    Forged,
    /// Long ago.
    Stale,
    /// Rightly, but without the signature of the headers that say where it stands.
    Unplaced,
    /// Rightly, but sent with other such headers than were signed.
    Moved,
    /// Not at all.
    None,
}

impl Signing {
    /// Every way that a receiver must not believe.
    pub const BAD: [Self; 6] = [Self::None, Self::Wrong, Self::Forged, Self::Stale, Self::Unplaced, Self::Moved];
}

/// A bus that does as it is told. It is up for as long as this is kept.
#[derive(Debug)]
pub struct FakeBus {
    addr: SocketAddr,
    state: Arc<State>,
    lifetime: Lifetime,
    http: reqwest::Client,
}

#[derive(Debug)]
struct State {
    inner: Mutex<Inner>,
    changed: watch::Sender<()>,
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let result = change(&mut self.inner());
        self.changed.send_replace(());
        result
    }

    /// Waits while the bus hangs; an answer if it fails.
    async fn mood(&self) -> Option<Response> {
        let mut changed = self.changed.subscribe();
        loop {
            let mood = self.inner().mood;
            match mood {
                Mood::Well => return None,
                Mood::Fails(status) => {
                    return Some(Problem::new(status, "told-to", "Told to fail", "The bus was told to.").to_response());
                }
                Mood::Hangs => changed.changed().await.ok()?,
            }
        }
    }
}

impl FakeBus {
    /// A bus on a free port.
    pub async fn start() -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// A bus at this address, with an empty log.
    pub async fn start_at(addr: SocketAddr) -> Self {
        let listener = bind(addr, "--bus-addr").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound address");
        let state = Arc::new(State { inner: Mutex::default(), changed: watch::Sender::new(()) });
        let (routes, lifetime) = (routes(&state), Lifetime::new());
        let serving = lifetime.clone();
        tokio::spawn(async move { Server::new("fake-bus").run(listener, routes, &serving).await });
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("an HTTP client");
        Self { addr, state, lifetime, http }
    }

    /// Where it is, for a service's settings.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The settings of a service that speaks over it and keeps its database in `folder`.
    pub fn args(&self, folder: &Path) -> ServiceArgs {
        ServiceArgs { data_dir: folder.to_owned(), bus_url: self.url(), ..ServiceArgs::default() }
    }

    /// Answers every call with this status from now on.
    pub fn fail_with(&self, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.state.change(|inner| inner.mood = Mood::Fails(status));
    }

    /// Answers nothing any more.
    pub fn hang(&self) {
        self.state.change(|inner| inner.mood = Mood::Hangs);
    }

    /// Is well again; what hung goes on.
    pub fn recover(&self) {
        self.state.change(|inner| inner.mood = Mood::Well);
    }

    /// Refuses every event of this subject with 422 from now on.
    pub fn refuse(&self, subject: &str) {
        self.state.change(|inner| inner.refused.insert(subject.to_owned()));
    }

    /// Takes the events of this subject again.
    pub fn accept(&self, subject: &str) {
        self.state.change(|inner| inner.refused.remove(subject));
    }

    /// Loses its log and begins another one.
    pub fn new_log(&self) -> LogId {
        self.state.change(Inner::new_log)
    }

    /// Has an older copy of its log, under the same id: these many events of it.
    pub fn lose_all_but(&self, count: usize) {
        self.state.change(|inner| inner.lose_all_but(count));
    }

    /// Says from now on that every subscription stands at the log's beginning, and lags by all that is in it.
    pub fn lag_behind(&self) {
        self.state.change(|inner| inner.lags = true);
    }

    /// The id of its log.
    pub fn log(&self) -> LogId {
        self.state.inner().log
    }

    /// Every event in its log, in order.
    pub fn events(&self) -> Vec<Envelope> {
        self.state.inner().events.clone()
    }

    /// The log's events once there are at least so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Envelope> {
        self.wait_until(|events| events.len() >= count).await
    }

    /// The log's events once they are as wanted.
    pub async fn wait_until(&self, wanted: impl Fn(&[Envelope]) -> bool) -> Vec<Envelope> {
        self.wait(|inner| wanted(&inner.events).then(|| inner.events.clone())).await
    }

    /// The subscription of this name, once it was put.
    pub async fn subscription(&self, name: &str) -> Registration {
        self.wait(|inner| inner.subscriptions.get(name).cloned()).await
    }

    /// The subscription of this name, once it is as wanted.
    pub async fn subscription_when(&self, name: &str, wanted: impl Fn(&Registration) -> bool) -> Registration {
        self.wait(|inner| inner.subscriptions.get(name).filter(|found| wanted(found)).cloned()).await
    }

    /// The subscription of this name, once it pushes to what is at this URL.
    pub async fn wait_for_url(&self, name: &str, url: &str) -> Registration {
        self.subscription_when(name, |found| found.url.starts_with(url)).await
    }

    async fn wait<T>(&self, found: impl Fn(&Inner) -> Option<T>) -> T {
        let mut changed = self.state.changed.subscribe();
        let wait = async {
            loop {
                if let Some(found) = found(&self.state.inner()) {
                    return found;
                }
                changed.changed().await.expect("a bus");
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("waited in vain; the log has {:#?}", self.state.inner().events))
    }

    /// Puts an event into the log as if somebody had; gives it with its sequence.
    pub fn publish(&self, event: Envelope) -> Envelope {
        self.state.change(|inner| inner.publish(event))
    }

    /// Pushes events to the only subscriber, signed, as one batch. What has no sequence yet is published first.
    pub async fn deliver(&self, events: &[Envelope]) -> Vec<Outcome> {
        let name = self.wait(|inner| inner.subscriptions.keys().next().cloned()).await;
        self.deliver_to(&name, events).await
    }

    /// Pushes events to the subscriber of this name.
    pub async fn deliver_to(&self, name: &str, events: &[Envelope]) -> Vec<Outcome> {
        let (status, body) = self.push(name, events, &Signing::Right).await;
        assert_eq!(status, 200, "the push was answered {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error} in {body}"))
    }

    /// Pushes events to a subscriber, signed in whatever way; gives status and body of the answer.
    pub async fn push(&self, name: &str, events: &[Envelope], signing: &Signing) -> (u16, String) {
        let registration = self.subscription(name).await;
        let events: Vec<Envelope> = events
            .iter()
            .map(|event| if event.sequence.is_some() { event.clone() } else { self.publish(event.clone()) })
            .collect();
        let (log, head) = self.state.change(|inner| (inner.log, inner.head()));
        let upto = events.last().and_then(|event| event.sequence).unwrap_or(head);
        let body = serde_json::to_vec(&events).expect("events are JSON");
        let (log, head, upto) = (log.to_string(), head.to_string(), upto.to_string());
        let sent_upto =
            if matches!(signing, Signing::Moved) { Sequence::new(1_000_000).to_string() } else { upto.clone() };
        let mut request = self
            .http
            .post(&registration.url)
            .header("content-type", "application/cloudevents-batch+json")
            .header(bus::LOG, &log)
            .header(bus::HEAD, &head)
            .header(bus::UPTO, sent_upto)
            .header(bus::SUBSCRIPTION, name);
        if let Some(Signed { id, time, signature, secret }) =
            sign(signing, &registration, &format!("{log}:{upto}"), &body)
        {
            let place = Place { log: &log, head: &head, upto: &upto, subscription: name };
            if !matches!(signing, Signing::Unplaced) {
                request = request.header(signature::PLACE, secret.sign_place(&place, &signature));
            }
            request = request
                .header(signature::ID, id)
                .header(signature::TIMESTAMP, time)
                .header(signature::SIGNATURE, signature);
        }
        let response = request.body(body).send().await.expect("an answer to the push");
        let status = response.status().as_u16();
        (status, response.text().await.expect("the whole answer"))
    }
}

/// What an event says.
#[track_caller]
pub fn data(event: &Envelope) -> Value {
    let data = event.data.as_ref().unwrap_or_else(|| panic!("no data in {event:?}"));
    serde_json::from_str(data.get()).expect("data is JSON")
}

impl Drop for FakeBus {
    fn drop(&mut self) {
        self.lifetime.stop.cancel();
    }
}

/// The three headers of Standard Webhooks, and what they were made with.
struct Signed {
    id: String,
    time: i64,
    signature: String,
    secret: SigningSecret,
}

fn sign(signing: &Signing, to: &Registration, id: &str, body: &[u8]) -> Option<Signed> {
    let right = || SigningSecret::parse(to.secret.as_deref().expect("a secret")).expect("a secret");
    let now = Timestamp::now().millis() / 1000;
    let (secret, time, body) = match signing {
        Signing::Right | Signing::Unplaced | Signing::Moved => (right(), now, body),
        Signing::Wrong => (SigningSecret::random(), now, body),
        Signing::Forged => (right(), now, b"[]".as_slice()),
        Signing::Stale => (right(), now - signature::TOLERANCE - 60, body),
        Signing::None => return None,
    };
    Some(Signed { id: id.to_owned(), time, signature: secret.sign(id, time, body), secret })
}

fn routes(state: &Arc<State>) -> Routes {
    let append = warp::path!("events").and(warp::post()).and(route::with(state)).and(body::raw(64 << 20)).then(append);
    let subscribe = warp::path!("subscriptions" / String)
        .and(warp::put())
        .and(route::with(state))
        .and(body::json(1 << 16))
        .then(subscribe);
    let read = warp::path!("events").and(warp::get()).and(route::with(state)).and(route::head()).then(read);
    let look = warp::path!("subscriptions" / String).and(warp::get()).and(route::with(state)).then(look);
    let none = warp::path!("subscriptions" / String / "parked").and(warp::get()).map(|_| Ok(no_parked()));
    let state = Arc::clone(state);
    // As the real one, it names its log on every answer.
    let named = append.or(subscribe).unify().or(read).unify().or(look).unify().or(none).unify().map(move |answer| {
        let mut response = route::answer(answer);
        if let Ok(log) = HeaderValue::try_from(state.inner().log.to_string()) {
            response.headers_mut().insert(bus::LOG, log);
        }
        response
    });
    route::finish(named.boxed())
}

async fn append(state: Arc<State>, body: Result<Bytes, Problem>) -> Answer {
    let body = body?;
    if let Some(failure) = state.mood().await {
        return Ok(failure);
    }
    let many = body.first() == Some(&b'[');
    let items: Vec<&serde_json::value::RawValue> = if many {
        serde_json::from_slice(&body).map_err(|error| Problem::bad_request(error.to_string()))?
    } else {
        vec![serde_json::from_slice(&body).map_err(|error| Problem::bad_request(error.to_string()))?]
    };
    let results: Vec<_> = state.change(|inner| items.iter().map(|item| inner.append(item.get().as_bytes())).collect());
    let status = if results.iter().all(Result::is_ok) { StatusCode::CREATED } else { StatusCode::MULTI_STATUS };
    let mut answers: Vec<_> = results.into_iter().map(|result| result.unwrap_or_else(|refused| refused)).collect();
    Ok(match answers.pop() {
        Some(only) if !many => route::json_response(status, &only),
        last => {
            answers.extend(last);
            route::json_response(status, &answers)
        }
    })
}

async fn read(state: Arc<State>, head: Head) -> Answer {
    if let Some(failure) = state.mood().await {
        return Ok(failure);
    }
    let number = |name: &str| head.parameter(name).and_then(|text| text.parse().ok());
    let (after, limit) = (number("after").unwrap_or(0), number("limit").unwrap_or(usize::MAX));
    let types = head.parameter("type");
    let events = state.inner().events.clone();
    if after > events.len() {
        return Err(Problem::new(StatusCode::CONFLICT, "beyond-the-log", "Beyond the log", "It ends before."));
    }
    let wanted =
        |event: &&Envelope| types.as_ref().is_none_or(|types| types.split(',').any(|t| t == &*event.type_name));
    let bodies: Vec<_> = events.iter().skip(after).filter(wanted).take(limit).map(Envelope::to_json).collect();
    Ok(route::bytes_response(StatusCode::OK, "application/json", [b"[", &*bodies.join(&b','), b"]"].concat()))
}

async fn look(name: String, state: Arc<State>) -> Answer {
    if let Some(failure) = state.mood().await {
        return Ok(failure);
    }
    let found = state.inner().show(&name);
    found.map(|shown| route::json_response(StatusCode::OK, &shown)).ok_or_else(|| Problem::not_found("No such one."))
}

fn no_parked() -> Response {
    route::json_response(StatusCode::OK, &json!([]))
}

async fn subscribe(name: String, state: Arc<State>, body: Result<Registration, Problem>) -> Answer {
    let registration = body?;
    if let Some(failure) = state.mood().await {
        return Ok(failure);
    }
    let shown = state.change(|inner| {
        inner.subscriptions.insert(name.clone(), registration);
        inner.show(&name)
    });
    Ok(route::json_response(StatusCode::OK, &shown))
}
