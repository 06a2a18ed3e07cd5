//! One file of a board is replaced by an older copy of itself, among newer ones. The board is right afterwards, or it
//! says what is wrong and does not go on as if it were whole.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::board::Board;
use e2e::wait;
use reqwest::Method;
use serde_json::{Value, json};

/// A board that wrote before and after the copy, was killed, and was given the older copy of `files`. What readers saw.
async fn with_older(files: &[&str]) -> (Board, Value, String) {
    let mut board = Board::apart().up().await;
    let author = board.at("posts").with("owner-key", "whoever-wrote-this-may-edit-it");
    let post = author.post("/posts", &json!({ "title": "before the copy" })).await.expect(201).text_of("id").to_owned();
    board.comment(&post, "before the copy").await;
    board.judged(&post, 1).await;
    board.settled().await;
    // In order, so that every file is whole and query has its snapshot.
    stop(&mut board).await;
    let kept = board.folder().join("kept");
    fs::create_dir(&kept).unwrap();
    for name in existing(&board.data(), files) {
        fs::copy(board.data().join(&name), kept.join(&name)).unwrap();
    }
    board.start_all().await;

    let after = board.post("after the copy").await.text_of("id").to_owned();
    let edited = json!({ "title": "edited after the copy" });
    author.patch(&format!("/posts/{post}"), &edited).await.expect(200);
    for content in ["after the copy", "an orange after the copy"] {
        board.comment(&post, content).await;
        board.comment(&after, content).await;
    }
    board.judged(&post, 3).await;
    board.judged(&after, 2).await;
    let digest = board.digest().await;
    stop(&mut board).await;

    for name in existing(&board.data(), files) {
        fs::remove_file(board.data().join(name)).unwrap();
    }
    for name in existing(&kept, files) {
        fs::copy(kept.join(&name), board.data().join(&name)).unwrap();
    }
    (board, digest, post)
}

async fn stop(board: &mut Board) {
    for process in board.processes.iter_mut().rev() {
        assert!(process.stop().await.success(), "{}", process.log());
    }
}

/// The files of a folder that belong to these names: `posts` stands for `posts.db` and all that lies beside it.
fn existing(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| PathBuf::from(entry.unwrap().file_name()));
    let belongs = |path: &PathBuf| {
        let file = path.to_string_lossy().into_owned();
        path.extension().is_none_or(|extension| extension != "lock")
            && names.iter().any(|name| file.starts_with(&format!("{name}.")))
    };
    all.filter(belongs).collect()
}

fn start(board: &mut Board) {
    for process in &mut board.processes {
        process.start();
    }
}

/// Waits until readers see what they saw, and everything works.
async fn is_right(board: &Board, digest: &Value, post: &str) {
    wait::until("readers to see what they saw", async || {
        let found = board.at("query").try_call(Method::GET, "/digest", None).await.ok()?.json;
        let whole = |name: &str| found[name].as_u64() >= digest[name].as_u64();
        let edited = board.seen(post).await["title"] == "edited after the copy";
        (whole("posts") && whole("comments") && edited).then_some(())
    })
    .await;
    let answer = wait::until("a comment to be taken", async || {
        let body = json!({ "content": "all is well" });
        let path = format!("/posts/{post}/comments");
        board.at("comments").try_call(Method::POST, &path, Some(&body)).await.ok().filter(|answer| answer.status == 201)
    })
    .await;
    drop(answer);
    board.judged(post, 4).await;
    assert_eq!(board.digest().await["sha256"], board.digest_of_rebuild().await["sha256"]);
}

#[tokio::test]
async fn an_older_database_of_a_service_is_named_and_read_back() {
    for name in ["posts", "comments", "moderation"] {
        let (mut board, digest, post) = with_older(&[name]).await;
        start(&mut board);
        for process in &mut board.processes {
            process.ready().await;
        }
        let log = wait::until("the alarm", async || {
            let log = fs::read_to_string(board.folder().join(format!("{name}.log"))).ok()?;
            log.contains("ALARM: this database is older").then_some(log)
        })
        .await;
        is_right(&board, &digest, &post).await;
        // The service itself knows what it had: nothing that was edited is as it was.
        let own = board.at("posts").get(&format!("/posts/{post}")).await.expect(200).json;
        assert_eq!(own["title"], "edited after the copy", "{name}: {log}");
        let metrics = board.at(name).get("/metrics").await.text;
        assert!(metrics.contains("database_older_total{service=\""), "{name}");
    }
}

#[tokio::test]
async fn an_older_log_is_named_written_to_by_no_one_and_mended_by_another_id() {
    let (mut board, digest, post) = with_older(&["event-bus"]).await;
    start(&mut board);
    for name in ["posts", "comments", "moderation"] {
        wait::until(&format!("{name} to notice"), async || {
            let ready = board.at(name).try_call(Method::GET, "/readyz", None).await.ok()?;
            (ready.status == 503 && ready.json["waitingFor"] == json!(["log"])).then_some(())
        })
        .await;
    }
    let refused = board.at("posts").post("/posts", &json!({ "title": "into an older log" })).await.expect(503);
    assert!(!refused.header("retry-after").is_empty());
    assert!(refused.json["detail"].as_str().unwrap().contains("older"), "{refused:?}");
    let head = board.head().await;
    wait::until("query to notice", async || {
        let metrics = board.at("query").try_call(Method::GET, "/metrics", None).await.ok()?.text;
        metrics.contains("bus_log_older{service=\"query\"} 1").then_some(())
    })
    .await;
    assert!(board.process("query").log().contains("ALARM"));
    assert_eq!(board.head().await, head, "no one writes to it");
    // Readers are shown what there was.
    assert_eq!(board.seen(&post).await["title"], "edited after the copy");

    let log = board.at("event-bus").get("/events?limit=1").await.header("folkmoot-log").to_owned();
    assert!(board.process("event-bus").stop().await.success());
    board.process("event-bus").argue(&format!("--new-log-id={log}"));
    board.process("event-bus").start();
    for process in &mut board.processes {
        process.ready().await;
    }
    // A service learns of the new log at the latest by what it publishes next.
    board.post("the first after it").await;
    is_right(&board, &digest, &post).await;
}

#[tokio::test]
async fn an_older_snapshot_is_only_an_older_beginning() {
    let (mut board, digest, post) = with_older(&["query"]).await;
    start(&mut board);
    for process in &mut board.processes {
        process.ready().await;
    }
    assert_eq!(board.digest().await["sha256"], digest["sha256"]);
    is_right(&board, &digest, &post).await;
}
