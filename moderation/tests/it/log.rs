//! What was decided lately, and by whom.

use serde_json::{Value, json};

use super::board::Board;

impl Board {
    /// The whole log.
    pub async fn log(&self) -> Vec<Value> {
        let page = self.moderation.get("/log?limit=100").send().await.expect(200);
        assert_eq!(page.header("link"), None);
        page.json().as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn it_tells_who_decided_what_latest_first() {
    let board = Board::start().await;
    let comment = board.comment("orange").await;
    let decision = json!({
        "kind": "comment", "id": comment.id, "revision": 1, "status": "approved", "reason": "a fruit",
    });
    board.moderation.post("/decisions", &decision).send().await.expect(201);
    board.undo("comment", comment.id, 2).await.expect(201);
    let log = board.log().await;
    let of = |at: &Value, rest: Value| {
        let mut entry = json!({
            "at": at, "kind": "comment", "id": comment.id, "postId": comment.post_id, "revision": 1,
        });
        entry.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        entry
    };
    let why = "it contains a word that is not welcome here";
    let expected = [
        json!({ "decision": 3, "status": "rejected", "reason": why, "rule": "banned-words", "decidedBy": "rules", "undoes": 2 }),
        json!({ "decision": 2, "status": "approved", "reason": "a fruit", "decidedBy": "moderator" }),
        json!({ "decision": 1, "status": "rejected", "reason": why, "rule": "banned-words", "decidedBy": "rules" }),
    ];
    assert_eq!(log.len(), expected.len());
    for (entry, expected) in log.iter().zip(expected) {
        assert!(entry["at"].as_str().unwrap().ends_with('Z'));
        assert_eq!(*entry, of(&entry["at"], expected));
    }
    let times: Vec<_> = log.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
}

#[tokio::test]
async fn what_is_held_is_not_decided_and_what_is_deleted_stays_told() {
    let board = Board::start().await;
    let (held, gone) = (board.comment("casino").await, board.comment("a secret apple").await);
    board.decide("comment", held.id, 2, "approved").await.expect(409);
    board.hear(gone.deleted()).await;
    let page = board.moderation.get("/log").send().await.expect(200);
    assert_eq!(page.json().as_array().unwrap().len(), 1);
    assert_eq!(page.json()[0]["id"], gone.id.to_string());
    assert!(!page.text().contains("secret"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn it_is_paged_and_what_comes_meanwhile_moves_nothing() {
    let board = Board::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(board.comment(&format!("apple {number}")).await.id.to_string());
    }
    ids.reverse();
    let (mut seen, mut path) = (Vec::new(), "/log?limit=2".to_owned());
    loop {
        let page = board.moderation.get(&path).send().await.expect(200);
        let entries = page.json();
        assert!(entries.as_array().unwrap().len() <= 2);
        seen.extend(entries.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
        let Some(link) = page.header("link") else { break };
        path = format!("/log{}", link.trim_start_matches('<').split('>').next().unwrap());
        board.comment("pear").await;
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn a_decision_that_was_answered_shows() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let decided = board.decide("comment", comment.id, 1, "approved").await.expect(201);
    let event = decided.header("event-id").unwrap();
    let page = board.moderation.get("/log?limit=1").header("await-event", event).send().await.expect(200);
    assert_eq!(page.header("await-event"), None);
    assert_eq!(page.json()[0]["id"], comment.id.to_string());
}
