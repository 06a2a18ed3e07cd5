//! `--demo`: the sample board comes once, whatever happens meanwhile.

use std::time::Duration;

use chassis::doubles::{Caller, PATIENCE};
use serde_json::{Value, json};

use crate::process::Process;

const ALL: &str = "12 of 12 posts, 65 of 65 comments";
const THERE: &str = "the sample posts are there already";

/// Asks until the answer is a list that is as it should be.
async fn list(caller: &Caller, path: &str, fine: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let asking = async {
        loop {
            let answer = caller.get(path).send().await.expect(200).json();
            let list = answer.as_array().unwrap();
            if fine(list) {
                return list.clone();
            }
            tokio::time::sleep(Duration::from_millis(2)).await; // why: a pause between two looks
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} is not as it should be"))
}

/// The ids of all posts, newest first, once every comment is counted; there are no more of either.
async fn whole_board(caller: &Caller) -> Vec<Value> {
    let counted = |posts: &[Value]| posts.iter().filter_map(|post| post["commentCount"].as_u64()).sum::<u64>();
    let posts = list(caller, "/api/v1/posts?limit=100", |posts| posts.len() >= 12 && counted(posts) >= 65).await;
    assert_eq!((posts.len(), counted(&posts)), (12, 65));
    assert_eq!(posts[0]["title"], "Welcome: this is our board");
    posts.iter().map(|post| post["id"].clone()).collect()
}

#[tokio::test]
async fn the_sample_board_comes_at_the_first_start_and_not_again_at_the_second() {
    let data = tempfile::tempdir().unwrap();
    let mut board = Process::start(data.path(), &["--demo", "--open-front"]).await;
    assert_eq!(board.line("demo: ").await, ALL);
    let first = whole_board(&board.caller).await;
    let queue = list(&board.caller, "/api/v1/moderation/queue", |queue| !queue.is_empty()).await;
    assert_eq!(queue.iter().map(|item| &item["rule"]).collect::<Vec<_>>(), ["long-comment"]);
    let rejected = list(&board.caller, "/api/v1/bus/events?type=CommentModerated&limit=100", |verdicts| {
        verdicts.iter().any(|verdict| verdict["data"]["status"] == "rejected")
    });
    rejected.await;
    board.kill().await;

    let mut board = Process::start(data.path(), &["--demo"]).await;
    assert_eq!(board.line("demo: ").await, THERE);
    assert_eq!(whole_board(&board.caller).await, first);
}

#[tokio::test]
async fn a_load_that_was_cut_short_is_finished_at_the_next_start_without_doubles() {
    let data = tempfile::tempdir().unwrap();
    let board = Process::start(data.path(), &["--demo"]).await;
    list(&board.caller, "/api/v1/posts", |posts| !posts.is_empty()).await;
    board.kill().await;

    let mut board = Process::start(data.path(), &["--demo"]).await;
    // It may have been quicker than the kill.
    let line = board.line("demo: ").await;
    assert!([ALL, THERE].contains(&&*line), "{line}");
    whole_board(&board.caller).await;
}

#[tokio::test]
async fn nothing_comes_unasked() {
    let data = tempfile::tempdir().unwrap();
    let board = Process::start(data.path(), &[]).await;
    assert_eq!(board.caller.get("/api/v1/posts").send().await.expect(200).json(), json!([]));
    assert!(!data.path().join("demo.key").exists());
}
