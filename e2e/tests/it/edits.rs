//! An edit that races its verdict: whatever the timing, nobody is shown text that was not judged as it stands.

use e2e::board::Board;
use e2e::wait;
use serde_json::json;

const KEY: &str = "the-secret-of-a-fickle-author";

#[tokio::test]
async fn no_reader_ever_sees_a_version_that_was_not_judged() {
    let board = Board::apart().up().await;
    let post = board.post("a thread").await;
    let id = post.text_of("id").to_owned();
    let author = board.at("comments").with("owner-key", KEY);
    for round in 0..15 {
        let first = author
            .post(&format!("/posts/{id}/comments"), &json!({ "content": format!("harmless {round}") }))
            .await
            .expect(201);
        let comment = format!("/comments/{}", first.text_of("id"));
        // Hits the first verdict at another moment each round: before it, on its way, after it.
        for _ in 0..round {
            assert!(!board.seen(&id).await.to_string().contains("orange"));
        }
        author.patch(&comment, &json!({ "content": format!("orange {round}") })).await.expect(200);
        wait::until("the edit to be judged", async || {
            let seen = board.seen(&id).await;
            assert!(!seen.to_string().contains("orange"), "unjudged text was shown: {seen}");
            let one = seen["comments"].as_array()?.iter().find(|c| c["id"] == first.json["id"])?.clone();
            (one["status"] == "rejected" && one["revision"] == 2).then_some(())
        })
        .await;
        // The author sees it all the same, with the reason.
        let mine = board.at("query").with("owner-key", KEY).get(&format!("/posts/{id}?limit=100")).await.expect(200);
        assert!(mine.text.contains(&format!("orange {round}")), "{}", mine.text);
    }
}

#[tokio::test]
async fn a_rejected_comment_that_is_mended_is_shown() {
    let board = Board::apart().up().await;
    let post = board.post("a thread").await;
    let id = post.text_of("id").to_owned();
    let author = board.at("comments").with("owner-key", KEY);
    let path = format!("/posts/{id}/comments");
    let comment = author.post(&path, &json!({ "content": "an orange" })).await.expect(201);
    assert_eq!(board.judged(&id, 1).await[0]["status"], "rejected");
    let change = author.with("if-match", "\"1\"");
    let one = format!("/comments/{}", comment.text_of("id"));
    change.patch(&one, &json!({ "content": "an apple" })).await.expect(200);
    change.patch(&one, &json!({ "content": "too late" })).await.expect(412);
    let shown = wait::until("the mended comment", async || {
        let comment = board.judged(&id, 1).await.remove(0);
        (comment["status"] == "approved").then_some(comment)
    })
    .await;
    assert_eq!(shown["content"], "an apple");
}

#[tokio::test]
async fn a_moderator_decides_what_rules_held_and_what_they_had_decided() {
    let board = Board::apart().up().await;
    let post = board.post("a thread").await;
    let id = post.text_of("id").to_owned();
    let long = "word ".repeat(1500);
    let held = board.comment(&id, &long).await;
    let moderation = board.at("moderation");
    let entry = wait::until("the queue to hold it", async || {
        let queue = moderation.get("/queue").await.expect(200).json;
        queue.as_array()?.iter().find(|q| q["id"] == held.json["id"]).cloned()
    })
    .await;
    assert!(entry["rule"].is_string(), "{entry}");
    let decide = |status: &str| json!({ "kind": "comment", "id": held.json["id"], "revision": 1, "status": status, "reason": "by a person" });
    moderation.post("/decisions", &decide("approved")).await.expect(201);
    let shown = board.judged(&id, 1).await;
    assert_eq!((&shown[0]["status"], &shown[0]["content"]), (&json!("approved"), &json!(long.trim())));
    moderation.post("/decisions", &decide("rejected")).await.expect(201);
    wait::until("the second thought", async || {
        (board.seen(&id).await["comments"][0]["status"] == "rejected").then_some(())
    })
    .await;
}
