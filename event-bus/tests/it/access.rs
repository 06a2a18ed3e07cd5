//! A token guards everything; on loopback alone a call may do without, unless it comes from a foreign page.

use chassis::access::{Access, Secret};
use event_bus::config::BusSettings;
use http::Method;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use crate::bus::{TestBus, numbered};

const TOKEN: &str = "a-token-for-this-test";
const READS: [&str; 4] = ["/events", "/events/1", "/events/stream", "/events?after=0"];

async fn guarded() -> TestBus {
    TestBus::with(BusSettings::default(), Access::token(Secret::new(TOKEN).unwrap())).await
}

#[tokio::test]
async fn nothing_passes_without_the_token() {
    let bus = guarded().await;
    for authorization in [None, Some("Bearer wrong-token-altogether"), Some("Basic YTpi")] {
        let with = |call: chassis::doubles::Call| match authorization {
            Some(value) => call.header("authorization", value),
            None => call,
        };
        for path in READS {
            let answer = with(bus.caller().get(path)).send().await.expect(401);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
        }
        with(bus.caller().post("/events", &numbered(1))).send().await.expect(401);
    }
    let error = bus.try_websocket("").await.err().unwrap();
    assert!(matches!(&*error, tungstenite::Error::Http(answer) if answer.status() == 401), "{error}");
    bus.get("/healthz").await.expect(200);
}

/// By this header a client tells the bus from a server that stands in its place.
#[tokio::test]
async fn every_answer_names_the_log_refusals_too() {
    let bus = guarded().await;
    let bearer = format!("Bearer {TOKEN}");
    let with = |call: chassis::doubles::Call| call.header("authorization", &bearer).send();
    let log = with(bus.caller().get("/events")).await.expect(200).header("folkmoot-log").unwrap().to_owned();
    let wrong = serde_json::json!({ "url": "none" });
    for (answer, status) in [
        (bus.caller().post("/events", &numbered(1)).send().await, 401),
        (bus.caller().get("/events/stream").send().await, 401),
        (with(bus.caller().post("/events", &serde_json::json!({}))).await, 422),
        (with(bus.caller().delete("/events")).await, 405),
        (with(bus.caller().get("/events?after=99")).await, 409),
        (with(bus.caller().get("/subscriptions/none")).await, 404),
        (with(bus.caller().put("/subscriptions/none", &wrong)).await, 422),
    ] {
        assert_eq!(answer.clone().expect(status).header("folkmoot-log"), Some(&*log), "{status}");
    }
    let error = bus.try_websocket("").await.err().unwrap();
    let tungstenite::Error::Http(answer) = &*error else { panic!("{error}") };
    assert_eq!(answer.headers()["folkmoot-log"], log);
}

#[tokio::test]
async fn with_the_token_everything_passes() {
    let bus = guarded().await;
    let bearer = format!("Bearer {TOKEN}");
    let send = |call: chassis::doubles::Call| call.header("authorization", &bearer).send();
    send(bus.caller().post("/events", &numbered(1))).await.expect(201);
    send(bus.caller().get("/events")).await.expect(200);
    send(bus.caller().get("/events/1")).await.expect(200);
    let mut request = format!("ws://{}/events/stream", bus.addr()).into_client_request().unwrap();
    request.headers_mut().insert("authorization", bearer.parse().unwrap());
    connect_async(request).await.unwrap();
}

#[tokio::test]
async fn an_open_bus_refuses_foreign_pages() {
    let bus = TestBus::start().await;
    bus.append(&numbered(1)).await.expect(201);
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example"), ("origin", "null")] {
        for path in READS {
            bus.caller().get(path).header(name, value).send().await.expect(403);
        }
        bus.caller().request(Method::POST, "/events").header(name, value).json(&numbered(2)).send().await.expect(403);
        let mut request = format!("ws://{}/events/stream", bus.addr()).into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let error = connect_async(request).await.err().unwrap();
        assert!(matches!(&error, tungstenite::Error::Http(answer) if answer.status() == 403), "{error}");
    }
    bus.caller().get("/events").header("origin", "http://localhost:3000").send().await.expect(200);
    assert_eq!(bus.everything().await.len(), 1);
}
