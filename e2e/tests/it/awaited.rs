//! A person sees their own write at once, wherever it is read.

use std::time::{Duration, Instant};

use e2e::board::Board;
use serde_json::json;

const EACH: usize = 500;

#[tokio::test]
async fn a_thousand_writes_each_followed_by_a_read_all_see_themselves() {
    let board = Board::single().up().await;
    let (front, mut seen) = (board.front(), 0);
    let post = front.post("/api/v1/posts", &json!({ "title": "the first" })).await.expect(201);
    let post = post.text_of("id").to_owned();
    for number in 0..EACH {
        let written = front.post("/api/v1/posts", &json!({ "title": format!("post {number}") })).await.expect(201);
        let read = front.with("await-event", &written.event_id());
        let page = read.get(&format!("/api/v1/posts/{}", written.text_of("id"))).await.expect(200);
        assert_eq!(page.json["title"], format!("post {number}"));
        assert_eq!(page.header("await-event"), "", "{page:?}");
        seen += 1;

        let path = format!("/api/v1/posts/{post}/comments");
        let key = format!("a-secret-of-mine-{number}");
        let mine = front.with("owner-key", &key);
        let written = mine.post(&path, &json!({ "content": format!("comment {number}") })).await.expect(201);
        let read = mine.with("await-event", &written.event_id()).get(&format!("/api/v1/posts/{post}?limit=100")).await;
        assert_eq!(read.header("await-event"), "", "{read:?}");
        assert_eq!(read.json["commentCount"], number + 1);
        seen += 1;
    }
    assert_eq!(seen, 2 * EACH);
}

#[tokio::test]
async fn an_event_that_never_comes_is_waited_for_two_seconds_and_the_answer_says_so() {
    let board = Board::single().up().await;
    let post = board.post("something to read").await;
    let thread = format!("/posts/{}/comments", post.text_of("id"));
    let reader = board.at("query").with("await-event", "01900000-0000-7000-8000-000000000000");
    let began = Instant::now();
    let answer = reader.get("/posts").await.expect(200);
    let took = began.elapsed();
    assert_eq!(answer.header("await-event"), "timeout");
    assert!(took >= Duration::from_millis(1900), "{took:?}");
    assert_eq!(answer.json.as_array().map(Vec::len), Some(1));
    for (service, list) in [("posts", "/posts"), ("comments", &thread), ("moderation", "/queue")] {
        let reader = board.at(service).with("await-event", "01900000-0000-7000-8000-000000000000");
        assert_eq!(reader.get(list).await.expect(200).header("await-event"), "timeout", "{service}");
    }
    // What is still missing may be just what was awaited: a reader is told that here too.
    let unknown = reader.get("/posts/01900000-0000-7000-8000-000000000000").await.expect(404);
    assert_eq!(unknown.header("await-event"), "timeout");
}

#[tokio::test]
async fn a_service_shows_its_own_write_and_what_it_heard() {
    let board = Board::apart().up().await;
    let post = board.post("hello").await;
    let own = board.at("posts").with("await-event", &post.event_id()).get("/posts").await.expect(200);
    assert_eq!(own.header("await-event"), "");
    // Comments hears of the post: a read there that waits for it is answered once it is known.
    let path = format!("/posts/{}/comments", post.text_of("id"));
    let heard = board.at("comments").with("await-event", &post.event_id()).get(&path).await.expect(200);
    assert_eq!(heard.header("await-event"), "");
}
