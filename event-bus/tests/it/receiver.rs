//! A receiver that answers as it is told, event by event, and remembers every push. It can be switched off and on
//! again under the same address.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chassis::body;
use chassis::doubles::PATIENCE;
use chassis::problem::Problem;
use chassis::route::{self, Head, Response};
use chassis::serve::{Lifetime, Server, bind};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;
use warp::Filter as _;

/// One push as it came.
#[derive(Debug, Clone)]
pub struct Pushed {
    pub headers: HeaderMap,
    pub body: Bytes,
    pub events: Vec<Value>,
    pub batch: bool,
    pub at: Instant,
    /// What was taken of it.
    pub taken: Vec<u64>,
}

impl Pushed {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }
}

/// How it answers.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Answers everything with this status.
    pub status: Option<u16>,
    pub retry_after: Option<&'static str>,
    /// Answers pushes with an event of these subjects with 422; with results where it gives them.
    pub refuses: BTreeSet<String>,
    /// Answers pushes with an event of these subjects with 500.
    pub crashes_on: BTreeSet<String>,
    /// Refuses every event of a batch.
    pub refuses_all: bool,
    /// What it says to a refusal in a batch; `poison` if empty.
    pub reason: String,
    /// Takes events of these subjects and makes no use of them.
    pub ignores: BTreeSet<String>,
    /// Says `again` to these subjects, where it gives results.
    pub puts_off: BTreeSet<String>,
    /// Refuses in a batch event by event; else the batch as a whole.
    pub results: bool,
    /// Answers nothing.
    pub hangs: bool,
    /// Answers 413 to more events than these.
    pub most: Option<usize>,
    /// Takes this long.
    pub slow: Duration,
}

pub struct Receiver {
    addr: SocketAddr,
    state: Arc<State>,
    lifetime: Lifetime,
}

struct State {
    manner: Mutex<Manner>,
    pushed: Mutex<Vec<Pushed>>,
    changed: watch::Sender<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let state = State {
            manner: Mutex::new(Manner { results: true, ..Manner::default() }),
            pushed: Mutex::default(),
            changed: watch::Sender::new(()),
        };
        Self::serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Arc::new(state)).await
    }

    /// An address at which nobody is.
    pub async fn nobody() -> Self {
        let mut receiver = Self::start().await;
        receiver.switch_off().await;
        receiver
    }

    async fn serve(addr: SocketAddr, state: Arc<State>) -> Self {
        let listener = bind(addr, "--addr").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let lifetime = Lifetime::new();
        let routes = warp::path!("events")
            .and(warp::post())
            .and(route::with(&state))
            .and(route::head())
            .and(body::raw(64 << 20))
            .then(receive)
            .boxed();
        let serving = lifetime.clone();
        lifetime.spawn(async move { Server::new("receiver").run(listener, route::finish(routes), &serving).await });
        Self { addr, state, lifetime }
    }

    pub async fn switch_off(&mut self) {
        self.state.changed.send_replace(());
        assert!(self.lifetime.end(PATIENCE).await);
    }

    pub async fn switch_on(&mut self) {
        *self = Self::serve(self.addr, Arc::clone(&self.state)).await;
    }

    pub fn url(&self) -> String {
        format!("http://{}/events", self.addr)
    }

    /// Behaves differently from now on; what hangs goes on.
    pub fn be(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.state.manner.lock().unwrap());
        self.state.changed.send_replace(());
    }

    pub fn pushed(&self) -> Vec<Pushed> {
        self.state.pushed.lock().unwrap().clone()
    }

    /// The sequences that were taken, in order, again and again if they came again.
    pub fn taken(&self) -> Vec<u64> {
        self.pushed().iter().flat_map(|push| push.taken.clone()).collect()
    }

    /// Waits until what was pushed is as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&[Pushed]) -> bool) -> Vec<Pushed> {
        let mut changed = self.state.changed.subscribe();
        let wait = async {
            // Looked at in place: a copy for each push would cost more than the pushes.
            while !wanted(&self.state.pushed.lock().unwrap()) {
                changed.changed().await.unwrap();
            }
            self.pushed()
        };
        let found = tokio::time::timeout(PATIENCE, wait).await;
        found.unwrap_or_else(|_| {
            panic!("{what}: did not come; taken {:?} in {} pushes", self.taken(), self.pushed().len())
        })
    }

    /// What was taken, once all of these were.
    pub async fn took(&self, all: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let all: BTreeSet<u64> = all.into_iter().collect();
        let missing = RefCell::new(all.clone());
        let looked_at = Cell::new(0);
        let wanted = |pushed: &[Pushed]| {
            let mut missing = missing.borrow_mut();
            for sequence in pushed[looked_at.replace(pushed.len())..].iter().flat_map(|push| &push.taken) {
                missing.remove(sequence);
            }
            missing.is_empty()
        };
        self.until(&format!("{all:?}"), wanted).await;
        self.taken()
    }

    /// What was taken, once it is so much, counting what came again.
    pub async fn took_in_all(&self, count: usize) -> Vec<u64> {
        let taken = |pushed: &[Pushed]| pushed.iter().map(|push| push.taken.len()).sum::<usize>();
        self.until(&format!("{count} events"), |pushed| taken(pushed) >= count).await;
        self.taken()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.lifetime.stop.cancel();
    }
}

async fn receive(state: Arc<State>, head: Head, body: Result<Bytes, Problem>) -> Response {
    let Ok(body) = body else { return route::empty_response(StatusCode::BAD_REQUEST) };
    let parsed: Value = serde_json::from_slice(&body).unwrap();
    let (events, batch) = match parsed {
        Value::Array(events) => (events, true),
        event => (vec![event], false),
    };
    let mut changed = state.changed.subscribe();
    let manner = || state.manner.lock().unwrap().clone();
    let mut hung = false;
    while manner().hangs {
        hung = true;
        changed.changed().await.unwrap();
    }
    tokio::time::sleep(manner().slow).await; // why: it is slow on purpose
    let manner = manner();
    let has =
        |subjects: &BTreeSet<String>, event: &Value| event["subject"].as_str().is_some_and(|s| subjects.contains(s));
    let mut taken = Vec::new();
    let mut response = if hung {
        // Whoever asked has given up long ago.
        route::empty_response(StatusCode::INTERNAL_SERVER_ERROR)
    } else if let Some(status) = manner.status {
        route::empty_response(StatusCode::from_u16(status).unwrap())
    } else if manner.most.is_some_and(|most| events.len() > most) {
        route::empty_response(StatusCode::PAYLOAD_TOO_LARGE)
    } else if events.iter().any(|event| has(&manner.crashes_on, event)) {
        route::empty_response(StatusCode::INTERNAL_SERVER_ERROR)
    } else if manner.results && batch {
        let results: Vec<Value> = events
            .iter()
            .map(|event| {
                if manner.refuses_all || has(&manner.refuses, event) {
                    let reason = if manner.reason.is_empty() { "poison" } else { &manner.reason };
                    return json!({"status": "refused", "reason": reason});
                }
                if has(&manner.puts_off, event) {
                    return json!({"status": "again", "reason": "later"});
                }
                taken.push(sequence(event));
                if has(&manner.ignores, event) {
                    return json!({"status": "done", "ignored": "it is odd"});
                }
                json!({"status": "done"})
            })
            .collect();
        route::json_response(StatusCode::OK, &results)
    } else if events.iter().any(|event| has(&manner.refuses, event)) {
        route::json_response(StatusCode::UNPROCESSABLE_ENTITY, &json!({"detail": "poison"}))
    } else {
        taken.extend(events.iter().map(sequence));
        let results = vec![json!({"status": "done"}); events.len()];
        route::json_response(StatusCode::OK, &if batch { json!(results) } else { json!({}) })
    };
    if let Some(retry_after) = manner.retry_after {
        response.headers_mut().insert("retry-after", retry_after.parse().unwrap());
    }
    let push = Pushed { headers: head.headers, body, events, batch, at: Instant::now(), taken };
    state.pushed.lock().unwrap().push(push);
    state.changed.send_replace(());
    response
}

pub fn sequence(event: &Value) -> u64 {
    event["sequence"].as_str().unwrap().parse().unwrap()
}
