//! The HTTP side of the chassis through real sockets: what a caller sees, also one that does it all wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a test fails by panicking")]

mod bodies;
mod browsers;
mod failures;
mod operations;
mod patience;
mod requests;
mod routing;
mod serving;
mod streaming;
mod wild;

use std::net::SocketAddr;
use std::time::Duration;

use chassis::body;
use chassis::labels::Labels;
use chassis::ops::Readiness;
use chassis::problem::Problem;
use chassis::route::{self, Answer, Head, Response, Routes, answer, get, head, json_response, other_methods, with};
use chassis::serve::{Drained, Lifetime, Server, bind};
use chassis::service::Service;
use chassis::{stream, trace};
use futures_util::StreamExt;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use uuid::Uuid;
use warp::Filter;

/// What bodies may have here.
pub const LIMIT: usize = 64 * 1024;
/// Nothing in these tests takes longer unless it hangs.
pub const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Debug, Serialize, Deserialize)]
pub struct Thing {
    name: String,
    #[serde(default)]
    sizes: Vec<u32>,
}

/// A service on a port of its own.
pub struct Running {
    pub address: SocketAddr,
    pub lifetime: Lifetime,
    pub ready: Readiness,
    task: JoinHandle<Drained>,
}

impl Running {
    pub async fn start() -> Self {
        Self::with(Server::new("things")).await
    }

    pub async fn with(server: Server) -> Self {
        let lifetime = Lifetime::new();
        let ready = Readiness::new(&["bus", "store"]);
        let service = Service {
            name: server.service,
            routes: routes(&lifetime),
            ready: ready.clone(),
            openapi: json!({ "openapi": "3.1.0", "info": { "title": "things", "version": "1" } }).to_string(),
            lifetime: lifetime.clone(),
        };
        let labels = Labels::default().and(["/things", "/things/{id}"]);
        let server = Server { labels, ..server };
        let listener = bind("127.0.0.1:0".parse().unwrap(), "--things-addr").await.unwrap();
        let address = listener.local_addr().unwrap();
        let until = lifetime.clone();
        let task = tokio::spawn(async move { server.run(listener, service.filter(), &until).await });
        Self { address, lifetime, ready, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        within(reqwest::get(self.url(path))).await.unwrap()
    }

    pub async fn post_json(&self, path: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
        let request = reqwest::Client::new().post(self.url(path)).header("content-type", "application/json");
        within(request.body(body).send()).await.unwrap()
    }

    /// Sends bytes as they are and reads until the server closes or the answer is whole.
    pub async fn raw(&self, request: impl AsRef<[u8]>) -> RawAnswer {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        // The server may answer and close before it has read everything.
        drop(within(socket.write_all(request.as_ref())).await);
        RawAnswer::read(&mut socket).await
    }

    pub async fn stop(self) -> Drained {
        self.lifetime.stop.cancel();
        within(self.task).await.unwrap()
    }
}

/// An answer as it stood on the wire.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl RawAnswer {
    pub async fn read(socket: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            if let Some(whole) = Self::parse(&bytes) {
                return whole;
            }
            let count = within(socket.read(&mut chunk)).await.unwrap();
            assert!(count > 0, "closed without an answer: {:?}", String::from_utf8_lossy(&bytes));
            bytes.extend_from_slice(&chunk[..count]);
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        (body.len() >= length).then(|| Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: body[..length].to_owned(),
            head,
        })
    }

    /// The body as the problem that it must be.
    pub fn problem(&self) -> Value {
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status);
        problem
    }
}

/// The status and the problem of an answer that must be one.
pub async fn problem(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json_value().await;
    assert_eq!(problem["status"], status);
    assert!(problem["type"].as_str().unwrap().starts_with("/problems/"));
    for field in ["title", "detail"] {
        assert!(!problem[field].as_str().unwrap().is_empty(), "{problem}");
    }
    (status, problem)
}

/// reqwest without its JSON feature.
pub trait JsonValue {
    fn json_value(self) -> impl Future<Output = Value>;
}

impl JsonValue for reqwest::Response {
    async fn json_value(self) -> Value {
        serde_json::from_slice(&within(self.bytes()).await.unwrap()).unwrap()
    }
}

pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.expect("it hangs")
}

fn routes(lifetime: &Lifetime) -> Routes {
    let things = warp::path!("things");
    let one = warp::path!("things" / Uuid);
    let list = things.and(get()).and(head()).then(list).map(answer);
    let create = things.and(warp::post()).and(body::json::<Thing>(LIMIT as u64)).then(create).map(answer);
    let read = one.and(get()).then(read).map(answer);
    let raw = warp::path!("raw").and(warp::post()).and(body::raw(LIMIT as u64)).then(count).map(answer);
    let echo = warp::path!("echo").and(get()).and(head()).then(echo);
    list.or(create)
        .unify()
        .or(things.and(other_methods("GET, HEAD, POST, OPTIONS")))
        .unify()
        .or(read)
        .unify()
        .or(one.and(other_methods("GET, HEAD, OPTIONS")).map(|_, response| response))
        .unify()
        .or(raw)
        .unify()
        .or(echo)
        .unify()
        .or(patience::routes())
        .unify()
        .or(failing())
        .unify()
        .or(streaming_routes(lifetime))
        .unify()
        .boxed()
}

#[derive(Deserialize)]
struct Filtering {
    #[serde(default)]
    size: Option<u32>,
}

async fn list(head: Head) -> Answer {
    let Filtering { size } = head.query()?;
    Ok(json_response(StatusCode::OK, &json!([{ "name": "one", "size": size }])))
}

async fn create(thing: Result<Thing, Problem>) -> Answer {
    Ok(json_response(StatusCode::CREATED, &thing?))
}

async fn read(id: Uuid) -> Answer {
    if id.is_nil() {
        return Err(Problem::not_found("There is no such thing."));
    }
    Ok(json_response(StatusCode::OK, &json!({ "id": id })))
}

async fn count(body: Result<bytes::Bytes, Problem>) -> Answer {
    Ok(json_response(StatusCode::OK, &body?.len()))
}

async fn echo(head: Head) -> Response {
    let said = json!({
        "peer": head.peer,
        "host": head.header("host"),
        "query": head.query,
        "traceparent": trace::current_traceparent(),
    });
    json_response(StatusCode::OK, &said)
}

fn failing() -> Routes {
    let panics = warp::path!("panics").and(get()).map(|| -> Response { panic!("a bug") });
    let panics_later = warp::path!("panics" / "later").and(get()).then(|| async {
        tokio::task::yield_now().await;
        panic!("a later bug")
    });
    let fails = warp::path!("fails").and(get()).map(|| Problem::internal().because("the disk is full").into());
    panics.or(panics_later).unify().or(fails).unify().boxed()
}

fn streaming_routes(lifetime: &Lifetime) -> Routes {
    let lines = warp::path!("lines").and(get()).and(with(lifetime)).map(|lifetime: Lifetime| {
        let first = futures_util::stream::iter(["{\"n\":1}\n", "{\"n\":2}\n"]).map(bytes::Bytes::from);
        stream::streamed(stream::NDJSON, &lifetime, first.chain(futures_util::stream::pending()))
    });
    let finite = warp::path!("finite").and(get()).and(with(lifetime)).map(|lifetime: Lifetime| {
        let all = futures_util::stream::iter(["{\"n\":1}\n", "{\"n\":2}\n"]).map(bytes::Bytes::from);
        stream::streamed(stream::NDJSON, &lifetime, all)
    });
    let events = warp::path!("events").and(get()).and(with(lifetime)).map(|lifetime: Lifetime| {
        let first = futures_util::stream::iter([stream::sse_event(Some("1"), None, "{}")]);
        stream::sse(&lifetime, first.chain(futures_util::stream::pending()))
    });
    let socket = warp::path!("socket")
        .and(warp::ws())
        .and(with(lifetime))
        .map(|ws: warp::ws::Ws, lifetime: Lifetime| stream::websocket(ws, &lifetime, streaming::echo_until_stopped));
    let stuck = warp::path!("stuck").and(get()).then(|| async {
        std::future::pending::<()>().await;
        route::empty_response(StatusCode::OK)
    });
    let slow = warp::path!("slow").and(get()).and(with(lifetime)).then(|lifetime: Lifetime| async move {
        lifetime.stop.cancelled().await;
        json_response(StatusCode::OK, &"finished")
    });
    lines.or(finite).unify().or(events).unify().or(socket).unify().or(stuck).unify().or(slow).unify().boxed()
}
