//! Callers who do not read, do not ask, or are not asked for what they want to send.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chassis::body;
use chassis::problem::Problem;
use chassis::route::{Response, Routes, answer, bytes_response, get};
use chassis::serve::{ServeLimits, Server};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use warp::Filter;

use crate::{LIMIT, RawAnswer, Running, within};

/// More than all buffers between here and there.
const LARGE: usize = 32 * 1024 * 1024;
/// Large answers that are in memory.
static IN_MEMORY: AtomicUsize = AtomicUsize::new(0);

struct Large(Vec<u8>);

impl AsRef<[u8]> for Large {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        IN_MEMORY.fetch_sub(1, Ordering::SeqCst);
    }
}

pub fn routes() -> Routes {
    let large = warp::path!("large").and(get()).map(|| {
        IN_MEMORY.fetch_add(1, Ordering::SeqCst);
        bytes_response(StatusCode::OK, "text/plain", Bytes::from_owner(Large(vec![b'x'; LARGE])))
    });
    let refuse = |_: &_| Err(Problem::unauthorized("Nobody may."));
    let guarded = warp::path!("guarded").and(warp::post()).and(body::raw_if(LIMIT as u64, refuse)).map(
        |body: Result<Bytes, Problem>| -> Response {
            answer(body.map(|body| bytes_response(StatusCode::OK, "text/plain", body)))
        },
    );
    large.or(guarded).unify().boxed()
}

async fn limited(name: &'static str, limits: ServeLimits) -> Running {
    Running::with(Server { limits, ..Server::new(name) }).await
}

fn impatient() -> ServeLimits {
    ServeLimits { stall_timeout: Duration::from_millis(300), ..ServeLimits::default() }
}

async fn until(so: impl Fn() -> bool) {
    within(async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(20)).await; // why: a pause between two looks
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_not_read_is_not_kept() {
    let running = limited("unread", impatient()).await;
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    socket.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    until(|| IN_MEMORY.load(Ordering::SeqCst) == 1).await;
    until(|| IN_MEMORY.load(Ordering::SeqCst) == 0).await;
    let mut rest = Vec::new();
    drop(within(socket.read_to_end(&mut rest)).await);
    assert!(rest.len() < LARGE, "the connection has ended");
}

#[tokio::test]
async fn an_http_2_stream_without_a_window_is_not_kept_either() {
    let running = limited("unread2", impatient()).await;
    for window in [0, 1, 20_000] {
        let builder = reqwest::Client::builder().http2_prior_knowledge();
        let client = builder.http2_initial_stream_window_size(window).build().unwrap();
        let response = within(client.get(running.url("/large")).send()).await.unwrap();
        assert_eq!(response.status(), 200);
        until(|| IN_MEMORY.load(Ordering::SeqCst) == 0).await;
    }
}

#[tokio::test]
async fn who_reads_gets_all_of_it() {
    let running = limited("read", ServeLimits::default()).await;
    let whole = within(running.get("/large").await.bytes()).await.unwrap();
    assert_eq!(whole.len(), LARGE);
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let response = within(client.get(running.url("/large")).send()).await.unwrap();
    assert_eq!(within(response.bytes()).await.unwrap().len(), LARGE);
}

#[tokio::test]
async fn a_connection_stays_longer_between_requests_than_a_header_may_take() {
    let header_timeout = Duration::from_millis(100);
    let running = limited("kept", ServeLimits { header_timeout, ..ServeLimits::default() }).await;
    let ask = async |socket: &mut TcpStream| {
        socket.write_all(b"GET /things HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        RawAnswer::read(socket).await.status
    };
    let mut kept = TcpStream::connect(running.address).await.unwrap();
    assert_eq!(ask(&mut kept).await, 200);
    // Several such times long, by connections that run into it.
    for _ in 0..5 {
        let mut silent = TcpStream::connect(running.address).await.unwrap();
        drop(within(silent.read_to_end(&mut Vec::new())).await);
    }
    assert_eq!(ask(&mut kept).await, 200);
    // But a header that has begun must be whole in time.
    kept.write_all(b"GET /things HTTP/1.1\r\n").await.unwrap();
    drop(within(kept.read_to_end(&mut Vec::new())).await);
}

#[tokio::test]
async fn a_connection_without_requests_is_let_go_whether_it_pings_or_not() {
    let limits = ServeLimits { keep_alive: Duration::from_millis(200), ..ServeLimits::default() };
    let running = limited("idle", limits).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(b"GET /things HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(RawAnswer::read(&mut idle).await.status, 200);
    let mut rest = Vec::new();
    within(idle.read_to_end(&mut rest)).await.unwrap();

    let builder = reqwest::Client::builder().http2_prior_knowledge();
    let builder = builder.http2_keep_alive_interval(Duration::from_millis(20)).http2_keep_alive_while_idle(true);
    let pinging = builder.build().unwrap();
    assert_eq!(within(pinging.get(running.url("/things")).send()).await.unwrap().status(), 200);
    let none = "http_connections{service=\"idle\"} 0";
    until(|| chassis::telemetry::prometheus().render().contains(none)).await;
}

#[tokio::test]
async fn who_is_refused_is_so_before_the_body_is_read() {
    let running = Running::start().await;
    let head = |more: &str| format!("POST /guarded HTTP/1.1\r\nhost: x\r\n{more}\r\n");
    for more in [
        "content-length: 60000\r\n",
        "transfer-encoding: chunked\r\n",
        "expect: 100-continue\r\ncontent-length: 60000\r\n",
    ] {
        let answer = running.raw(head(more)).await;
        assert_eq!(answer.status, 401, "{more}: {answer:?}");
        answer.problem();
    }
    // Who sends it all the same gets to read the answer.
    let body = "x".repeat(4 << 20);
    let answer = running.raw(format!("{}{body}", head(&format!("content-length: {}\r\n", body.len())))).await;
    assert_eq!(answer.status, 401);
}
