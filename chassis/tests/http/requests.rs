//! What the request layer finds out: who calls, in which trace, for which host; and what is too much of a header.

use chassis::serve::Server;
use serde_json::Value;

use crate::{JsonValue, Running, within};

async fn echo(running: &Running, headers: &[(&str, &str)]) -> Value {
    let mut request = reqwest::Client::new().get(running.url("/echo"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    within(request.send()).await.unwrap().json_value().await
}

#[tokio::test]
async fn a_forwarded_address_counts_only_behind_a_trusted_proxy() {
    let alone = Running::start().await;
    assert_eq!(echo(&alone, &[("x-forwarded-for", "1.2.3.4")]).await["peer"], "127.0.0.1");
    let behind =
        Running::with(Server { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()].into(), ..Server::new("things") })
            .await;
    assert_eq!(echo(&behind, &[("x-forwarded-for", "6.6.6.6, 1.2.3.4")]).await["peer"], "1.2.3.4");
    assert_eq!(echo(&behind, &[]).await["peer"], "127.0.0.1");
}

#[tokio::test]
async fn a_trace_goes_on_or_begins() {
    let running = Running::start().await;
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let said = echo(&running, &[("traceparent", given)]).await["traceparent"].as_str().unwrap().to_owned();
    assert_eq!(said[..36], given[..36], "the same trace");
    assert_ne!(said, given, "one span further");
    assert!(said.ends_with("-01"));
    let begun = echo(&running, &[("traceparent", "nonsense")]).await["traceparent"].as_str().unwrap().to_owned();
    assert_ne!(begun[..36], given[..36]);
}

#[tokio::test]
async fn the_host_is_there_in_http_2_too() {
    let running = Running::start().await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let response = within(client.get(running.url("/echo")).send()).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert_eq!(response.json_value().await["host"], running.address.to_string());
    let full = running.raw("GET http://other.example/echo HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(full.body.contains("\"host\":\"other.example\""), "{full:?}");
}

#[tokio::test]
async fn a_flood_of_headers_is_a_431() {
    let running = Running::start().await;
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: y\r\n")).collect::<Vec<_>>().concat();
    let send = async |headers: String| running.raw(format!("GET /echo HTTP/1.1\r\nhost: x\r\n{headers}\r\n")).await;
    assert_eq!(send(many(50)).await.status, 200);
    let refused = send(many(100)).await;
    assert_eq!(refused.problem()["type"], "/problems/headers-too-large");
    assert_eq!(refused.status, 431);
    let large = send(format!("x-large: {}\r\n", "y".repeat(40 * 1024))).await;
    assert_eq!(large.status, 431);
    large.problem();
    // Beyond what the parser takes in there is no request to answer, only its status.
    assert_eq!(send(many(5000)).await.status, 431);
    assert_eq!(send(format!("x-large: {}\r\n", "y".repeat(1024 * 1024))).await.status, 431);
    assert_eq!(running.get("/things").await.status(), 200);
}

#[tokio::test]
async fn nonsense_on_the_wire_is_answered_or_hung_up_on() {
    let running = Running::start().await;
    assert_eq!(running.raw("nonsense\r\n\r\n").await.status, 400);
    assert_eq!(running.raw("GET / HTTP/9.9\r\n\r\n").await.status, 400);
    assert_eq!(running.raw(format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000))).await.status / 100, 4);
    assert_eq!(running.get("/things").await.status(), 200);
}
