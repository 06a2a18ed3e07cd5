//! A new process beside the one that it follows: it waits for the data folder, says so, and goes on.

use e2e::board::{Board, SERVICES};
use e2e::client::{Answer, Client};
use e2e::wait;
use reqwest::Method;
use serde_json::json;

const HELD: &str = "another process holds the lock";

/// Waits until it answers, and gives the answer.
async fn answered(client: &Client, path: &str) -> Answer {
    wait::until(&format!("an answer to {path}"), async || client.try_call(Method::GET, path, None).await.ok()).await
}

/// What a process answers at this address while it waits for the folder.
async fn waits(client: &Client, what: &str) {
    answered(client, "/healthz").await.expect(200);
    let ready = answered(client, "/readyz").await.expect(503);
    let waiting = ready.json["waitingFor"].to_string();
    assert!(waiting.contains("the lock on ") && waiting.contains(".lock"), "{what}: {waiting}");
    let other = answered(client, "/posts").await.expect(503);
    assert_eq!(other.header("retry-after"), "2", "{what}: {other:?}");
    assert_eq!(other.header("content-type"), "application/problem+json", "{what}");
    assert!(other.text_of("detail").contains("the lock on "), "{what}: {other:?}");
}

/// `second` on the folder of `first`.
fn on_the_folder_of(first: &Board, second: &mut Board) {
    let folder = format!("--data-dir={}", first.data().display());
    for process in &mut second.processes {
        process.argue(&folder);
    }
}

#[tokio::test]
async fn each_service_waits_for_the_one_that_it_follows() {
    let (mut first, mut second) = (Board::apart().up().await, Board::apart());
    let post = first.post("kept").await;
    let id = post.text_of("id");
    wait::until("the post", async || (first.seen(id).await["title"] == "kept").then_some(())).await;
    on_the_folder_of(&first, &mut second);
    for name in SERVICES {
        second.process(name).start();
        waits(&second.at(name), name).await;
        assert!(first.process(name).stop().await.success(), "{name}");
        second.process(name).ready().await;
        let log = second.process(name).log();
        assert_eq!(log.matches(HELD).count(), 1, "{name} says it once: {log}");
        assert!(!log.contains("path=/readyz"), "{name} warns of no probe: {log}");
    }
    second.at("posts").post("/posts", &json!({ "title": "after" })).await.expect(201);
    assert_eq!(second.seen(id).await["title"], "kept");
}

#[tokio::test]
async fn the_single_process_waits_for_the_one_that_it_follows() {
    let (mut first, mut second) = (Board::single().up().await, Board::single());
    let post = first.post("kept").await;
    on_the_folder_of(&first, &mut second);
    second.process("folkmoot").start();
    for name in SERVICES {
        waits(&second.at(name), name).await;
    }
    waits(&second.front(), "the front").await;
    assert!(first.process("folkmoot").stop().await.success());
    second.start_all().await;
    let id = post.text_of("id");
    wait::until("the post", async || (second.seen(id).await["title"] == "kept").then_some(())).await;
}

#[tokio::test]
async fn a_process_that_waits_ends_when_it_is_asked_to() {
    let (first, mut second) = (Board::single().up().await, Board::single());
    on_the_folder_of(&first, &mut second);
    second.process("folkmoot").start();
    waits(&second.front(), "the front").await;
    let status = second.process("folkmoot").stop().await;
    assert!(status.success(), "{status}: {}", second.process("folkmoot").log());
    first.post("still there").await;
}
