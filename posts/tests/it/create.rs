//! `POST /posts` and its alias.

use serde_json::json;

use super::{ADA, BOB, Board, data, id_of};

#[tokio::test]
async fn a_post_is_answered_as_its_author_sees_it_and_told_to_the_bus() {
    let board = Board::start().await;
    let body = json!({ "title": " Hello ", "content": "First!", "authorName": "Ada", "unknown": [1, 2] });
    let answer = board.posts.post("/posts", &body).owner(ADA).send().await.expect(201);
    let post = answer.json();
    assert_eq!(post["title"], "Hello");
    assert_eq!(post["content"], "First!");
    assert_eq!(post["authorName"], "Ada");
    assert_eq!(post["status"], "pending");
    assert_eq!(post["revision"], 1);
    assert_eq!(post.get("editedAt"), None);
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.header("location"), Some(&*format!("posts/{}", id_of(&answer))));

    let events = board.bus.wait_for(1).await;
    let event = &events[0];
    assert_eq!(answer.header("event-id"), Some(event.id.as_str()));
    assert_eq!((&*event.type_name, &*event.source), ("PostCreated", "/posts"));
    assert_eq!(event.subject.as_deref(), Some(&*id_of(&answer)));
    let said = data(event);
    for field in ["id", "title", "content", "authorName", "revision", "createdAt"] {
        assert_eq!(said[field], post[field], "{field}");
    }
    assert!(!said.to_string().contains(ADA), "the secret stays here");
    assert_eq!(said["ownerKey"].as_str().map(str::len), Some(64));
}

#[tokio::test]
async fn the_alias_and_a_title_alone_will_do() {
    let board = Board::start().await;
    // Relative to the path as it came, so that it leads to the post under any prefix.
    let paths = [("/posts", "posts/"), ("/posts/", "../posts/"), ("/posts/create", ""), ("/posts/create/", "../")];
    for (path, way) in paths {
        let answer = board.posts.post(path, &json!({ "title": path })).send().await.expect(201);
        let post = answer.json();
        assert_eq!(answer.header("location"), Some(&*format!("{way}{}", id_of(&answer))), "{path}");
        assert_eq!(post["title"], path);
        assert_eq!((post.get("content"), post.get("authorName")), (None, None));
    }
    let events = board.bus.wait_for(4).await;
    assert_eq!(data(&events[0]).get("ownerKey"), None);
    assert_eq!(board.titles().await, ["/posts/create/", "/posts/create", "/posts/", "/posts"]);
}

#[tokio::test]
async fn empty_optional_texts_are_absent() {
    let board = Board::start().await;
    let body = json!({ "title": "t", "content": "  ", "authorName": " " });
    let post = board.posts.post("/posts", &body).send().await.expect(201).json();
    assert_eq!((post.get("content"), post.get("authorName")), (None, None));
}

#[tokio::test]
async fn the_same_key_and_body_give_the_same_post_again() {
    let board = Board::start().await;
    let body = json!({ "title": "Once", "content": "only" });
    let create = || board.posts.post("/posts", &body).owner(ADA).header("idempotency-key", "k1").send();
    let first = create().await.expect(201);
    let again = create().await.expect(201);
    assert_eq!(first.json(), again.json());
    for header in ["event-id", "etag", "location"] {
        assert_eq!(first.header(header), again.header(header), "{header}");
    }
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(board.titles().await, ["Once"]);

    let other = json!({ "title": "Another", "content": "only" });
    let answer = board.posts.post("/posts", &other).owner(ADA).header("idempotency-key", "k1").send().await;
    answer.expect(422);
    board.posts.post("/posts", &body).owner(BOB).header("idempotency-key", "k1").send().await.expect(201);
    board.posts.post("/posts", &body).owner(ADA).header("idempotency-key", "k2").send().await.expect(201);
    assert_eq!(board.titles().await.len(), 3);
    assert_eq!(board.bus.wait_for(3).await.len(), 3);
}

#[tokio::test]
async fn a_repetition_answers_with_the_post_as_it_is_now() {
    let board = Board::start().await;
    let body = json!({ "title": "Before" });
    let create = || board.posts.post("/posts", &body).owner(ADA).header("idempotency-key", "k").send();
    let first = create().await.expect(201);
    let path = format!("/posts/{}", id_of(&first));
    board.posts.patch(&path, &json!({ "title": "After" })).owner(ADA).send().await.expect(200);
    let again = create().await.expect(201);
    assert_eq!(again.json()["title"], "After");
    assert_eq!(again.header("etag"), Some("\"2\""));
    assert_eq!(again.header("event-id"), first.header("event-id"));
    board.posts.delete(&path).owner(ADA).send().await.expect(204);
    create().await.expect(410);
}

#[tokio::test]
async fn a_key_without_an_owner_means_nothing() {
    let board = Board::start().await;
    for _ in 0..2 {
        let call = board.posts.post("/posts", &json!({ "title": "t" })).header("idempotency-key", "k");
        call.send().await.expect(201);
    }
    assert_eq!(board.titles().await.len(), 2);
}

#[tokio::test]
async fn concurrent_repetitions_make_one_post() {
    let board = Board::start().await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let call = board.posts.post("/posts", &json!({ "title": "Once" })).owner(ADA).header("idempotency-key", "k");
        calls.spawn(call.send());
    }
    let answers = calls.join_all().await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json(), answers[0].json());
        assert_eq!(answer.header("event-id"), answers[0].header("event-id"));
    }
    assert_eq!(board.titles().await, ["Once"]);
    board.post("Last").await;
    assert_eq!(board.bus.wait_for(2).await.len(), 2);
}

#[tokio::test]
async fn a_trace_goes_on_in_the_event() {
    let board = Board::start().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let call = board.posts.post("/posts", &json!({ "title": "t" }));
    call.header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01")).send().await.expect(201);
    let events = board.bus.wait_for(1).await;
    assert_eq!(events[0].traceparent.as_deref().and_then(|parent| parent.get(3..35)), Some(trace));
}

#[tokio::test]
async fn writes_are_limited_where_a_limit_is_set() {
    let board = Board::start_with(|config| config.service.http.writes_per_minute = Some(2)).await;
    let create = || board.posts.post("/posts", &json!({ "title": "t" })).send();
    create().await.expect(201);
    create().await.expect(201);
    let answer = create().await.expect(429);
    assert!(answer.header("retry-after").is_some());
    board.posts.get("/posts").send().await.expect(200);
}
