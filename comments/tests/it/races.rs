//! An edit that races its verdict: no order, and no coincidence, shows a text that was not judged as it stands.

use std::collections::HashMap;

use contract::{Envelope, PostId, Status};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::{ADA, Board, data, verdict};

async fn edit(board: &Board, id: &str, content: &str) {
    let body = json!({ "content": content });
    board.comments.patch(&format!("/comments/{id}"), &body).owner(ADA).send().await.expect(200);
}

/// Everything that was said of this comment, in order.
fn said_of(events: &[Envelope], id: &str) -> Vec<(Box<str>, Value)> {
    let spoken = events.iter().map(|event| (event.type_name.clone(), data(event)));
    spoken.filter(|(_, data)| data["id"] == id).collect()
}

/// Checks what is on the bus about one comment, and what a reader sees last.
async fn check(board: &Board, id: &str) {
    board.flush().await;
    let said = said_of(&board.bus.events(), id);
    let mut texts: HashMap<u64, Value> = HashMap::new();
    let mut last = json!("pending");
    for (type_name, data) in &said {
        let revision = data["revision"].as_u64().unwrap();
        if &**type_name == "CommentModerated" {
            continue;
        }
        let text = texts.entry(revision).or_insert_with(|| data["content"].clone());
        assert_eq!(*text, data["content"], "a revision has one text");
        if data["status"] != "pending" {
            let judged = said.iter().any(|(type_name, verdict)| {
                &**type_name == "CommentModerated"
                    && verdict["revision"] == data["revision"]
                    && verdict["decision"] == data["decision"]
                    && verdict["status"] == data["status"]
            });
            assert!(judged, "nobody judged {data} in {said:#?}");
        }
        last = data["status"].clone();
    }
    let seen = board.comments.get(&format!("/comments/{id}")).send().await.expect(200).json();
    let ahead = said.iter().any(|(_, data)| data["revision"].as_u64() > seen["revision"].as_u64());
    if ahead {
        // Judged already is a version that is not here yet: the one that is here is shown to nobody.
        assert!(seen["content"].is_null());
    } else {
        assert_eq!(seen["status"], last, "what was said last is what is seen");
        assert_eq!(seen["content"].is_null(), last != "approved");
    }
}

#[tokio::test]
async fn either_may_come_first() {
    let board = Board::start().await;
    let post = board.post().await;
    let id = board.comment(post, "fine").await;
    board.tell(&[verdict(post, &id, 1, 1, Status::Approved)]).await;
    edit(&board, &id, "orange").await;
    assert_eq!(board.comments.get(&format!("/comments/{id}")).send().await.json()["content"], json!(null));
    check(&board, &id).await;

    let id = board.comment(post, "fine").await;
    edit(&board, &id, "orange").await;
    board.tell(&[verdict(post, &id, 1, 1, Status::Approved)]).await;
    assert_eq!(board.comments.get(&format!("/comments/{id}")).send().await.json()["content"], json!(null));
    board.tell(&[verdict(post, &id, 2, 2, Status::Rejected)]).await;
    assert_eq!(board.comments.get(&format!("/comments/{id}")).send().await.json()["status"], "rejected");
    check(&board, &id).await;
}

#[tokio::test]
async fn or_both_at_once_many_times() {
    let board = Board::start().await;
    let post = board.post().await;
    for round in 0..40 {
        let id = board.comment(post, "fine").await;
        let judged = [verdict(post, &id, 1, 1, Status::Approved)];
        if round % 2 == 0 {
            tokio::join!(edit(&board, &id, "orange"), board.tell(&judged));
        } else {
            tokio::join!(board.tell(&judged), edit(&board, &id, "orange"));
        }
        let seen = board.comments.get(&format!("/comments/{id}")).send().await.json();
        assert_eq!(
            (&seen["content"], &seen["status"], &seen["revision"]),
            (&json!(null), &json!("pending"), &json!(2))
        );
        if round % 8 == 0 {
            check(&board, &id).await;
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Edit(u8),
    Verdict(u32, u32, bool),
}

fn plan() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = prop_oneof![
        any::<u8>().prop_map(Step::Edit),
        (1_u32..5, 1_u32..5, any::<bool>()).prop_map(|(r, d, approved)| Step::Verdict(r, d, approved)),
    ];
    // Steps of one group are taken at once, groups one after another.
    prop::collection::vec(prop::collection::vec(step, 1..4), 1..6)
}

async fn take(board: &Board, post: PostId, id: &str, step: &Step) {
    match step {
        Step::Edit(text) => edit(board, id, &text.to_string()).await,
        Step::Verdict(revision, decision, approved) => {
            let status = if *approved { Status::Approved } else { Status::Rejected };
            board.tell(&[verdict(post, id, *revision, *decision, status)]).await;
        }
    }
}

#[tokio::test]
async fn no_interleaving_shows_what_was_not_judged() {
    let board = Board::start().await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..48 {
        let groups = plan().new_tree(&mut runner).unwrap().current();
        let post = board.post().await;
        let id = board.comment(post, "first").await;
        for group in &groups {
            let mut steps: Vec<_> = group.iter().map(|step| Box::pin(take(&board, post, &id, step))).collect();
            match &mut steps[..] {
                [a] => a.await,
                [a, b] => drop(tokio::join!(a, b)),
                [a, b, c, ..] => drop(tokio::join!(a, b, c)),
                [] => {}
            }
        }
        check(&board, &id).await;
    }
}
