//! What is not known yet is answered as that: while a database is read back nothing of it changes, and while the bus is away
//! nothing is said to be missing that may only not have arrived.

use e2e::board::Board;
use e2e::wait;
use reqwest::Method;
use serde_json::json;

use super::replay::delete_database;

const ADA: &str = "the-secret-of-the-author";

#[tokio::test]
async fn no_text_is_shown_that_was_not_judged_while_a_database_is_read_back() {
    let mut board = Board::apart().up().await;
    let posts = board.at("posts").with("owner-key", ADA);
    let keyed = posts.with("idempotency-key", "the-key");
    let body = json!({ "title": "pear" });
    let id = keyed.post("/posts", &body).await.expect(201).text_of("id").to_owned();
    let path = format!("/posts/{id}");
    posts.patch(&path, &json!({ "title": "plum" })).await.expect(200);
    let withheld = posts.post("/posts", &json!({ "title": "an orange" })).await.expect(201).text_of("id").to_owned();
    let shown = |title: &str| {
        let (board, id, title) = (board.at("query"), id.clone(), title.to_owned());
        wait::until("it to be judged", async move || {
            let seen = board.get(&format!("/posts/{id}")).await.json;
            (seen["title"] == title.as_str() && seen["status"] == "approved").then_some(())
        })
    };
    shown("plum").await;
    board.settled().await;

    // The database is lost, and the bus, which has it all, is not there at first.
    board.process("event-bus").kill().await;
    board.process("posts").kill().await;
    delete_database(&board.data(), "posts");
    board.process("posts").start();
    board.process("posts").ready().await;
    let secret = json!({ "title": "an orange, unjudged" });
    let attempt = async || {
        [
            // The first would make the post anew, at revision 1; the second would take revision 2, which was judged.
            keyed.post("/posts", &body).await,
            posts.patch(&path, &secret).await,
            posts.delete(&path).await,
            posts.get(&path).await,
            posts.get("/posts").await,
        ]
    };
    for answer in attempt().await {
        assert!(!answer.expect(503).header("retry-after").is_empty());
    }
    // What is new may change.
    let fresh = posts.post("/posts", &json!({ "title": "fig" })).await.expect(201).text_of("id").to_owned();
    posts.patch(&format!("/posts/{fresh}"), &json!({ "title": "date" })).await.expect(200);
    board.process("event-bus").start();
    // From now on each call may be answered as by a service that knows everything.
    let edited = wait::until("the post to be back", async || {
        let listed = posts.get("/posts").await;
        assert!(!listed.text.contains("orange") && !posts.get(&path).await.text.contains("pear"), "{listed:?}");
        let seen = board.at("query").get(&path).await;
        assert!(!seen.text.contains("orange") && !seen.text.contains("pear"), "{seen:?}");
        let edit = posts.patch(&path, &secret).await;
        assert!([200, 503].contains(&edit.status.as_u16()), "{edit:?}");
        (edit.status == 200).then_some(edit)
    })
    .await;
    assert_eq!(edited.json["revision"], 3);
    board.settled().await;
    for reader in [board.at("query"), board.at("posts")] {
        assert!(!reader.get("/posts").await.expect(200).text.contains("orange"));
        reader.get(&format!("/posts/{withheld}")).await.expect(404);
        reader.get(&path).await.expect(404);
    }
    let again = keyed.post("/posts", &body).await.expect(201);
    assert_eq!(again.text_of("id"), id);
    let events = board.at("event-bus").get(&format!("/events?subject={id}&limit=100")).await.expect(200).json;
    let texts: Vec<_> = events.as_array().unwrap().iter().filter(|e| e["source"] == "/posts").collect();
    let revisions: Vec<_> = texts.iter().map(|e| e["data"]["revision"].as_u64().unwrap()).collect();
    assert_eq!(revisions, [1, 2, 3], "{texts:#?}");
}

#[tokio::test]
async fn a_post_that_was_acknowledged_is_never_said_to_be_missing() {
    let mut board = Board::apart().up().await;
    let known = board.post("known").await;
    board.comment(known.text_of("id"), "apple").await;
    board.judged(known.text_of("id"), 1).await;
    for round in 0..3 {
        board.process("event-bus").kill().await;
        let post = board.post(&format!("post {round}")).await.text_of("id").to_owned();
        let comments = board.at("comments");
        let path = format!("/posts/{post}/comments");
        let try_it = async || {
            let read = comments.try_call(Method::GET, &path, None).await.unwrap();
            assert!([200, 503].contains(&read.status.as_u16()), "{read:?}");
            let answer = comments.post(&path, &json!({ "content": "pear" })).await;
            assert!([201, 503].contains(&answer.status.as_u16()), "{answer:?}");
            (answer.status == 201).then_some(())
        };
        assert_eq!(try_it().await, None, "the bus is away");
        board.process("event-bus").start();
        wait::until("the comment to be taken", try_it).await;
        board.judged(&post, 1).await;
    }
}
