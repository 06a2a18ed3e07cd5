//! Live updates.

use chassis::doubles::PATIENCE;
use contract::{CommentId, PostId, Status};
use serde_json::{Value, json};

use super::said::{comment_deleted, commented, judged, post_created, post_deleted, post_judged, updated};
use super::{Board, eventually};

/// Somebody who listens.
struct Listener {
    response: reqwest::Response,
    text: String,
}

#[derive(Debug, PartialEq)]
struct Told {
    id: String,
    event: String,
    data: Value,
}

impl Listener {
    async fn open(board: &Board, last: Option<&str>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = http.get(format!("{}/live", board.query.url()));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let mut response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        // The greeting: from here on nothing is missed.
        let greeting = tokio::time::timeout(PATIENCE, response.chunk()).await.unwrap().unwrap().unwrap();
        Self { response, text: String::from_utf8(greeting.into()).unwrap() }
    }

    /// The next event, comments and places passed over; `None` at the end.
    async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let mut lines = block.lines();
                    lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()))
                };
                let told = field("data").map(|data| Told {
                    id: field("id").unwrap_or_default(),
                    event: field("event").unwrap_or_default(),
                    data: serde_json::from_str(&data).unwrap(),
                });
                self.text = String::from(rest);
                if told.is_some() {
                    return told;
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("an event in time");
            match chunk {
                Ok(Some(chunk)) => self.text.push_str(std::str::from_utf8(&chunk).unwrap()),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    async fn expect(&mut self, event: &str) -> Told {
        let told = self.next().await.expect("an event");
        assert_eq!(told.event, event, "{told:?}");
        told
    }
}

#[tokio::test]
async fn a_listener_is_told_what_everyone_may_see() {
    let board = Board::start().await;
    let mut listener = Listener::open(&board, None).await;
    let post = board.post("Hello").await;
    let told = listener.expect("post").await;
    assert_eq!((&told.data["id"], &told.data["title"]), (&json!(post), &json!("Hello")));
    assert_eq!(told.data["html"], "<p>text of Hello</p>");
    assert_eq!(told.id, "0000000000000001");

    let comment = commented(post, CommentId::new(), None, 10, "an opinion");
    board.say(comment.clone()).await;
    let told = listener.expect("comment").await;
    let pending = json!({
        "postId": post, "id": comment.id, "content": null, "status": "pending", "revision": 1,
        "createdAt": comment.created_at, "withheld": true,
    });
    assert_eq!(told.data, pending);
    board.say(judged(&comment, Status::Approved)).await;
    let told = listener.expect("comment").await.data;
    assert_eq!((&told["content"], &told["html"]), (&json!("an opinion"), &json!("<p>an opinion</p>")));
    board.say(comment_deleted(&comment)).await;
    assert_eq!(listener.expect("comment").await.data["deleted"], true);

    board.say(post_judged(post, 1, 1, Status::Rejected)).await;
    let told = listener.expect("post").await;
    assert_eq!(told.data, json!({ "id": post, "status": "rejected", "withheld": true }));
    // What is said below a hidden post is not told.
    board.say(commented(post, CommentId::new(), None, 20, "below")).await;
    board.say(post_deleted(post)).await;
    assert_eq!(listener.expect("post").await.data, json!({ "id": post, "status": "deleted", "deleted": true }));
}

#[tokio::test]
async fn who_comes_back_is_told_what_it_missed_as_it_is_now() {
    let board = Board::start().await;
    let mut listener = Listener::open(&board, None).await;
    let post = board.post("Hello").await;
    let last = listener.expect("post").await.id;
    drop(listener);
    let comment = board.comment(post, "an opinion", Status::Approved).await;
    board.say(updated(&comment, 1, 2, Status::Rejected, "an opinion")).await;
    let mut listener = Listener::open(&board, Some(&last)).await;
    for _ in 0..3 {
        let told = listener.expect("comment").await;
        // It was approved in between, but it is not any more.
        assert_eq!((&told.data["status"], &told.data["content"]), (&json!("rejected"), &json!(null)));
    }
    board.say(post_created(PostId::new(), 0, "More")).await;
    assert_eq!(listener.expect("post").await.data["title"], "More");
}

#[tokio::test]
async fn who_comes_back_from_too_long_ago_begins_anew() {
    let board = Board::start().await;
    board.post("Hello").await;
    let board = board.stop().await.start().await;
    board.until_ready().await;
    for strange in ["0000000000000000", "99", "nonsense"] {
        let mut listener = Listener::open(&board, Some(strange)).await;
        let reset = listener.expect("reset").await;
        assert_eq!(reset.id, "0000000000000001");
    }
    let mut listener = Listener::open(&board, Some("1")).await;
    board.post("More").await;
    listener.expect("post").await;
}

#[tokio::test]
async fn a_new_source_goes_on_where_another_one_was() {
    let board = Board::start().await;
    for title in ["one", "two", "three"] {
        board.post(title).await;
    }
    let url = format!("{}/live?after=0000000000000001", board.query.url());
    let mut answer = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    let mut text = String::new();
    while !text.contains("three") {
        text.push_str(std::str::from_utf8(&answer.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(!text.contains("one") && !text.contains("reset") && text.contains("id: 0000000000000002"), "{text}");
}

#[tokio::test]
async fn a_lost_log_begins_anew_for_all_who_listen() {
    let board = Board::start_with(|config| config.stale_after = std::time::Duration::from_millis(20)).await;
    board.post("Hello").await;
    let mut listener = Listener::open(&board, None).await;
    board.log.lose();
    listener.expect("reset").await;
    board.until_ready().await;
    board.post("More").await;
    assert_eq!(listener.expect("post").await.id, "0000000000000001");
}

#[tokio::test]
async fn there_are_so_many_places_and_who_leaves_frees_one() {
    let board = Board::start_with(|config| config.live_listeners = 2).await;
    let one = Listener::open(&board, None).await;
    let _two = Listener::open(&board, None).await;
    let refused = board.get("/live").await.expect(503);
    assert!(refused.header("retry-after").is_some());
    drop(one);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/live", board.query.url());
    eventually(async || (http.get(&url).send().await.unwrap().status() == 200).then_some(())).await;
}

#[tokio::test]
async fn streams_end_with_the_service() {
    let board = Board::start().await;
    let mut listener = Listener::open(&board, None).await;
    let (told, _) = tokio::join!(listener.next(), board.stop());
    assert_eq!(told, None);
}
