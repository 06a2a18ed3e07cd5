//! What the nginx of containers does by itself, whatever is behind it: whose a request is, what it hands on, and that a
//! service which is away for a moment is waited for, but nothing is ever sent twice that may have been taken.

mod bare;

use e2e::client::Client;
use e2e::nginx;
use e2e::ports::Port;
use e2e::process::Process;
use e2e::stand_in::{Manner, StandIn};
use e2e::wait;
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

/// What could only be refused is not kept first, in the little memory that there is for bodies.
#[tokio::test]
async fn a_body_without_a_token_is_refused_before_it_is_read() {
    let mut door = Door::open().await;
    let address = door.client.url("").trim_start_matches("http://").to_owned();
    for (path, header) in [
        ("bus/events", "content-length: 4000000"),
        ("bus/events", "transfer-encoding: chunked"),
        ("bus/subscriptions/x", "authorization: Basic eDp5\r\ncontent-length: 4000000"),
        ("moderation/decisions", "authorization: Bearer\r\ncontent-length: 700000"),
        ("moderation/rules", "transfer-encoding: chunked"),
    ] {
        let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
        let request = format!("POST /api/v1/{path} HTTP/1.1\r\nhost: {address}\r\n{header}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let answer = until_contains(&mut socket, "}").await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{path}: {answer}");
        assert!(answer.contains("WWW-Authenticate: Bearer"), "{path}: {answer}");
        assert!(answer.contains("Content-Type: application/problem+json"), "{path}: {answer}");
    }
    for name in NAMES {
        assert_eq!(door.service(name).requests(), 0, "{name}");
    }
    // Without a body the service says it itself, and a page may ask before it sends one.
    for method in [Method::GET, Method::OPTIONS] {
        door.client.call(method, "/api/v1/moderation/queue", None).await.expect(200);
    }
    let too_much = "x".repeat(2_200_000);
    let answer = door.client.post("/api/v1/posts", &json!({ "title": too_much })).await.expect(413);
    assert!(answer.text_of("detail").contains("2 MiB"), "{answer:?}");
}

/// The bus looks at the token before it reads a body, if it gets the one before the other.
#[tokio::test]
async fn what_is_for_the_bus_is_passed_on_as_it_comes() {
    let (folder, port) = (tempfile::tempdir().unwrap(), Port::take());
    let bus = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = [("event-bus", bus.local_addr().unwrap().to_string())];
    let others = NAMES[1..].iter().map(|name| (*name, "127.0.0.1:9".to_owned()));
    let at: Vec<_> = at.into_iter().chain(others).collect();
    let mut front = nginx::front(folder.path(), &port, &at);
    front.start();
    front.ready().await;
    let mut caller = tokio::net::TcpStream::connect(port.address()).await.unwrap();
    let head = "POST /api/v1/bus/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer wrong\r\ncontent-length: 3000000\r\n\r\n[1,";
    caller.write_all(head.as_bytes()).await.unwrap();
    let (mut at_bus, _) = bus.accept().await.unwrap();
    let request = until_contains(&mut at_bus, "[1,").await;
    assert!(request.starts_with("POST /events HTTP/1.1\r\n"), "{request}");
    at_bus.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno").await.unwrap();
    let answer = until_contains(&mut caller, "\r\n\r\nno").await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

/// A body that was passed on as it came is not there any more.
#[tokio::test]
async fn a_call_of_the_bus_that_is_away_is_waited_with_only_if_it_has_no_body() {
    let mut door = Door::open().await;
    door.service("event-bus").leave().await;
    let client = door.client.with("authorization", "Bearer x");
    let body = json!([{ "type": "X", "data": "x".repeat(200_000) }]);
    // nginx closes the connection whose body it has not read.
    let answer = client.with("connection", "close").post("/api/v1/bus/events", &body).await.expect(503);
    assert_eq!(answer.header("retry-after"), "2");
    assert!(answer.text_of("detail").contains("nothing was done"), "{answer:?}");
    let reader = client.clone();
    let waiting = tokio::spawn(async move { reader.get("/api/v1/bus/events").await });
    // why: long enough for the first try to be refused
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    door.service("event-bus").listen(Manner::Tells).await;
    waiting.await.unwrap().expect(200);
    let answer = client.post("/api/v1/bus/events", &body).await.expect(200);
    assert_eq!(answer.json["body"], body.to_string());
    let decision = json!({ "note": "x".repeat(100_000) });
    door.service("moderation").leave().await;
    let waiting = tokio::spawn(async move { client.post("/api/v1/moderation/decisions", &decision).await });
    // why: long enough for the first try to be refused
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    door.service("moderation").listen(Manner::Tells).await;
    waiting.await.unwrap().expect(200);
}

/// Reads until this has come.
async fn until_contains(socket: &mut tokio::net::TcpStream, what: &str) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&text).contains(what) {
        let length = tokio::time::timeout(wait::DEADLINE, socket.read(&mut piece)).await.expect("in time").unwrap();
        assert!(length > 0, "it ended after {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// As in a cluster whose names come later than the front door.
#[tokio::test]
async fn it_waits_for_names_and_then_becomes_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let upstreams = folder.path().join("upstreams.conf");
    let started = |text: &str| {
        std::fs::write(&upstreams, text).unwrap();
        let arguments =
            [&*upstreams.to_string_lossy(), "/bin/sh", "-c", "echo served by $$; exit 7"].map(str::to_owned);
        let mut process = Process::new("await-names", arguments.to_vec(), String::new(), folder.path());
        process.start();
        process
    };
    let mut found = started("upstream a {\n    server localhost:1 max_fails=0;\n    server 127.0.0.1:2;\n}\n");
    let id = found.id().unwrap();
    assert_eq!(found.ended().await.code(), Some(7));
    assert!(found.log().contains(&format!("served by {id}\n")), "the same process: {}", found.log());

    let mut missing = started("upstream a {\n    server localhost:1;\n    server nothing.invalid:2 max_fails=0;\n}\n");
    wait::until("its words", async || missing.log().contains("looked up: nothing.invalid:2\n").then_some(())).await;
    assert!(missing.is_running());
    assert!(missing.stop().await.success(), "{}", missing.log());
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
    wait::until("the first try", async || (query.requests() > 0).then_some(())).await;
    query.listen(Manner::Tells).await;
    waiting.await.unwrap().expect(200);
}
