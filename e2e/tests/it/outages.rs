//! Any service may be down, late or restarted: the others keep taking writes and serving what they have, and when it is
//! back everything arrives, in order, once.

use e2e::board::{Board, SERVICES};
use e2e::wait;
use serde_json::{Value, json};

#[tokio::test]
async fn posts_and_comments_are_taken_while_the_bus_is_down_and_arrive_in_order() {
    let mut board = Board::apart().up().await;
    let known = board.post("known").await;
    let known = known.text_of("id").to_owned();
    board.comment(&known, "comment 0").await;
    board.judged(&known, 1).await;

    board.process("event-bus").kill().await;
    for number in 1..=20 {
        board.comment(&known, &format!("comment {number}")).await;
        board.post(&format!("post {number}")).await;
    }
    assert_eq!(board.seen(&known).await["commentCount"], 1, "query serves what it has");
    board.process("event-bus").start();
    board.process("event-bus").ready().await;

    let comments = board.judged(&known, 21).await;
    let contents: Vec<_> = comments.iter().map(|c| c["content"].as_str().unwrap().to_owned()).collect();
    assert_eq!(contents, (0..=20).map(|n| format!("comment {n}")).collect::<Vec<_>>());
    let titles = wait::until("all posts in the log", async || {
        let events = board.at("event-bus").get("/events?type=PostCreated&limit=100").await.expect(200).json;
        let titles: Vec<_> = events.as_array()?.iter().map(|e| e["data"]["title"].clone()).collect();
        (titles.len() >= 21).then_some(titles)
    })
    .await;
    let expected: Vec<Value> =
        std::iter::once("known".to_owned()).chain((1..=20).map(|n| format!("post {n}"))).map(Value::from).collect();
    assert_eq!(titles, expected);
}

#[tokio::test]
async fn a_comment_while_moderation_is_down_is_judged_when_it_is_back() {
    let mut board = Board::apart().up().await;
    let post = board.post("hello").await;
    let id = post.text_of("id").to_owned();
    board.process("moderation").kill().await;
    board.comment(&id, "fine").await;
    board.comment(&id, "an orange").await;
    wait::until("both to show as pending", async || {
        let seen = board.seen(&id).await;
        (seen["commentCount"] == 2).then_some(())
    })
    .await;
    let waiting = board.seen(&id).await;
    for comment in waiting["comments"].as_array().unwrap() {
        assert_eq!((&comment["status"], &comment["content"]), (&json!("pending"), &Value::Null));
    }
    board.process("moderation").start();
    let judged = board.judged(&id, 2).await;
    let statuses: Vec<_> = judged.iter().map(|c| c["status"].clone()).collect();
    assert_eq!(statuses, ["approved", "rejected"]);
}

#[tokio::test]
async fn what_was_written_while_query_was_down_is_there_when_it_is_back() {
    let mut board = Board::apart().up().await;
    let before = board.post("before").await;
    board.judged(before.text_of("id"), 0).await;
    board.process("query").kill().await;
    let during = board.post("during").await;
    let id = during.text_of("id").to_owned();
    board.comment(&id, "a comment").await;
    board.process("query").start();
    board.process("query").ready().await;
    let comments = board.judged(&id, 1).await;
    assert_eq!(comments[0]["content"], "a comment");
}

#[tokio::test]
async fn every_service_may_be_started_before_the_bus() {
    let mut board = Board::apart();
    for name in SERVICES.into_iter().rev() {
        if name != "event-bus" {
            board.process(name).start();
        }
    }
    for name in ["posts", "comments", "moderation"] {
        board.process(name).ready().await;
    }
    let early = board.post("before there was a bus").await;
    board.process("event-bus").start();
    board.process("query").ready().await;
    let id = early.text_of("id").to_owned();
    wait::until("the early post", async || (!board.seen(&id).await.is_null()).then_some(())).await;
    board.comment(&id, "now").await;
    board.judged(&id, 1).await;
}

#[tokio::test]
async fn a_bus_that_restarts_loses_and_repeats_nothing() {
    let mut board = Board::apart().up().await;
    let post = board.post("hello").await;
    let id = post.text_of("id").to_owned();
    for round in 0..5 {
        board.comment(&id, &format!("comment {round}")).await;
        if round % 2 == 0 {
            board.process("event-bus").kill().await;
        } else {
            assert!(board.process("event-bus").stop().await.success());
        }
        board.process("event-bus").start();
        board.process("event-bus").ready().await;
    }
    let comments = board.judged(&id, 5).await;
    let contents: Vec<_> = comments.iter().map(|c| c["content"].clone()).collect();
    assert_eq!(contents, (0..5).map(|n| json!(format!("comment {n}"))).collect::<Vec<_>>());
    let moderated = board.at("event-bus").get("/events?type=CommentModerated&limit=100").await.expect(200).json;
    assert_eq!(moderated.as_array().map(Vec::len), Some(5), "one verdict each");
}

#[tokio::test]
async fn thirty_two_commenters_at_once_leave_nothing_pending() {
    let board = Board::apart().up().await;
    let post = board.post("a busy thread").await;
    let id = post.text_of("id").to_owned();
    let each = 10;
    let commenters = (0..32).map(|person| {
        let (client, path) = (board.at("comments"), format!("/posts/{id}/comments"));
        tokio::spawn(async move {
            for number in 0..each {
                let word = if (person + number) % 5 == 0 { "orange" } else { "apple" };
                let body = json!({ "content": format!("{word} {person}/{number}") });
                client.post(&path, &body).await.expect(201);
            }
        })
    });
    for commenter in commenters.collect::<Vec<_>>() {
        commenter.await.unwrap();
    }
    wait::until("320 comments, none pending", async || {
        let list = board.at("comments").get(&format!("/posts/{id}/comments?limit=100")).await;
        let mut all = list.json.as_array()?.clone();
        let mut next = list.header("link").to_owned();
        while let Some(query) = next.strip_prefix('<').and_then(|l| l.split('>').next()) {
            let page = board.at("comments").get(&format!("/posts/{id}/comments{query}")).await;
            all.extend(page.json.as_array()?.clone());
            next = page.header("link").to_owned();
        }
        let rejected = all.iter().filter(|c| c["status"] == "rejected").count();
        let approved = all.iter().filter(|c| c["status"] == "approved").count();
        ((approved, rejected) == (256, 64)).then_some(())
    })
    .await;
    wait::until("query to agree", async || (board.seen(&id).await["commentCount"] == 320).then_some(())).await;
}
