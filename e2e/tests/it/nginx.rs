//! What the nginx of containers does by itself, whatever is behind it: whose a request is, what it hands on, and that a
//! service which is away for a moment is waited for, but nothing is ever sent twice that may have been taken.

use e2e::client::Client;
use e2e::nginx;
use e2e::ports::Port;
use e2e::process::Process;
use e2e::stand_in::{Manner, StandIn};
use folkmoot::front::{self, Target};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A door with stand-ins behind it.
struct Door {
    _process: Process,
    _folder: TempDir,
    client: Client,
    services: Vec<StandIn>,
}

const NAMES: [&str; 5] = ["event-bus", "posts", "comments", "moderation", "query"];

impl Door {
    /// Opened, with every stand-in there.
    async fn open() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), Port::take());
        let mut services: Vec<_> = NAMES.into_iter().map(StandIn::new).collect();
        for service in &mut services {
            service.listen(Manner::Tells).await;
        }
        let at: Vec<_> = NAMES.into_iter().zip(&services).map(|(name, service)| (name, service.address())).collect();
        let mut process = nginx::front(folder.path(), &port, &at);
        process.start();
        process.ready().await;
        Self { client: Client::new(&port.url()), _process: process, _folder: folder, services }
    }

    fn service(&mut self, name: &str) -> &mut StandIn {
        let index = NAMES.iter().position(|known| *known == name).unwrap();
        &mut self.services[index]
    }
}

#[tokio::test]
async fn whose_a_request_is_it_knows_as_the_single_process_does() {
    let door = Door::open().await;
    let methods =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let paths = [
        "posts",
        "posts/",
        "posts/1",
        "posts/create",
        "posts/1/comments",
        "posts/1/comments/2",
        "posts/1/other",
        "post/1/comments",
        "post/1",
        "post",
        "live",
        "live/1",
        "digest",
        "preview",
        "preview/",
        "preview/x",
        "comments",
        "comments/1",
        "comments/1/reports",
        "events",
        "nothing",
        "",
        "postsx",
        "users",
    ];
    for path in paths {
        for method in &methods {
            let expected = match front::target(method, path) {
                Some(Target::Posts) => "posts",
                Some(Target::Comments) => "comments",
                Some(Target::Query) => "query",
                None => "",
            };
            let answer = door.client.call(method.clone(), &format!("/api/v1/{path}?x=1"), None).await;
            assert_eq!(answer.header("x-service"), expected, "{method} {path}: {answer:?}");
            assert_eq!(answer.status, if expected.is_empty() { 404 } else { 200 }, "{method} {path}");
            if !expected.is_empty() && *method != Method::HEAD {
                assert_eq!(answer.json["path"], format!("/{path}?x=1"), "{method} {path}");
                assert_eq!(answer.json["method"], method.as_str(), "{path}");
            }
        }
    }
    for (path, service, asked) in [
        ("moderation/queue?limit=5", "moderation", "/queue?limit=5"),
        ("bus/events/stream?tail", "event-bus", "/events/stream?tail"),
        ("bus/subscriptions/a%20b/parked", "event-bus", "/subscriptions/a%20b/parked"),
        ("bus/docs/", "event-bus", "/docs/"),
        ("bus/openapi.json", "event-bus", "/openapi.json"),
        ("posts/docs", "posts", "/docs"),
        ("posts/docs/swagger-ui.css", "posts", "/docs/swagger-ui.css"),
        ("comments/openapi.json", "comments", "/openapi.json"),
        ("query/docs/", "query", "/docs/"),
        ("moderation/docs/", "moderation", "/docs/"),
    ] {
        let answer = door.client.get(&format!("/api/v1/{path}")).await.expect(200);
        assert_eq!((&answer.json["service"], &answer.json["path"]), (&json!(service), &json!(asked)));
    }
}

/// What nginx would make of `..` and of an encoded slash never decides whose a request is.
#[tokio::test]
async fn a_path_that_reads_as_another_one_leads_nowhere() {
    let mut door = Door::open().await;
    let address = door.client.url("").trim_start_matches("http://").to_owned();
    for (status, path) in [
        (400, "/..%2Fbus%2Fevents"),
        (400, "/../x"),
        (400, "x"),
        (404, "/problems/failed"),
        (404, "/api/v1/posts/..%2Fbus%2Fevents"),
        (404, "/api/v1/posts/..%2fbus/events"),
        (404, "/api/v1/posts/../bus/events"),
        (404, "/api/v1/posts/%2e%2e/bus/events"),
        (404, "/api/v1/posts/%2E./bus/events"),
        (404, "/api/v1/posts/..%5Cbus"),
        (404, "/api/v1/./posts"),
        (404, "/x/../api/v1/posts"),
        (404, "/api/v1/moderation/../bus/events"),
    ] {
        // A client of HTTP would straighten it before it is sent.
        let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        assert!(answer.contains("Content-Type: application/problem+json"), "{path}: {answer}");
    }
    for name in NAMES {
        assert_eq!(door.service(name).requests(), 0, "{name}");
    }
    door.client.get("/api/v1/posts?cursor=a%2Fb/../c").await.expect(200);
}

#[tokio::test]
async fn who_called_is_what_it_saw_and_the_rest_is_handed_on() {
    let door = Door::open().await;
    let liar = door.client.with("x-forwarded-for", "203.0.113.7").with("x-real-ip", "203.0.113.7");
    let liar = liar.with("forwarded", "for=203.0.113.7").with("x-forwarded-host", "elsewhere.example");
    let liar = liar
        .with("owner-key", "a-key-of-the-tests-own")
        .with("traceparent", "00-aa-bb-01")
        .with("x-forwarded-proto", "https");
    let headers = liar.get("/api/v1/posts").await.expect(200).json["headers"].clone();
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-proto"], "http");
    for name in ["x-real-ip", "forwarded", "x-forwarded-host"] {
        assert_eq!(headers[name], Value::Null, "{name}");
    }
    assert_eq!(headers["owner-key"], "a-key-of-the-tests-own");
    assert_eq!(headers["traceparent"], "00-aa-bb-01");
    assert_eq!(format!("http://{}", headers["host"].as_str().unwrap()), door.client.url(""));
}

/// A packed answer has a weak tag, by which nothing could be changed.
#[tokio::test]
async fn what_is_read_is_packed_on_the_way_and_the_answer_to_a_write_is_not() {
    let mut door = Door::open().await;
    let client = door.client.with("accept-encoding", "gzip").with("x-long", &"x".repeat(3000));
    let read = client.get("/api/v1/posts").await.expect(200);
    assert_eq!((read.header("content-encoding"), read.header("vary")), ("gzip", "Accept-Encoding"));
    assert!(!read.text.contains("xxx"), "{read:?}");
    let written = client.post("/api/v1/posts", &json!({ "title": "as it is" })).await.expect(200);
    assert_eq!(written.header("content-encoding"), "", "{written:?}");
    // Also at a later try.
    door.service("query").leave().await;
    let waiting = tokio::spawn(async move { client.get("/api/v1/posts").await });
    // why: long enough for the first try to be refused
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    door.service("query").listen(Manner::Tells).await;
    assert_eq!(waiting.await.unwrap().expect(200).header("content-encoding"), "gzip");
}

#[tokio::test]
async fn a_service_that_is_away_for_a_moment_is_waited_for() {
    let mut door = Door::open().await;
    for (method, service) in [(Method::POST, "posts"), (Method::GET, "query"), (Method::DELETE, "posts")] {
        door.service(service).leave().await;
        let client = door.client.clone();
        let asked = method.clone();
        let body = (method == Method::POST).then(|| json!({ "title": "kept" }));
        let waiting = tokio::spawn(async move { client.call(asked, "/api/v1/posts", body.as_ref()).await });
        // why: long enough for the first try to be refused, shorter than all tries together
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert!(!waiting.is_finished(), "{method} waits");
        let before = door.service(service).requests();
        door.service(service).listen(Manner::Tells).await;
        let answer = waiting.await.unwrap().expect(200);
        assert_eq!(answer.header("x-service"), service);
        assert_eq!(answer.header("www-authenticate"), "", "how it waits is nobody's business");
        assert_eq!(door.service(service).requests(), before + 1, "{method} was sent once");
        if method == Method::POST {
            assert_eq!(answer.json["body"], r#"{"title":"kept"}"#);
        }
    }
}

#[tokio::test]
async fn who_waited_in_vain_is_told_when_to_come_back() {
    let mut door = Door::open().await;
    door.service("comments").leave().await;
    let body = json!({ "content": "hello" });
    let answer = door.client.post("/api/v1/posts/1/comments", &body).await.expect(503);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.text_of("detail").contains("nothing was done"), "{answer:?}");
    door.client.post("/api/v1/posts", &json!({ "title": "others are not held up" })).await.expect(200);
}

#[tokio::test]
async fn what_may_have_been_taken_is_not_sent_again() {
    let mut door = Door::open().await;
    door.service("posts").listen(Manner::HangsUp).await;
    for method in [Method::POST, Method::PATCH, Method::DELETE] {
        let before = door.service("posts").requests();
        let path = if method == Method::POST { "/api/v1/posts" } else { "/api/v1/posts/1" };
        let answer = door.client.call(method.clone(), path, Some(&json!({ "title": "once" }))).await.expect(503);
        assert_eq!(door.service("posts").requests(), before + 1, "{method}: {answer:?}");
        assert_eq!(answer.header("retry-after"), "2");
        assert!(answer.text_of("detail").contains("same Idempotency-Key"), "{answer:?}");
    }
}

/// That earlier tries were refused says nothing about a later one, be it the second or the last.
#[tokio::test]
async fn what_may_have_been_taken_at_a_later_try_is_not_sent_again_either() {
    for away_ms in [200, 4500] {
        let mut door = Door::open().await;
        door.service("posts").leave().await;
        let client = door.client.clone();
        let waiting = tokio::spawn(async move { client.post("/api/v1/posts", &json!({ "title": "once" })).await });
        // why: long enough for the first try to be refused, or for all but the last, which comes after 7.5 s
        tokio::time::sleep(std::time::Duration::from_millis(away_ms)).await;
        door.service("posts").listen(Manner::HangsUp).await;
        let answer = waiting.await.unwrap().expect(503);
        assert_eq!(door.service("posts").requests(), 1, "{answer:?}");
        assert_eq!(answer.header("retry-after"), "2");
        assert!(answer.text_of("detail").contains("same Idempotency-Key"), "{away_ms} ms: {answer:?}");
    }
}

#[tokio::test]
async fn a_read_that_was_cut_off_is_repeated() {
    let mut door = Door::open().await;
    door.service("query").listen(Manner::HangsUp).await;
    let client = door.client.clone();
    let waiting = tokio::spawn(async move { client.get("/api/v1/posts").await });
    let query = door.service("query");
    e2e::wait::until("the first try", async || (query.requests() > 0).then_some(())).await;
    query.listen(Manner::Tells).await;
    waiting.await.unwrap().expect(200);
}
