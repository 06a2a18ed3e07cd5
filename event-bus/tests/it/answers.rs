//! Every way in which a receiver may fail to answer: no event is lost by it, and no other receiver waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use chassis::doubles::{Misled, Wrong};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::bus::soon;
use crate::push::{append, bus_with, caught_up, check_order, quick_bus, subscribe, until};
use crate::receiver::{Receiver, sequence};

/// What a failing receiver does with the connection after its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Keeps,
    Closes,
    /// Says nothing more, and reads nothing more.
    Hangs,
}
use Then::{Closes, Hangs, Keeps};

/// How a receiver fails. In an answer, `LIST` stands for a result `done` for each event, and `HALF` for its first half.
type Way = (&'static str, String, Then);

fn status(line: &'static str) -> Way {
    (line, format!("HTTP/1.1 {line}\r\ncontent-length: 2\r\n\r\nno"), Keeps)
}

/// A 200 with this body and its length.
fn ok(name: &'static str, body: &str) -> Way {
    (name, format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()), Keeps)
}

/// Ways that are no answer to an event alone either.
fn failures() -> Vec<Way> {
    let raw = |name, text: &str, then| (name, text.to_owned(), then);
    let mut ways: Vec<Way> = [
        "300 Multiple Choices",
        "301 Moved",
        "302 Found",
        "304 Not Modified",
        "307 Temporary Redirect",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "405 Method Not Allowed",
        "408 Request Timeout",
        "409 Conflict",
        "415 Unsupported Media Type",
        "418 I'm a teapot",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "501 Not Implemented",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
        "507 Insufficient Storage",
        "599 Odd",
    ]
    .map(status)
    .into();
    ways.extend([
        raw("nothing, and closed", "", Closes),
        raw("nothing", "", Hangs),
        raw("half a status line", "HTTP/1.1 20", Closes),
        raw("half a status line and silence", "HTTP/1.1 20", Hangs),
        raw("half of the headers", "HTTP/1.1 200 OK\r\ncontent-le", Closes),
        raw("no HTTP", "\u{1}what is not HTTP\r\n\r\n", Keeps),
        raw("another version", "HTTP/7.3 200 OK\r\n\r\n", Keeps),
        raw("only an interim answer", "HTTP/1.1 102 Processing\r\n\r\n", Hangs),
    ]);
    ways
}

/// Ways to answer a batch without saying what became of its events.
fn no_results() -> Vec<Way> {
    let long = "x".repeat(5 << 20);
    let raw = |name, text: &str, then| (name, text.to_owned(), then);
    vec![
        ok("an empty body", ""),
        ok("an object", "{}"),
        ok("an empty list", "[]"),
        ok("null", "null"),
        ok("a page", "<html><h1>Welcome to nginx!</h1></html>"),
        ok("one result for all", r#"{"status":"done"}"#),
        ok("unknown words", r#"["done","done","done","done"]"#),
        ok("one too few", r#"[{"status":"done"},{"status":"done"},{"status":"done"}]"#),
        ok("an unknown status", r#"[{"status":"done"},{"status":"done"},{"status":"done"},{"status":"well"}]"#),
        raw("more than is read", &format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{long}", long.len()), Keeps),
        raw(
            "more than is read, in chunks",
            &format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n500000\r\n{long}"),
            Hangs,
        ),
        raw("204", "HTTP/1.1 204 No Content\r\n\r\n", Keeps),
        raw("a cut list", "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nLIST", Closes),
        raw("a list that does not end", "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nLIST", Hangs),
        raw("half a list to the end of the connection", "HTTP/1.0 200 OK\r\n\r\nHALF", Closes),
        raw(
            "a list in a chunk that is cut",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfff\r\nLIST",
            Closes,
        ),
        raw("a list without its last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[]", Closes),
        raw(
            "a chunk of no length",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nLIST\r\n0\r\n\r\n",
            Keeps,
        ),
        raw("only headers", "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", Hangs),
    ]
}

/// Ways to refuse; a batch that is refused as a whole is taken apart.
fn refusals() -> Vec<Way> {
    ["400 Bad Request", "413 Content Too Large", "422 Unprocessable Content"].map(status).into()
}

#[derive(Debug)]
struct State {
    way: Option<Way>,
    /// Requests that came, well or not.
    requests: usize,
    /// Events that were answered as done, in order.
    taken: Vec<(String, u64)>,
}

/// A receiver that fails in one way, until it is healed.
struct Failing {
    name: String,
    addr: SocketAddr,
    batch: u32,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<()>,
}

impl Failing {
    async fn start(name: String, way: Way, batch: u32) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { way: Some(way), requests: 0, taken: Vec::new() }));
        let changed = watch::Sender::new(());
        let (shared, bell) = (Arc::clone(&state), changed.clone());
        // Ends with the test's runtime.
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&shared), bell.clone()));
            }
        });
        Self { name, addr, batch, state, changed }
    }

    fn wish(&self) -> Value {
        json!({"url": format!("http://{}/events", self.addr), "from": "start", "batch": self.batch})
    }

    fn heal(&self) {
        self.state.lock().unwrap().way = None;
        self.changed.send_replace(());
    }

    async fn until(&self, what: &str, wanted: impl Fn(&State) -> bool) {
        let mut changed = self.changed.subscribe();
        let wait = async {
            while !wanted(&self.state.lock().unwrap()) {
                changed.changed().await.unwrap();
            }
        };
        let found = tokio::time::timeout(chassis::doubles::PATIENCE, wait).await;
        assert!(found.is_ok(), "{}: {what}: {:?}", self.name, self.state.lock().unwrap());
    }
}

async fn serve(mut socket: TcpStream, state: Arc<Mutex<State>>, changed: watch::Sender<()>) {
    let mut input = BytesMut::new();
    loop {
        let Some(body) = next_request(&mut socket, &mut input).await else { return };
        let parsed: Value = serde_json::from_slice(&body).unwrap();
        let (events, batch) = match parsed {
            Value::Array(events) => (events, true),
            event => (vec![event], false),
        };
        let results = json!(vec![json!({"status": "done"}); events.len()]).to_string();
        let way = {
            let mut state = state.lock().unwrap();
            state.requests += 1;
            if state.way.is_none() {
                let event = |event: &Value| (event["subject"].as_str().unwrap().to_owned(), sequence(event));
                state.taken.extend(events.iter().map(event));
            }
            state.way.clone()
        };
        changed.send_replace(());
        let (answer, then) = match way {
            Some((_, answer, then)) => {
                let answer = answer.replace("LIST", &results).replace("HALF", &results[..results.len() / 2]);
                (answer, then)
            }
            None => (ok("", if batch { &results } else { "{}" }).1, Keeps),
        };
        if socket.write_all(answer.as_bytes()).await.is_err() || then == Closes {
            return;
        }
        if then == Hangs {
            std::future::pending::<()>().await;
        }
    }
}

/// The body of the next request; none if the connection is closed.
async fn next_request(socket: &mut TcpStream, input: &mut BytesMut) -> Option<BytesMut> {
    loop {
        if let Some(head) = input.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&input[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            let end = head + 4 + length.unwrap_or(0);
            if input.len() >= end {
                return Some(input.split_to(end).split_off(head + 4));
            }
        }
        if !matches!(socket.read_buf(input).await, Ok(1..)) {
            return None;
        }
    }
}

#[tokio::test]
async fn no_way_to_fail_loses_an_event_or_holds_up_another_receiver() {
    let bus = bus_with(|push| push.timeout = Duration::from_secs(2)).await;
    append(&bus, "ABCDABCDABCD").await;
    let mut failing = Vec::new();
    for (batch, ways) in [(4, failures()), (1, failures()), (4, no_results()), (4, refusals()), (1, refusals())] {
        for way in ways {
            let name = format!("failing-{}", failing.len());
            failing.push(Failing::start(format!("{name}, {batch} at a time: {}", way.0), way, batch).await);
            let wish = failing.last().unwrap().wish();
            bus.caller().put(&format!("/subscriptions/{name}"), &wish).send().await.expect(201);
        }
    }
    assert!(failing.len() >= 40, "{}", failing.len());
    for one in &failing {
        one.until("the first push", |state| state.requests > 0).await;
    }

    // All of them are failing now.
    let good = Receiver::start().await;
    subscribe(&bus, &good, json!({"batch": 4})).await;
    append(&bus, "ABCD").await;
    good.took(1..=16).await;
    assert!(failing.iter().all(|one| one.state.lock().unwrap().taken.is_empty()));

    for (number, one) in failing.iter().enumerate() {
        one.heal();
        bus.caller().put(&format!("/subscriptions/failing-{number}"), &one.wish()).send().await.expect(200);
        let call = format!("/subscriptions/failing-{number}/parked/redeliver");
        let all: BTreeSet<u64> = (1..=16).collect();
        let everything = |state: &State| all == state.taken.iter().map(|(_, n)| *n).collect();
        // What was refused a moment before it was healed may be parked a moment later.
        let redelivering = async {
            loop {
                bus.caller().post(&call, &json!({})).send().await.expect(202);
                tokio::time::sleep(Duration::from_millis(50)).await; // why: between two calls, until all has come
            }
        };
        tokio::select! {
            () = one.until("all events", everything) => {}
            () = redelivering => {}
        }
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        let state = one.state.lock().unwrap();
        let mut seen = BTreeSet::new();
        for (subject, number) in state.taken.iter().filter(|(_, number)| seen.insert(*number)) {
            assert!(last.insert(subject, *number).is_none_or(|before| before < *number), "{}: {state:?}", one.name);
        }
    }
}

/// More refusals than fit into an answer of a megabyte, each with a long reason: all are parked, none counts as done.
#[tokio::test]
async fn many_refusals_with_long_reasons_are_read_to_their_end() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    receiver.be(|manner| (manner.refuses_all, manner.reason) = (true, "no, never: ".repeat(150)));
    let events: Vec<Value> = (0..800).map(|n| json!({"type": "T", "subject": format!("s{n}"), "data": n})).collect();
    bus.append(&json!(events)).await.expect(201);
    subscribe(&bus, &receiver, json!({"batch": 800})).await;
    until(&bus, "all are parked", |status| status["parked"] == 800 && caught_up(status)).await;
    let shown = bus.get("/subscriptions/test/parked").await.expect(200).json();
    let longest = shown.as_array().unwrap().iter().map(|one| one["error"].as_str().unwrap().chars().count()).max();
    assert_eq!(longest, Some(300));
    receiver.be(|manner| manner.refuses_all = false);
    bus.caller().post("/subscriptions/test/parked/redeliver", &json!({})).send().await.expect(202);
    receiver.took(1..=800).await;
    check_order(&receiver.pushed(), 800);
}

/// The name leads to another server at first, which keeps the connection open.
#[tokio::test]
async fn a_push_that_ended_up_at_another_server_leaves_it() {
    for (batch, wrong) in Wrong::ALL.into_iter().flat_map(|wrong| [(1, wrong), (4, wrong)]) {
        if (batch, wrong) == (1, Wrong::Page) {
            // To an event alone, any 200 says that it was taken.
            continue;
        }
        let (bus, receiver) = (quick_bus().await, Receiver::start().await);
        let right = receiver.url();
        let right = right.trim_start_matches("http://").trim_end_matches("/events");
        let misled = Misled::start(right, wrong, 1).await;
        append(&bus, "ABCABC").await;
        let wish = json!({"url": format!("{}/events", misled.url()), "from": "start", "batch": batch});
        bus.caller().put("/subscriptions/test", &wish).send().await.expect(201);
        receiver.took(1..=6).await;
        assert_eq!(misled.answered_wrongly(), 1, "{wrong:?}, {batch} at a time");
        check_order(&receiver.pushed(), 6);
    }
}

#[tokio::test]
async fn an_answer_of_another_server_is_named_and_counted() {
    let (bus, receiver) = (quick_bus().await, Receiver::start().await);
    let misled = Misled::start(receiver.url().trim_start_matches("http://"), Wrong::Page, usize::MAX).await;
    append(&bus, "A").await;
    let wish = json!({"url": format!("{}/events", misled.url()), "from": "start", "batch": 2});
    bus.caller().put("/subscriptions/another-server", &wish).send().await.expect(201);
    soon("it is named", async {
        loop {
            let status = bus.get("/subscriptions/another-server").await.expect(200).json();
            let metrics = bus.get("/metrics").await.expect(200).text();
            let named = status["lastError"].as_str().is_some_and(|error| {
                error.contains(&misled.addr().to_string())
                    && error.contains("answered 200")
                    && error.contains("stranger/1.0")
            });
            let counted = "push_unexpected_answers_total{subscription=\"another-server\"} ";
            if named && metrics.contains(counted) && !metrics.contains(&format!("{counted}0\n")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await; // why: between two looks at a condition with a deadline
        }
    })
    .await;
}
