//! The accept loop: who is let in, who is let go, and how it ends.

use std::time::Duration;

use chassis::serve::{Drained, ServeLimits, Server, bind, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{RawAnswer, Running, within};

async fn limited(limits: ServeLimits) -> Running {
    Running::with(Server { limits, ..Server::new("things") }).await
}

/// Reads to the end; what came before does not matter, nor whether it ended by a reset.
async fn closed(mut socket: TcpStream) {
    let mut rest = Vec::new();
    drop(within(socket.read_to_end(&mut rest)).await);
}

#[tokio::test]
async fn whoever_says_nothing_or_not_enough_is_hung_up_on() {
    let (header_timeout, keep_alive) = (Duration::from_millis(100), Duration::from_millis(100));
    let running = limited(ServeLimits { header_timeout, keep_alive, ..ServeLimits::default() }).await;
    for start in
        ["", "P", "PRI * HTTP/2.0\r\n", "GET /things HTTP/1.1\r\nhost:", "GET /things HTTP/1.1\r\nhost: x\r\n\r\n"]
    {
        let mut socket = TcpStream::connect(running.address).await.unwrap();
        socket.write_all(start.as_bytes()).await.unwrap();
        closed(socket).await;
    }
}

#[tokio::test]
async fn a_long_request_is_not_cut_by_the_header_timeout() {
    let running = limited(ServeLimits { header_timeout: Duration::from_millis(50), ..ServeLimits::default() }).await;
    let url = running.url("/slow");
    let slow = tokio::spawn(async move { reqwest::get(url).await.unwrap().status() });
    // Several timeouts long, by another connection that runs into its own.
    for _ in 0..3 {
        closed(TcpStream::connect(running.address).await.unwrap()).await;
    }
    running.lifetime.stop.cancel();
    assert_eq!(within(slow).await.unwrap(), 200);
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_the_next_is_served_again() {
    let running = limited(ServeLimits { max_connections: 1, ..ServeLimits::default() }).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    first.write_all(b"GET /things HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(RawAnswer::read(&mut first).await.status, 200);
    let refused = running.raw("GET /things HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("retry-after: 1"), "{refused:?}");
    refused.problem();
    drop(first);
    within(async {
        while running.raw("GET /things HTTP/1.1\r\nhost: x\r\n\r\n").await.status != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn open_requests_finish_and_idle_connections_close_at_once() {
    let running = Running::start().await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(b"GET /things HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(RawAnswer::read(&mut idle).await.status, 200);
    let silent = TcpStream::connect(running.address).await.unwrap();
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    // Two in one connection: when the first is answered, the second is being handled.
    slow.write_all(b"GET /things HTTP/1.1\r\nhost: x\r\n\r\nGET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(RawAnswer::read(&mut slow).await.status, 200);
    running.lifetime.stop.cancel();
    let mut rest = String::new();
    within(slow.read_to_string(&mut rest)).await.unwrap();
    assert!(rest.ends_with("\"finished\""), "{rest}");
    closed(idle).await;
    closed(silent).await;
    let address = running.address;
    assert_eq!(running.stop().await, Drained { cut: 0 });
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_stuck_request_is_cut_when_the_time_is_up() {
    let running = limited(ServeLimits { drain: Duration::from_millis(100), ..ServeLimits::default() }).await;
    let mut stuck = TcpStream::connect(running.address).await.unwrap();
    stuck.write_all(b"GET /things HTTP/1.1\r\nhost: x\r\n\r\nGET /stuck HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(RawAnswer::read(&mut stuck).await.status, 200);
    let drained = running.stop().await;
    assert_eq!(drained, Drained { cut: 1 });
    assert_eq!(drained.to_string(), "the time to drain was up: 1 connection was cut");
    closed(stuck).await;
}

#[tokio::test]
async fn http_2_ends_in_order_too() {
    let running = Running::start().await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    assert_eq!(client.get(running.url("/things")).send().await.unwrap().status(), 200);
    let slow = tokio::spawn(client.get(running.url("/slow")).send());
    // Answered on the same connection, after /slow was sent on it.
    assert_eq!(client.get(running.url("/things")).send().await.unwrap().status(), 200);
    running.lifetime.stop.cancel();
    assert_eq!(within(slow).await.unwrap().unwrap().status(), 200);
    assert_eq!(running.stop().await.cut, 0);
}

#[tokio::test]
async fn a_taken_port_names_itself_and_the_setting() {
    let first = bind("127.0.0.1:0".parse().unwrap(), "--posts-addr").await.unwrap();
    let address = first.local_addr().unwrap();
    let error = bind(address, "--posts-addr").await.unwrap_err();
    assert!(error.is_taken());
    let port = address.port();
    assert_eq!(
        error.to_string(),
        format!("port {port} is taken: stop the other program or set --posts-addr / FOLKMOOT_POSTS_ADDR")
    );
    let elsewhere = bind("192.0.2.1:4000".parse().unwrap(), "posts-addr").await.unwrap_err();
    assert!(elsewhere.to_string().contains("--posts-addr / FOLKMOOT_POSTS_ADDR"), "{elsewhere}");
}

#[tokio::test]
async fn routes_alone_can_be_served_too() {
    let lifetime = chassis::serve::Lifetime::new();
    let listener = bind("127.0.0.1:0".parse().unwrap(), "addr").await.unwrap();
    let url = format!("http://{}/things", listener.local_addr().unwrap());
    let routes = chassis::route::finish(crate::routes(&lifetime));
    let served = tokio::spawn({
        let lifetime = lifetime.clone();
        async move { serve(listener, routes, &lifetime, ServeLimits::default()).await }
    });
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    assert!(lifetime.end(crate::DEADLINE).await);
    assert_eq!(within(served).await.unwrap().cut, 0);
}
