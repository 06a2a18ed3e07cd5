//! Decisions on several items in one request.

use chassis::doubles::Answered;
use contract::CommentId;
use serde_json::{Value, json};

use super::board::{Board, data, is_verdict_on};

fn decision(id: CommentId, revision: u32, status: &str) -> Value {
    json!({ "kind": "comment", "id": id, "revision": revision, "status": status })
}

impl Board {
    async fn decide_all(&self, decisions: &[Value]) -> Answered {
        self.moderation.post("/decisions", &json!(decisions)).send().await
    }
}

fn statuses(answer: &Answered) -> Vec<u64> {
    answer.json().as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn each_is_decided_by_itself_and_answered_in_its_place() {
    let board = Board::start().await;
    let (one, two, edited) =
        (board.comment("casino").await, board.comment("viagra").await, board.comment("apple").await);
    let mut wrong = decision(two.id, 1, "approved");
    wrong["reason"] = json!("x".repeat(1001));
    let answer = board
        .decide_all(&[
            decision(one.id, 1, "approved"),
            decision(CommentId::new(), 1, "approved"),
            decision(edited.id, 2, "approved"),
            wrong,
            decision(two.id, 1, "perhaps"),
            json!(7),
            decision(two.id, 1, "rejected"),
        ])
        .await
        .expect(200);
    assert_eq!(statuses(&answer), [201, 404, 409, 422, 422, 422, 201]);
    let results = answer.json();
    let expected = json!({ "status": 201, "verdict": {
        "kind": "comment", "id": one.id, "postId": one.post_id, "revision": 1, "decision": 1, "status": "approved",
        "decidedBy": "moderator",
    }});
    assert_eq!(results[0], expected);
    assert_eq!(results[2]["problem"]["status"], 409);
    assert_eq!(results[2].get("verdict"), None);
    assert!(results[2]["problem"]["detail"].as_str().unwrap().contains("revision 1"));
    assert_eq!(results[3]["problem"]["errors"][0]["pointer"], "/reason");
    assert_eq!(results[4]["problem"]["errors"][0]["pointer"], "/status");
    assert!(board.queue().await.is_empty());

    let said = answer.header("event-id").unwrap().to_owned();
    let events = board.bus.wait_until(|events| events.iter().any(|event| event.id.as_str() == said)).await;
    let last = events.iter().find(|event| event.id.as_str() == said).unwrap();
    assert_eq!(data(last)["id"], two.id.to_string(), "the last that counted");
    assert!(events.iter().any(|event| is_verdict_on(event, &one.id.to_string())), "what came before it is there");
}

#[tokio::test]
async fn twice_in_one_array_is_one_after_the_other() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let answer = board
        .decide_all(&[decision(comment.id, 1, "approved"), decision(comment.id, 1, "rejected")])
        .await
        .expect(200)
        .json();
    assert_eq!((&answer[0]["verdict"]["decision"], &answer[1]["verdict"]["decision"]), (&json!(1), &json!(2)));
    assert_eq!(board.undo("comment", comment.id, 2).await.expect(201).json()["status"], "approved");
}

#[tokio::test]
async fn where_nothing_counts_nothing_is_said() {
    let board = Board::start().await;
    let answer = board.decide_all(&[decision(CommentId::new(), 1, "approved"), json!({})]).await.expect(200);
    assert_eq!(statuses(&answer), [404, 422]);
    assert_eq!(answer.header("event-id"), None);
}

#[tokio::test]
async fn as_many_as_may_be_and_no_more() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let mut longest = decision(comment.id, 1, "approved");
    longest["reason"] = json!("\u{1f34a}".repeat(1000));
    let answer = board.decide_all(&vec![longest.clone(); 100]).await.expect(200);
    assert_eq!(statuses(&answer), [201; 100]);
    assert_eq!(answer.json()[99]["verdict"]["decision"], 100);
    board.decide_all(&vec![decision(comment.id, 1, "approved"); 101]).await.expect(422);
    board.decide_all(&[]).await.expect(422);
    assert_eq!(board.undo("comment", comment.id, 100).await.expect(201).json()["decision"], 101);
}
