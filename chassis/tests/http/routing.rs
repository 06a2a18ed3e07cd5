//! Methods, paths and queries.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::{JsonValue, Running, problem, within};

#[tokio::test]
async fn another_method_is_a_405_that_says_which_there_are() {
    let running = Running::start().await;
    let client = reqwest::Client::new();
    let one = format!("/things/{}", Uuid::from_u128(1));
    for (method, path, allow) in [
        ("DELETE", "/things", "GET, HEAD, POST, OPTIONS"),
        ("POST", one.as_str(), "GET, HEAD, OPTIONS"),
        ("BREW", "/things", "GET, HEAD, POST, OPTIONS"),
        ("PUT", "/healthz", "GET, HEAD, OPTIONS"),
        ("POST", "/docs/index.html", "GET, HEAD, OPTIONS"),
    ] {
        let request = client.request(method.parse().unwrap(), running.url(path));
        let response = within(request.send()).await.unwrap();
        assert_eq!(response.headers()["allow"], allow, "{method} {path}");
        assert_eq!(problem(response).await.0, 405);
    }
}

#[tokio::test]
async fn options_says_which_methods_there_are() {
    let running = Running::start().await;
    let request = reqwest::Client::new().request(reqwest::Method::OPTIONS, running.url("/things"));
    let response = within(request.send()).await.unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers()["allow"], "GET, HEAD, POST, OPTIONS");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let running = Running::start().await;
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    socket.write_all(b"HEAD /things HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    within(socket.read_to_string(&mut text)).await.unwrap();
    let head = text.to_ascii_lowercase();
    let (head, body) = head.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let length = running.get("/things").await.content_length().unwrap();
    assert!(head.contains(&format!("content-length: {length}")), "{head}");
    assert_eq!(body, "");
}

#[tokio::test]
async fn a_trailing_slash_names_the_same_thing() {
    let running = Running::start().await;
    assert_eq!(running.get("/things/").await.status(), 200);
    assert_eq!(running.post_json("/things/", r#"{"name":"x"}"#).await.status(), 201);
    assert_eq!(running.get(&format!("/things/{}/", Uuid::from_u128(1))).await.status(), 200);
    assert_eq!(running.get("/things//").await.status(), 404);
}

#[tokio::test]
async fn what_is_under_no_path_is_a_404() {
    let running = Running::start().await;
    for path in ["/", "/nothing", "/thing", "/things/not-an-id", "/things/1/2", "/%00", "/things/%2e%2e", "//"] {
        let (status, problem) = problem(running.get(path).await).await;
        assert_eq!((status, problem["type"].as_str()), (404, Some("/problems/not-found")), "{path}");
    }
    let (status, _) = problem(running.get(&format!("/things/{}", Uuid::nil())).await).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_bad_query_is_a_422_that_names_the_parameter() {
    let running = Running::start().await;
    let fine = running.get("/things?size=3&unknown=%F0%9F%98%80").await;
    assert_eq!(fine.json_value().await, json!([{ "name": "one", "size": 3 }]));
    let (status, problem) = problem(running.get("/things?size=three").await).await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"][0]["pointer"], "?size");
}
