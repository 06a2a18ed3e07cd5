//! Every way to get a request wrong is told apart, costs nothing else, and leaves nothing behind.

use http::Method;
use serde_json::{Value, json};

use super::{ADA, Board, id_of};

const JSON: &str = "application/json";

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let board = Board::start().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("{{\"title\":\"{}\"}}", "x".repeat(1 << 20));
    let cases: &[(&str, &str, &str, u16)] = &[
        ("no body", JSON, "", 400),
        ("blank", JSON, "  ", 400),
        ("broken", JSON, "{\"title\":", 400),
        ("two values", JSON, "{\"title\":\"a\"} {}", 400),
        ("deep", JSON, &deep, 400),
        ("a megabyte", JSON, &wide, 413),
        ("a lone surrogate", JSON, r#"{"title":"\ud800"}"#, 400),
        ("NUL", JSON, r#"{"title":"a\u0000b"}"#, 422),
        ("another type", "text/plain", "{\"title\":\"a\"}", 415),
        ("a form", "application/x-www-form-urlencoded", "title=a", 415),
        ("another charset", "application/json; charset=latin1", "{\"title\":\"a\"}", 415),
    ];
    for (name, content_type, body, status) in cases {
        for path in ["/posts", "/posts/create"] {
            let call = board.posts.request(Method::POST, path).body(content_type, (*body).to_owned());
            let answer = call.send().await;
            assert_eq!(answer.status, *status, "{name}: {}", answer.text());
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
            assert_eq!(answer.json()["status"], *status, "{name}");
        }
    }
    let invalid_utf8 = board.posts.request(Method::POST, "/posts").body(JSON, &b"{\"title\":\"\xff\"}"[..]);
    invalid_utf8.send().await.expect(400);
    board.posts.request(Method::POST, "/posts").send().await.expect(415);
    assert_eq!(board.titles().await, [""; 0]);
}

#[tokio::test]
async fn the_longest_post_is_taken_however_it_is_escaped() {
    let board = Board::start().await;
    let escaped = |count: usize| r"\ud83d\ude00".repeat(count);
    let (title, content, name) = (escaped(300), escaped(40_000), escaped(60));
    let body = format!(r#"{{"title":"{title}","content":"{content}","authorName":"{name}"}}"#);
    let made = board.posts.request(Method::POST, "/posts").body(JSON, body).send().await.expect(201).json();
    assert_eq!(made["title"], "😀".repeat(300));
}

#[tokio::test]
async fn controls_of_direction_stay_in_their_field() {
    let board = Board::start().await;
    let sent =
        json!({ "title": "\u{202e}egnaro", "content": "\u{2067}a\u{2069} \u{2066}b", "authorName": "\u{202b}Ada" });
    let made = board.posts.post("/posts", &sent).send().await.expect(201).json();
    assert_eq!((&made["title"], &made["authorName"]), (&json!("egnaro"), &json!("Ada")));
    assert_eq!(made["content"], "\u{2067}a\u{2069} b");
}

#[tokio::test]
async fn bodies_that_are_not_valid_are_answered_with_pointers() {
    let board = Board::start().await;
    let long = |count: usize| "ä".repeat(count);
    let cases: &[(Value, &[&str])] = &[
        (json!({ "title": "\u{200b}" }), &["/title"]),
        (json!({ "title": "\u{2800}\u{3164}\u{ad}\u{202e}\u{e0041}\u{fe0f}" }), &["/title"]),
        (json!({ "title": "a", "content": "\u{200b}", "authorName": "\u{3164}" }), &["/content", "/authorName"]),
        (json!({}), &[""]),
        (json!([]), &[""]),
        (json!(null), &[""]),
        (json!("title"), &[""]),
        (json!({ "title": 1 }), &["/title"]),
        (json!({ "title": null }), &["/title"]),
        (json!({ "title": ["a"] }), &["/title"]),
        (json!({ "title": "" }), &["/title"]),
        (json!({ "title": "  " }), &["/title"]),
        (json!({ "title": "a\nb" }), &["/title"]),
        (json!({ "title": "a\u{1}b" }), &["/title"]),
        (json!({ "title": long(301) }), &["/title"]),
        (json!({ "title": "a", "content": 1 }), &["/content"]),
        (json!({ "title": "a", "content": long(40_001) }), &["/content"]),
        (json!({ "title": "a", "authorName": {} }), &["/authorName"]),
        (json!({ "title": "a", "authorName": long(61) }), &["/authorName"]),
        (json!({ "title": "", "content": long(40_001), "authorName": "a\nb" }), &["/title", "/content", "/authorName"]),
    ];
    for (body, pointers) in cases {
        let answer = board.posts.post("/posts", body).send().await;
        let shown: String = body.to_string().chars().take(80).collect();
        assert_eq!(answer.status, 422, "{shown}: {}", answer.text());
        assert_eq!(answer.pointers(), *pointers, "{shown}");
    }
    let longest = json!({ "title": long(300), "content": long(40_000), "authorName": long(60) });
    board.posts.post("/posts", &longest).send().await.expect(201);
    assert_eq!(board.titles().await.len(), 1);
    assert_eq!(board.bus.wait_for(1).await.len(), 1);
}

#[tokio::test]
async fn edits_that_are_not_valid() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("Title").await));
    let cases: &[(Value, &[&str])] = &[
        (json!({}), &[""]),
        (json!({ "title": null }), &[""]),
        (json!({ "authorName": "Bob" }), &[""]),
        (json!({ "title": "" }), &["/title"]),
        (json!({ "title": 1 }), &["/title"]),
        (json!({ "content": false }), &["/content"]),
        (json!([]), &[""]),
    ];
    for (body, pointers) in cases {
        let answer = board.posts.patch(&path, body).owner(ADA).send().await.expect(422);
        assert_eq!(answer.pointers(), *pointers, "{body}");
    }
    assert_eq!(board.posts.get(&path).send().await.json()["revision"], 1);
}

#[tokio::test]
async fn headers_that_cannot_be_read() {
    let board = Board::start().await;
    let body = json!({ "title": "t" });
    let long = "k".repeat(300);
    for (name, value) in [
        ("owner-key", "short"),
        ("owner-key", "with spaces in the middle"),
        ("owner-key", &long),
        ("idempotency-key", ""),
        ("idempotency-key", &long),
    ] {
        let answer = board.posts.post("/posts", &body).header(name, value).send().await;
        assert_eq!(answer.status, 400, "{name}: {value}");
    }
    let path = format!("/posts/{}", id_of(&board.post("Title").await));
    let answer = board.posts.patch(&path, &body).owner(ADA).header("if-match", "yesterday").send().await;
    assert_eq!(answer.status, 400);
    let mut flood = board.posts.post("/posts", &body);
    for number in 0..100 {
        flood = flood.header(&format!("x-{number}"), "x");
    }
    flood.send().await.expect(431);
    assert_eq!(board.titles().await, ["Title"]);
}

#[tokio::test]
async fn pages_that_are_not_there() {
    let board = Board::start().await;
    for (query, pointer) in [("limit=0", "?limit"), ("limit=x", "?limit"), ("cursor=x", "?cursor")] {
        let answer = board.posts.get(&format!("/posts?{query}")).send().await.expect(422);
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let board = Board::start().await;
    for path in
        ["/", "/post", "/posts/x", "/posts/x/y", "/posts/create/x", "/posts/00000000-0000-0000-0000-00000000000"]
    {
        board.posts.get(path).send().await.expect(404);
    }
    board.posts.get(&format!("/posts/{}", contract::PostId::new())).send().await.expect(404);
    for (method, path, allow) in [
        (Method::PUT, "/posts", "GET, HEAD, POST"),
        (Method::GET, "/posts/create", "POST"),
        (Method::POST, "/posts/00000000-0000-0000-0000-000000000000", "GET, HEAD, PATCH, DELETE"),
    ] {
        let answer = board.posts.request(method.clone(), path).send().await.expect(405);
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        let answer = board.posts.request(Method::OPTIONS, path).send().await.expect(204);
        assert_eq!(answer.header("allow"), Some(allow), "OPTIONS {path}");
    }
}
