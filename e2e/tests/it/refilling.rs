//! The bus loses its log: readers see the board as it was all the while, and every service publishes again what it owns,
//! also where nobody writes anything.

use e2e::board::Board;
use e2e::client::Answer;
use e2e::wait;
use serde_json::{Value, json};

use super::replay::delete_database;

/// A board with a thread, a withheld comment, a withheld post and a deleted one: what readers see of it, and the log's head.
async fn eventful() -> (Board, Value, String) {
    let board = Board::apart().up().await;
    let post = board.post("the oak").await.text_of("id").to_owned();
    for word in ["apple", "orange", "pear"] {
        board.comment(&post, word).await;
    }
    board.judged(&post, 3).await;
    let secret = board.post("an orange").await.text_of("id").to_owned();
    wait::until("the post to be withheld", async || {
        (board.at("query").get(&format!("/posts/{secret}")).await.status == 404).then_some(())
    })
    .await;
    let posts = board.at("posts").with("owner-key", "the-secret-of-the-author");
    let gone = posts.post("/posts", &json!({ "title": "gone" })).await.expect(201);
    posts.delete(&format!("/posts/{}", gone.text_of("id"))).await.expect(204);
    board.settled().await;
    wait::until("query to reach the head", async || {
        let list = board.at("query").get("/posts").await.expect(200).json;
        (list.as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
    let list = board.at("query").get("/posts").await.expect(200).json;
    let head = board.head().await;
    (board, list, head)
}

/// Whether an answer of query is up to date; whatever it is, it is what was there before.
fn is_fresh(answer: &Answer, list: &Value) -> bool {
    assert_eq!((answer.status.as_u16(), &answer.json), (200, list));
    answer.header("folkmoot-stale").is_empty()
}

#[tokio::test]
async fn an_idle_board_whose_log_is_lost_comes_back_by_itself() {
    let (mut board, list, head) = eventful().await;
    board.process("event-bus").kill().await;
    delete_database(&board.data(), "event-bus");
    board.process("event-bus").start();
    let query = board.at("query");
    // Nothing is written: what is there again was published by the services themselves.
    wait::until("all of it to be back", async || {
        query.get("/readyz").await.expect(200);
        let fresh = is_fresh(&query.get("/posts").await, &list);
        let there = board.at("event-bus").try_call(reqwest::Method::GET, "/events?limit=1", None).await;
        let there = there.is_ok_and(|answer| answer.status == 200 && answer.header("folkmoot-head") == head);
        (fresh && there).then_some(())
    })
    .await;
    let digest = board.digest().await;
    assert_eq!(digest, board.digest_of_rebuild().await);
    // And it goes on.
    let post = board.post("the elm").await.text_of("id").to_owned();
    board.comment(&post, "plum").await;
    board.judged(&post, 1).await;
}

#[tokio::test]
async fn a_query_that_restarts_meanwhile_shows_what_was_there_too() {
    let (mut board, list, _) = eventful().await;
    board.process("moderation").kill().await;
    assert!(board.process("query").stop().await.success());
    board.process("event-bus").kill().await;
    delete_database(&board.data(), "event-bus");
    board.process("event-bus").start();
    board.process("query").start();
    board.process("query").ready().await;
    let query = board.at("query");
    // Posts and comments are back long before the verdicts on them.
    wait::until("posts and comments in the log", async || {
        assert!(!is_fresh(&query.get("/posts").await, &list), "without verdicts");
        let bus = board.at("event-bus");
        let of = async |name: &str| {
            let answer = bus.try_call(reqwest::Method::GET, &format!("/events?type={name}"), None).await.ok()?;
            answer.json.as_array().map(Vec::len)
        };
        (of("PostCreated").await == Some(3) && of("CommentUpdated").await == Some(3)).then_some(())
    })
    .await;
    for _ in 0..20 {
        assert!(!is_fresh(&query.get("/posts").await, &list), "without verdicts");
    }
    board.process("moderation").start();
    wait::until("all of it to be back", async || is_fresh(&query.get("/posts").await, &list).then_some(())).await;
}
