//! Bad input: each line is something that brought the classic app down, or would have. It is answered with a clear
//! problem, costs nothing else, and the next good request works.

use e2e::board::Board;
use reqwest::{Client, StatusCode};
use serde_json::json;

const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

struct Bad {
    what: &'static str,
    content_type: Option<&'static str>,
    body: Vec<u8>,
    statuses: &'static [u16],
}

fn bad(what: &'static str, body: impl Into<Vec<u8>>, statuses: &'static [u16]) -> Bad {
    Bad { what, content_type: Some("application/json"), body: body.into(), statuses }
}

fn table() -> Vec<Bad> {
    vec![
        bad("an empty object", "{}", &[422]),
        bad("no body", "", &[400]),
        Bad { what: "no content type", content_type: None, body: b"{\"title\":\"x\"}".to_vec(), statuses: &[415] },
        Bad {
            what: "the wrong content type",
            content_type: Some("text/plain"),
            body: b"{\"title\":\"x\"}".to_vec(),
            statuses: &[415],
        },
        Bad {
            what: "a form",
            content_type: Some("application/x-www-form-urlencoded"),
            body: b"title=x".to_vec(),
            statuses: &[415],
        },
        bad("broken JSON", "{\"title\":", &[400]),
        bad("not JSON", "title", &[400]),
        bad("deep JSON", "[".repeat(100_000), &[400, 413, 422]),
        bad("deep objects", "{\"a\":".repeat(30_000), &[400, 413, 422]),
        bad("a body of 2 MB", format!("{{\"title\":\"{0}\",\"content\":\"{0}\"}}", "x".repeat(1_000_000)), &[413]),
        bad("a number for text", "{\"title\":7,\"content\":7}", &[422]),
        bad("null", "null", &[422]),
        bad("an array", "[]", &[422]),
        bad("text", "\"hello\"", &[422]),
        bad("NUL", "{\"title\":\"a\\u0000b\",\"content\":\"a\\u0000b\"}", &[400, 422]),
        bad("a lone surrogate", "{\"title\":\"\\ud800\",\"content\":\"\\ud800\"}", &[400, 422]),
        bad("no UTF-8", b"{\"title\":\"\xff\xfe\",\"content\":\"\xff\"}".to_vec(), &[400]),
        bad("only blanks", "{\"title\":\"  \",\"content\":\" \\n \"}", &[422]),
        bad("a title of 301 characters", format!("{{\"title\":\"{}\",\"content\":\"\"}}", "ä".repeat(301)), &[422]),
        bad("trailing rubbish", "{\"title\":\"x\",\"content\":\"x\"} x", &[400, 422]),
    ]
}

async fn send(http: &Client, url: &str, bad: &Bad) -> (StatusCode, String, String) {
    let mut request = http.post(url).body(bad.body.clone());
    if let Some(content_type) = bad.content_type {
        request = request.header("content-type", content_type);
    }
    let response = request.send().await.unwrap_or_else(|e| panic!("{} to {url}: {e:?}", bad.what));
    let kind = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    (response.status(), kind, response.text().await.unwrap())
}

#[tokio::test]
async fn every_bad_body_gets_a_problem_and_changes_nothing() {
    let board = Board::single().up().await;
    let http = e2e::client::http();
    let post = board.post("good").await;
    let id = post.text_of("id").to_owned();
    board.settled().await;
    let before = board.digest().await;
    let targets = [
        format!("{}/posts", board.url("posts")),
        format!("{}/posts/create", board.url("posts")),
        format!("{}/posts/{id}/comments", board.url("comments")),
        format!("{}/post/{id}/comments", board.url("comments")),
        format!("{}/decisions", board.url("moderation")),
        format!("{}/api/v1/posts", board.processes[0].url()),
    ];
    for url in &targets {
        for bad in table() {
            let (status, kind, text) = send(&http, url, &bad).await;
            assert!(bad.statuses.contains(&status.as_u16()), "{} to {url}: {status} {text}", bad.what);
            assert_eq!(kind, "application/problem+json", "{} to {url}", bad.what);
            let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(problem["status"], status.as_u16(), "{} to {url}: {text}", bad.what);
            assert!(problem["detail"].as_str().is_some_and(|d| !d.is_empty()), "{} to {url}: {text}", bad.what);
        }
    }
    assert_eq!(board.digest().await, before, "nothing was changed");
    let comment = board.comment(&id, "and all is well").await;
    assert_eq!(comment.json["status"], "pending");
    board.judged(&id, 1).await;
}

#[tokio::test]
async fn bad_events_are_refused_by_the_bus_and_by_every_service() {
    let board = Board::single().up().await;
    let http = e2e::client::http();
    let bus = format!("{}/events", board.url("event-bus"));
    for bad in table() {
        if bad.what == "an array" {
            continue; // a batch of nothing is a batch
        }
        let (status, kind, text) = send(&http, &bus, &bad).await;
        assert!(status.is_client_error(), "{}: {status} {text}", bad.what);
        assert_eq!(kind, "application/problem+json", "{}", bad.what);
    }
    for event in [
        json!({ "data": {} }),
        json!({ "type": "", "data": {} }),
        json!({ "type": 7, "data": {} }),
        json!({ "type": "X", "id": "", "data": {} }),
        json!({ "type": "X", "specversion": "0.3", "data": {} }),
        json!({ "type": "X".repeat(300), "data": {} }),
        json!({ "type": "a\u{0}b", "data": {} }),
    ] {
        let answer = board.at("event-bus").post("/events", &event).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{event}: {answer:?}");
    }
    assert_eq!(board.head().await, "0000000000000000", "nothing is in the log");

    let push = json!({ "type": "CommentModerated", "sequence": "1", "id": "x", "data": {} });
    for name in ["posts", "comments", "moderation"] {
        board.at(name).post("/events", &push).await.expect(401);
        let forged = board
            .at(name)
            .with("webhook-id", "x")
            .with("webhook-timestamp", "1")
            .with("webhook-signature", "v1,AAAA")
            .with("folkmoot-log", NOBODY);
        forged.post("/events", &push).await.expect(401);
    }
}

#[tokio::test]
async fn what_is_unknown_is_404_and_what_is_malformed_is_said_so() {
    let board = Board::single().up().await;
    board.post("so that there is something").await;
    let (posts, comments, query) = (board.at("posts"), board.at("comments"), board.at("query"));
    posts.get(&format!("/posts/{NOBODY}")).await.expect(404);
    posts.patch(&format!("/posts/{NOBODY}"), &json!({ "title": "x" })).await.expect(404);
    posts.delete(&format!("/posts/{NOBODY}")).await.expect(404);
    query.get(&format!("/posts/{NOBODY}")).await.expect(404);
    query.get("/posts?limit=many").await.expect(422);
    comments.get(&format!("/comments/{NOBODY}")).await.expect(404);
    let unknown = comments.post(&format!("/posts/{NOBODY}/comments"), &json!({ "content": "x" })).await;
    assert_eq!(unknown.status, 404, "{unknown:?}");
    for path in ["/posts/nonsense", "/posts/nonsense/comments", "/posts/%00", "/posts/..%2f..%2fetc", "/comments/x"] {
        for client in [&posts, &comments, &query] {
            client.get(path).await.expect(404);
        }
    }
}

#[tokio::test]
async fn floods_of_headers_and_slow_callers_cost_nothing_else() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let board = Board::single().up().await;
    for name in ["posts", "comments", "query", "moderation", "event-bus"] {
        let address = board.url(name).trim_start_matches("http://").to_owned();
        let mut flood = String::from("GET /healthz HTTP/1.1\r\nhost: localhost\r\n");
        for number in 0..5_000 {
            flood.extend(["x-flood-", &number.to_string(), ": ", &"y".repeat(100), "\r\n"]);
        }
        flood.push_str("\r\n");
        let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
        // The server may close before it has read all of it.
        drop(socket.write_all(flood.as_bytes()).await);
        let mut answer = Vec::new();
        drop(socket.read_to_end(&mut answer).await);
        let first = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
        assert!(first.is_empty() || first.contains("431"), "{name}: {first}");
        board.at(name).get("/healthz").await.expect(200);
    }
}
