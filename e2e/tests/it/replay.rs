//! What is lost comes back from the log; a log that is lost is noticed.

use std::path::Path;

use e2e::board::Board;
use e2e::wait;
use serde_json::json;

/// Deletes what a service keeps, while it does not run.
pub fn delete_database(folder: &Path, name: &str) {
    let mut gone = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if file.starts_with(&format!("{name}.db")) || file.starts_with(&format!("{name}.snapshot")) {
            std::fs::remove_file(&path).unwrap();
            gone += 1;
        }
    }
    assert!(gone > 0, "{name} has no database in {}", folder.display());
}

#[tokio::test]
async fn a_deleted_database_comes_back_by_replay_for_what_is_heard() {
    let mut board = Board::apart().up().await;
    let author = board.at("posts").with("owner-key", "a-secret-that-outlives-databases");
    let post = author.post("/posts", &json!({ "title": "hello" })).await.expect(201);
    let id = post.text_of("id").to_owned();
    board.comment(&id, "an orange").await;
    board.judged(&id, 1).await;
    let digest = board.digest().await;

    for name in ["moderation", "comments", "posts"] {
        board.process(name).kill().await;
        delete_database(&board.data(), name);
        board.process(name).start();
        board.process(name).ready().await;
    }
    // Posts has its post back, with its revision, and knows its author.
    let (path, edit) = (format!("/posts/{id}"), json!({ "title": "hello again" }));
    let edited = wait::until("the post to be back", async || {
        let answer = author.patch(&path, &edit).await;
        (answer.status != 503).then_some(answer)
    })
    .await;
    assert_eq!(edited.expect(200).json["revision"], 2);
    // Comments hears of the post again, so it takes comments on it.
    board.comment(&id, "after the loss").await;
    let comments = board.judged(&id, 2).await;
    assert_eq!(comments[0]["status"], "rejected");
    assert_eq!(comments[1]["status"], "approved");
    // Moderation judged again what it had judged before, and said nothing new of it.
    let moderated = board.at("event-bus").get("/events?type=CommentModerated&limit=100").await.expect(200).json;
    assert_eq!(moderated.as_array().map(Vec::len), Some(2), "{moderated}");

    board.settled().await;
    board.process("query").kill().await;
    let before = board.digest_of_rebuild().await;
    assert_ne!(before["sha256"], digest["sha256"], "there is more now");
}

#[tokio::test]
async fn a_restart_equals_a_rebuild_from_the_first_event() {
    let mut board = Board::apart().up().await;
    for number in 0..5 {
        let post = board.post(&format!("post {number}")).await;
        for word in ["apple", "orange", "pear"] {
            board.comment(post.text_of("id"), word).await;
        }
        board.judged(post.text_of("id"), 3).await;
    }
    let live = board.digest().await;
    assert!(board.process("query").stop().await.success());
    board.process("query").start();
    board.process("query").ready().await;
    let from_snapshot = board.digest().await;
    board.process("query").kill().await;
    let rebuilt = board.digest_of_rebuild().await;
    assert_eq!(live, from_snapshot);
    assert_eq!(live, rebuilt);
}

#[tokio::test]
async fn a_lost_log_is_noticed_and_filled_again_from_what_the_services_kept() {
    let mut board = Board::apart().up().await;
    let post = board.post("before the loss").await;
    let id = post.text_of("id").to_owned();
    board.comment(&id, "also before").await;
    board.judged(&id, 1).await;
    board.settled().await;

    board.process("event-bus").kill().await;
    delete_database(&board.data(), "event-bus");
    board.process("event-bus").start();
    board.process("event-bus").ready().await;
    let after = board.post("after the loss").await;
    let after = after.text_of("id").to_owned();
    wait::until("the new post", async || (!board.seen(&after).await.is_null()).then_some(())).await;
    for name in ["posts", "query"] {
        let process = board.process(name);
        wait::until(&format!("{name} to raise an alarm"), async || {
            let log = process.log();
            (log.contains("another log") || log.contains("lost")).then_some(())
        })
        .await;
    }
    // Every service tells again what it still keeps, as soon as it has something to tell.
    // Comments hears of the new post once it has found out that its subscription is gone, and put it again.
    let body = json!({ "content": "a new one" });
    wait::until("a comment on the new post", async || {
        let answer = board.at("comments").post(&format!("/posts/{after}/comments"), &body).await;
        (answer.status == 201).then_some(())
    })
    .await;
    board.judged(&after, 1).await;
    wait::until("the old post", async || (board.seen(&id).await["title"] == json!("before the loss")).then_some(()))
        .await;
    let comments = board.judged(&id, 1).await;
    assert_eq!(comments[0]["content"], "also before");
}
