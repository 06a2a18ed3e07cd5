//! Every way to get a request wrong is told apart, costs nothing else, and leaves nothing behind.

use http::Method;
use serde_json::{Value, json};

use crate::{ADA, Board};

const JSON: &str = "application/json";

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let board = Board::start().await;
    let post = board.post().await;
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let wide = format!("{{\"content\":\"{}\"}}", "x".repeat(1 << 20));
    let cases: &[(&str, &str, &str, u16)] = &[
        ("no body", JSON, "", 400),
        ("blank", JSON, "  ", 400),
        ("broken", JSON, "{\"content\":", 400),
        ("two values", JSON, r#"{"content":"a","reason":"a"} {}"#, 400),
        ("deep", JSON, &deep, 400),
        ("a megabyte", JSON, &wide, 413),
        ("a lone surrogate", JSON, r#"{"content":"\ud800"}"#, 400),
        ("NUL", JSON, r#"{"content":"a\u0000b"}"#, 422),
        ("another type", "text/plain", "{\"content\":\"a\"}", 415),
        ("a form", "application/x-www-form-urlencoded", "content=a", 415),
    ];
    let id = board.comment(post, "fine").await;
    for (name, content_type, body, status) in cases {
        for (method, path) in [
            (Method::POST, format!("/posts/{post}/comments")),
            (Method::POST, format!("/post/{post}/comments")),
            (Method::PATCH, format!("/comments/{id}")),
            (Method::POST, format!("/comments/{id}/reports")),
        ] {
            let call = board.comments.request(method, &path).owner(ADA).body(content_type, (*body).to_owned());
            let answer = call.send().await;
            assert_eq!(answer.status, *status, "{name} at {path}: {}", answer.text());
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
        }
    }
    board.comments.request(Method::POST, &format!("/posts/{post}/comments")).send().await.expect(415);
    assert_eq!(board.thread(post).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_longest_text_is_taken_however_it_is_escaped() {
    let board = Board::start().await;
    let post = board.post().await;
    let escaped = |count: usize| r"\ud83d\ude00".repeat(count);
    let body = format!(r#"{{"content":"{}","authorName":"{}"}}"#, escaped(10_000), escaped(60));
    let path = format!("/posts/{post}/comments");
    let made = board.comments.request(Method::POST, &path).owner(ADA).body(JSON, body).send().await.expect(201).json();
    let path = format!("/comments/{}", made["id"].as_str().unwrap());
    let edited = format!(r#"{{"content":"!{}"}}"#, escaped(9_999));
    board.comments.request(Method::PATCH, &path).owner(ADA).body(JSON, edited).send().await.expect(200);
    let beyond = format!(r#"{{"content":"{}"}}"#, escaped(10_001));
    board.comments.request(Method::PATCH, &path).owner(ADA).body(JSON, beyond).send().await.expect(422);
}

#[tokio::test]
async fn bodies_that_are_not_valid_are_answered_with_pointers() {
    let board = Board::start().await;
    let post = board.post().await;
    let long = |count: usize| "ä".repeat(count);
    let cases: &[(Value, &[&str])] = &[
        (json!({}), &[""]),
        (json!([]), &[""]),
        (json!(null), &[""]),
        (json!({ "content": 1 }), &["/content"]),
        (json!({ "content": null }), &["/content"]),
        (json!({ "content": "" }), &["/content"]),
        (json!({ "content": " \n " }), &["/content"]),
        (json!({ "content": "\u{200b}" }), &["/content"]),
        (json!({ "content": "\u{2800}\u{3164}\u{ad}\u{202e}\u{e0041}\u{fe0f}" }), &["/content"]),
        (json!({ "content": "a", "authorName": "\u{3164}" }), &["/authorName"]),
        (json!({ "content": "a\u{1}b" }), &["/content"]),
        (json!({ "content": long(10_001) }), &["/content"]),
        (json!({ "content": "a", "parentId": "nonsense" }), &["/parentId"]),
        (json!({ "content": "a", "parentId": 1 }), &["/parentId"]),
        (json!({ "content": "a", "authorName": {} }), &["/authorName"]),
        (json!({ "content": "a", "authorName": long(61) }), &["/authorName"]),
        (json!({ "content": "", "authorName": "a\nb" }), &["/content", "/authorName"]),
    ];
    for (body, pointers) in cases {
        let answer = board.comments.post(&format!("/posts/{post}/comments"), body).send().await;
        let shown: String = body.to_string().chars().take(80).collect();
        assert_eq!(answer.status, 422, "{shown}: {}", answer.text());
        assert_eq!(answer.pointers(), *pointers, "{shown}");
    }
    let longest = json!({ "content": "😀".repeat(10_000), "authorName": long(60), "parentId": null });
    board.comments.post(&format!("/posts/{post}/comments"), &longest).send().await.expect(201);
    assert_eq!(board.thread(post).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn headers_that_cannot_be_read() {
    let board = Board::start().await;
    let post = board.post().await;
    let long = "k".repeat(300);
    for (name, value) in [
        ("owner-key", "short"),
        ("owner-key", "with spaces in the middle"),
        ("owner-key", &long),
        ("idempotency-key", ""),
        ("idempotency-key", &long),
    ] {
        let answer = board.comment_on(post, "a").header(name, value).send().await;
        assert_eq!(answer.status, 400, "{name}: {value}");
    }
    let mut flood = board.comment_on(post, "a");
    for number in 0..100 {
        flood = flood.header(&format!("x-{number}"), "x");
    }
    flood.send().await.expect(431);
    assert_eq!(board.thread(post).await, json!([]));
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let board = Board::start().await;
    let id = "00000000-0000-0000-0000-000000000000";
    for path in ["/".to_owned(), "/comments".to_owned(), format!("/comments/{id}/x"), format!("/posts/{id}")] {
        board.comments.get(&path).send().await.expect(404);
    }
    for (method, path, allow) in [
        (Method::PUT, format!("/posts/{id}/comments"), "GET, HEAD, POST"),
        (Method::DELETE, format!("/post/{id}/comments"), "GET, HEAD, POST"),
        (Method::POST, format!("/comments/{id}"), "GET, HEAD, PATCH, DELETE"),
        (Method::GET, format!("/comments/{id}/reports"), "POST"),
    ] {
        let answer = board.comments.request(method.clone(), &path).send().await.expect(405);
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        let answer = board.comments.request(Method::OPTIONS, &path).send().await.expect(204);
        assert_eq!(answer.header("allow"), Some(allow), "OPTIONS {path}");
    }
}

#[tokio::test]
async fn one_who_writes_too_much_is_told_to_wait() {
    let board = Board::start_with(|config| config.service.http.writes_per_minute = Some(3)).await;
    let post = board.post().await;
    for _ in 0..3 {
        board.comment_on(post, "a").send().await.expect(201);
    }
    let refused = board.comment_on(post, "a").send().await.expect(429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(board.thread(post).await.as_array().unwrap().len(), 3, "reading is free");
}
