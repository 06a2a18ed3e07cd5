//! CORS, as a browser sees it.

use chassis::cors::Cors;
use chassis::serve::Server;
use http::HeaderMap;
use reqwest::Method;

use crate::{Running, within};

async fn allowing() -> Running {
    let cors = Cors::new(vec!["https://moot.example".parse().unwrap()]);
    Running::with(Server { cors, ..Server::new("things") }).await
}

async fn ask(running: &Running, method: Method, path: &str, origin: &str, asks: Option<&str>) -> (u16, HeaderMap) {
    let mut request = reqwest::Client::new().request(method, running.url(path)).header("origin", origin);
    if let Some(asks) = asks {
        request = request.header("access-control-request-method", asks);
    }
    let response = within(request.send()).await.unwrap();
    (response.status().as_u16(), response.headers().clone())
}

#[tokio::test]
async fn every_answer_can_be_read_by_an_allowed_page_errors_too() {
    let running = allowing().await;
    for (path, expected) in [("/things", 200), ("/nothing", 404), ("/panics", 500), ("/fails", 500), ("/readyz", 503)] {
        let (status, headers) = ask(&running, Method::GET, path, "https://moot.example", None).await;
        assert_eq!(status, expected, "{path}");
        assert_eq!(headers["access-control-allow-origin"], "https://moot.example", "{path}");
        assert_eq!(headers["vary"], "Origin", "{path}");
        let exposed = headers["access-control-expose-headers"].to_str().unwrap();
        for name in ["Event-Id", "ETag", "Link", "Await-Event", "Retry-After", "Location"] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
}

#[tokio::test]
async fn a_preflight_says_what_may_be_sent() {
    let running = allowing().await;
    let (status, headers) = ask(&running, Method::OPTIONS, "/things", "https://moot.example", Some("PATCH")).await;
    assert_eq!(status, 204);
    assert_eq!(headers["access-control-allow-origin"], "https://moot.example");
    assert!(headers["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
    let sendable = headers["access-control-allow-headers"].to_str().unwrap();
    for name in ["Content-Type", "Idempotency-Key", "If-Match", "Owner-Key", "Await-Event"] {
        assert!(sendable.contains(name), "{sendable}");
    }
}

#[tokio::test]
async fn another_page_is_told_nothing() {
    let running = allowing().await;
    for origin in ["https://evil.example", "https://moot.example.evil", "http://moot.example", "null"] {
        for (method, asks) in [(Method::GET, None), (Method::OPTIONS, Some("POST"))] {
            let (_, headers) = ask(&running, method, "/things", origin, asks).await;
            assert!(!headers.contains_key("access-control-allow-origin"), "{origin}");
        }
    }
    let closed = Running::start().await;
    let (_, headers) = ask(&closed, Method::GET, "/things", "https://moot.example", None).await;
    assert!(!headers.contains_key("access-control-allow-origin"));
}
