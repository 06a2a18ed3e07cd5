//! `PATCH /posts/{id}`.

use serde_json::json;

use super::{ADA, BOB, Board, data, id_of};

#[tokio::test]
async fn an_edit_makes_a_new_revision_and_is_told() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("Before").await));
    let answer = board.posts.patch(&path, &json!({ "title": "After" })).owner(ADA).send().await.expect(200);
    let post = answer.json();
    assert_eq!((post["title"].as_str(), post["content"].as_str()), (Some("After"), Some("text")));
    assert_eq!(post["revision"], 2);
    assert_eq!(post["status"], "pending");
    assert!(post["editedAt"].is_string());
    assert_eq!(answer.header("etag"), Some("\"2\""));
    assert_eq!(board.posts.get(&path).send().await.json(), post);

    let events = board.bus.wait_for(2).await;
    assert_eq!(&*events[1].type_name, "PostUpdated");
    assert_eq!(answer.header("event-id"), Some(events[1].id.as_str()));
    let said = data(&events[1]);
    for field in ["id", "title", "content", "revision", "editedAt"] {
        assert_eq!(said[field], post[field], "{field}");
    }
}

#[tokio::test]
async fn content_can_be_changed_and_taken_away() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("Title").await));
    let edit = |body| board.posts.patch(&path, &body).owner(ADA).send();
    assert_eq!(edit(json!({ "content": "more" })).await.expect(200).json()["content"], "more");
    assert_eq!(edit(json!({ "content": null })).await.expect(200).json().get("content"), None);
    assert_eq!(board.posts.get(&path).send().await.json()["revision"], 3);
}

#[tokio::test]
async fn an_edit_that_changes_nothing_says_nothing() {
    let board = Board::start().await;
    let created = board.post("Title").await;
    let path = format!("/posts/{}", id_of(&created));
    let answer = board.posts.patch(&path, &json!({ "title": " Title " })).owner(ADA).send().await.expect(200);
    assert_eq!(answer.json(), created.json());
    assert_eq!(answer.header("event-id"), created.header("event-id"));
    board.post("Next").await;
    assert_eq!(super::titles_of(&board.bus.wait_for(2).await), ["Title", "Next"]);
}

#[tokio::test]
async fn only_the_author_edits() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("Ada's").await));
    let nobodys = board.posts.post("/posts", &json!({ "title": "Nobody's" })).send().await.expect(201);
    let nobodys = format!("/posts/{}", id_of(&nobodys));
    let body = json!({ "title": "Mine" });
    board.posts.patch(&path, &body).send().await.expect(401);
    board.posts.patch(&path, &body).owner(BOB).send().await.expect(403);
    board.posts.patch(&nobodys, &body).send().await.expect(401);
    board.posts.patch(&nobodys, &body).owner(BOB).send().await.expect(403);
    let unknown = format!("/posts/{}", contract::PostId::new());
    board.posts.patch(&unknown, &body).owner(ADA).send().await.expect(404);
    assert_eq!(board.titles().await, ["Nobody's", "Ada's"]);
}

#[tokio::test]
async fn a_change_to_another_revision_than_the_one_meant_is_not_made() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("1").await));
    let edit = |title: &str, tag: &str| {
        board.posts.patch(&path, &json!({ "title": title })).owner(ADA).header("if-match", tag).send()
    };
    edit("2", "\"1\"").await.expect(200);
    edit("lost", "\"1\"").await.expect(412);
    edit("lost", "W/\"2\"").await.expect(412);
    edit("3", "\"9\", \"2\"").await.expect(200);
    edit("4", "*").await.expect(200);
    assert_eq!(board.titles().await, ["4"]);
    let delete = |tag: &str| board.posts.delete(&path).owner(ADA).header("if-match", tag).send();
    delete("\"3\"").await.expect(412);
    delete("\"4\"").await.expect(204);
}

#[tokio::test]
async fn of_concurrent_edits_to_one_revision_one_is_made() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("0").await));
    let mut calls = tokio::task::JoinSet::new();
    for number in 1..=16 {
        let body = json!({ "title": number.to_string() });
        calls.spawn(board.posts.patch(&path, &body).owner(ADA).header("if-match", "\"1\"").send());
    }
    let answers = calls.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 412).count(), 15);
}
