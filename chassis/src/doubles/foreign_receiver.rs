//! A subscriber that is none of ours: it knows only `POST` of `{type, data}`, answers `{}`, and keeps what came.
#![expect(clippy::expect_used, reason = "a double: where it cannot go on, the test has failed")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use contract::Envelope;
use http::{HeaderMap, StatusCode};
use tokio::sync::watch;
use warp::Filter as _;

use super::PATIENCE;
use crate::body;
use crate::problem::Problem;
use crate::route::{self, Answer, Head, Response, Routes};
use crate::serve::{Lifetime, Server, bind};

/// One push as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// The events in it: one, or those of a batch.
    pub events: Vec<Envelope>,
    /// What it was answered with.
    pub status: u16,
}

/// A foreign receiver. It is up for as long as this is kept.
#[derive(Debug)]
pub struct ForeignReceiver {
    addr: SocketAddr,
    state: Arc<State>,
    lifetime: Lifetime,
}

#[derive(Debug)]
struct State {
    inner: Mutex<Inner>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Inner {
    received: Vec<Received>,
    status: StatusCode,
    retry_after: Option<u32>,
    by_subject: BTreeMap<String, StatusCode>,
    hangs: bool,
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
}

impl ForeignReceiver {
    /// A receiver on a free port, that takes everything.
    pub async fn start() -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// A receiver at this address.
    pub async fn start_at(addr: SocketAddr) -> Self {
        let listener = bind(addr, "--addr").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound address");
        let inner = Inner {
            received: Vec::new(),
            status: StatusCode::OK,
            retry_after: None,
            by_subject: BTreeMap::new(),
            hangs: false,
        };
        let state = Arc::new(State { inner: Mutex::new(inner), changed: watch::Sender::new(()) });
        let (routes, lifetime) = (routes(&state), Lifetime::new());
        let serving = lifetime.clone();
        tokio::spawn(async move { Server::new("foreign-receiver").run(listener, routes, &serving).await });
        Self { addr, state, lifetime }
    }

    /// Where it is.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL to subscribe.
    pub fn url(&self) -> String {
        format!("http://{}/events", self.addr)
    }

    /// Answers everything with this status from now on.
    pub fn answer_with(&self, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.state.change(|inner| (inner.status, inner.retry_after) = (status, None));
    }

    /// Answers everything with this status and `Retry-After` in seconds from now on.
    pub fn ask_to_wait(&self, status: u16, seconds: u32) {
        self.answer_with(status);
        self.state.change(|inner| inner.retry_after = Some(seconds));
    }

    /// Answers pushes with an event of this subject with this status from now on.
    pub fn answer_subject_with(&self, subject: &str, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.state.change(|inner| inner.by_subject.insert(subject.to_owned(), status));
    }

    /// Answers nothing any more.
    pub fn hang(&self) {
        self.state.change(|inner| inner.hangs = true);
    }

    /// Takes everything again; what hung goes on.
    pub fn recover(&self) {
        self.state.change(|inner| {
            (inner.status, inner.retry_after, inner.hangs) = (StatusCode::OK, None, false);
            inner.by_subject.clear();
        });
    }

    /// Every push that was answered, in order.
    pub fn received(&self) -> Vec<Received> {
        self.state.inner().received.clone()
    }

    /// Every event that was taken (answered 2xx), in order.
    pub fn taken(&self) -> Vec<Envelope> {
        taken(&self.state.inner().received)
    }

    /// What was taken, once it is at least so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Envelope> {
        let enough = |inner: &Inner| {
            let taken = taken(&inner.received);
            (taken.len() >= count).then_some(taken)
        };
        self.wait(enough).await
    }

    /// Every push, once they are as wanted.
    pub async fn wait_until(&self, wanted: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        self.wait(|inner| wanted(&inner.received).then(|| inner.received.clone())).await
    }

    async fn wait<T>(&self, found: impl Fn(&Inner) -> Option<T>) -> T {
        let mut changed = self.state.changed.subscribe();
        let wait = async {
            loop {
                if let Some(found) = found(&self.state.inner()) {
                    return found;
                }
                changed.changed().await.expect("a receiver");
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("waited in vain; it received {:#?}", self.state.inner().received))
    }
}

impl Drop for ForeignReceiver {
    fn drop(&mut self) {
        self.lifetime.stop.cancel();
    }
}

fn taken(received: &[Received]) -> Vec<Envelope> {
    let good = received.iter().filter(|push| (200..300).contains(&push.status));
    good.flat_map(|push| push.events.iter().cloned()).collect()
}

fn routes(state: &Arc<State>) -> Routes {
    let receive = warp::path!("events")
        .and(warp::post())
        .and(route::with(state))
        .and(route::head())
        .and(body::raw(64 << 20))
        .then(receive)
        .map(route::answer);
    route::finish(receive.boxed())
}

async fn receive(state: Arc<State>, head: Head, body: Result<Bytes, Problem>) -> Answer {
    let body = body?;
    let unreadable = |error: serde_json::Error| Problem::bad_request(error.to_string());
    let events: Vec<Envelope> = if body.first() == Some(&b'[') {
        serde_json::from_slice(&body).map_err(unreadable)?
    } else {
        vec![serde_json::from_slice(&body).map_err(unreadable)?]
    };
    let mut changed = state.changed.subscribe();
    while state.inner().hangs {
        if changed.changed().await.is_err() {
            break;
        }
    }
    Ok(state.change(|inner| {
        let mut subjects = events.iter().filter_map(|event| event.subject.as_deref());
        let status = subjects.find_map(|subject| inner.by_subject.get(subject)).copied();
        let status = status.unwrap_or(inner.status);
        let response = answer(status, inner.retry_after);
        inner.received.push(Received { headers: head.headers, body, events, status: status.as_u16() });
        response
    }))
}

fn answer(status: StatusCode, retry_after: Option<u32>) -> Response {
    let mut response = route::bytes_response(status, "application/json", "{}");
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    }
    response
}
