//! A database that was lost comes back from the bus's log, and overrules nobody.

use chassis::doubles::Outcome;
use contract::{Cause, Envelope, Status};
use serde_json::{Value, json};

use super::board::{Board, Comment, data, is_verdict_on};

/// Nothing that was decided by the built-in rules would be decided alike by these.
const OTHER_RULES: &str = r#"
[[rules]]
name = "no-fruit"
action = "reject"
words = ["apple", "pear", "plum"]
"#;

fn verdicts(events: &[Envelope]) -> Vec<Value> {
    events.iter().filter(|event| &*event.source == "/moderation").map(data).collect()
}

impl Board {
    /// The bus brings everything that is in its log.
    async fn replay(&self) {
        let events = self.bus.events();
        let outcomes = self.bus.deliver(&events).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{outcomes:?}");
    }
}

#[tokio::test]
async fn decisions_stand_whatever_the_rules_are_now() {
    let board = Board::start().await;
    let approved = board.comment("an apple").await;
    let overruled = board.comment("a pear").await;
    let welcomed = board.comment("orange").await;
    let released = board.comment("casino").await;
    let (post, waiting) = (board.post("A plum", None).await, board.comment("viagra").await);
    board.decide("comment", overruled.id, 1, "rejected").await.expect(201);
    board.decide("comment", welcomed.id, 1, "approved").await.expect(201);
    board.decide("comment", released.id, 1, "rejected").await.expect(201);
    board.decide("post", post.id, 1, "rejected").await.expect(201);
    board.verdict(released.id).await;
    let before = verdicts(&board.bus.events());

    board.bus.lag_behind();
    let board = board.lose_database(OTHER_RULES).await;
    let refused = board.decide("comment", approved.id, 1, "rejected").await.expect(503);
    assert!(refused.header("retry-after").is_some());
    board.replay().await;
    let board = board.restored().await;

    // What had no verdict has one now, by the rules of today; nothing else was said.
    assert_eq!(board.verdict(waiting.id).await["rule"], "default");
    let all = verdicts(&board.bus.events());
    assert_eq!(all[..before.len()], before);
    assert_eq!(all.len(), before.len() + 2, "one on what waited, one on the marker: {all:#?}");
    // Decisions are counted on from where they were.
    for (kind, id, next) in [
        ("comment", approved.id.to_string(), 2),
        ("comment", overruled.id.to_string(), 3),
        ("comment", welcomed.id.to_string(), 3),
        ("comment", released.id.to_string(), 2),
        ("post", post.id.to_string(), 3),
    ] {
        assert_eq!(board.decide(kind, id, 1, "approved").await.expect(201).json()["decision"], next);
    }
}

#[tokio::test]
async fn what_was_never_judged_is_judged_as_if_it_had_just_come() {
    let board = Board::start().await;
    let (judged, missed, edited) = (Comment::new(), Comment::new(), Comment::new());
    board.hear(judged.created("fine")).await;
    board.verdict(judged.id).await;
    let cause = board.bus.publish(missed.created("an apple"));
    board.bus.publish(edited.created("an apple"));
    let last = board.bus.publish(edited.edited(2, "casino"));
    board.bus.lag_behind();
    let board = board.lose_database(OTHER_RULES).await;
    board.replay().await;
    let board = board.restored().await;
    assert_eq!(board.verdict(missed.id).await["rule"], "no-fruit");
    let verdict = board.verdict(edited.id).await;
    assert_eq!((&verdict["revision"], &verdict["rule"]), (&json!(2), &json!("default")));
    for (comment, cause) in [(missed, cause), (edited, last)] {
        let id = comment.id.to_string();
        let events = board.bus.events();
        let said = events.iter().find(|event| is_verdict_on(event, &id)).unwrap();
        assert_eq!(said.id, Cause::of(&cause).derive("/moderation", "CommentModerated", &id));
        assert_eq!(said.causationid.as_ref(), Some(&cause.id));
    }
}

#[tokio::test]
async fn reports_that_were_answered_stay_answered() {
    let board = Board::start().await;
    let (answered, open) = (board.comment("sly").await, board.comment("sly too").await);
    for comment in [answered, open] {
        for _ in 0..3 {
            board.hear(comment.reported()).await;
        }
    }
    board.decide("comment", answered.id, 1, "approved").await.expect(201);
    board.verdicts(answered.id).await;
    board.bus.lag_behind();
    let board = board.lose_database(OTHER_RULES).await;
    board.replay().await;
    let board = board.restored().await;
    let queue = board.queue().await;
    assert_eq!(queue.len(), 1, "{queue:#?}");
    assert_eq!((&queue[0]["id"], &queue[0]["reports"]), (&json!(open.id), &json!(3)));
}

#[tokio::test]
async fn a_restored_database_is_not_restored_again() {
    let board = Board::start().await;
    board.bus.lag_behind();
    let board = board.restart().await;
    // Nothing is owed: what comes is judged as it comes, though the bus says that there is more.
    assert_eq!(board.fate("orange").await, "rejected banned-words");
}

#[tokio::test]
async fn a_restart_in_the_middle_of_it_goes_on() {
    let board = Board::start().await;
    let comments = [board.comment("an apple").await, board.comment("a pear").await];
    board.decide("comment", comments[1].id, 1, "rejected").await.expect(201);
    board.verdicts(comments[1].id).await;
    board.bus.lag_behind();
    let board = board.lose_database(OTHER_RULES).await;
    let events = board.bus.events();
    let (first, rest) = events.split_at(1);
    board.bus.deliver(first).await;
    let board = board.restart().await;
    board.bus.deliver(rest).await;
    let board = board.restored().await;
    assert_eq!(board.verdict(comments[0].id).await["status"], "approved");
    assert_eq!(board.verdicts(comments[1].id).await.len(), 2);
}

#[tokio::test]
async fn what_was_taken_back_comes_back_taken_back() {
    let board = Board::start().await;
    let (held, twice) = (board.comment("casino").await, board.comment("viagra").await);
    let (approved, reported) = (board.comment("an apple").await, board.comment("a sly one").await);
    let (redone, open) = (board.comment("casino too").await, board.comment("casino three").await);
    for _ in 0..3 {
        board.hear(reported.reported()).await;
    }
    let waiting = board.queue().await;
    for (comment, decision) in [(held, 1), (twice, 1), (approved, 2), (reported, 2), (redone, 1)] {
        board.decide("comment", comment.id, 1, "rejected").await.expect(201);
        board.undo("comment", comment.id, decision).await.expect(201);
    }
    // The comments service says on what it heard.
    board.bus.publish(held.updated(1, 1, "casino", Status::Rejected));
    board.bus.publish(held.updated(1, 2, "casino", Status::Pending));
    board.decide("comment", twice.id, 1, "approved").await.expect(201);
    board.undo("comment", twice.id, 3).await.expect(201);
    board.undo("comment", redone.id, 2).await.expect(201);
    let queue = board.queue().await;
    assert_eq!(queue.len(), 4);
    assert!(queue.iter().all(|item| waiting.contains(item)));
    board.verdicts(redone.id).await;
    let log = board.log().await;
    let before = verdicts(&board.bus.events());

    board.bus.lag_behind();
    let board = board.lose_database(OTHER_RULES).await;
    board.replay().await;
    let board = board.restored().await;

    // What still waited for its first verdict has one now, by the rules of today; the others wait for a person, as long
    // as they did.
    assert_eq!(board.verdict(open.id).await["rule"], "default");
    let mut expected = queue.clone();
    expected.retain(|item| item["id"] != open.id.to_string());
    assert_eq!(board.queue().await, expected);
    let now = board.log().await;
    assert_eq!(now[now.len() - log.len()..], log, "the log comes back as it was");
    let all = verdicts(&board.bus.events());
    assert_eq!(all[..before.len()], before);
    assert_eq!(all.len(), before.len() + 2, "one on what waited, one on the marker: {all:#?}");
    // And what was taken back can be taken back again, or decided.
    assert_eq!(board.undo("comment", held.id, 2).await.expect(201).json()["status"], "rejected");
    assert_eq!(board.undo("comment", redone.id, 3).await.expect(201).json()["status"], "pending");
    assert_eq!(board.undo("comment", twice.id, 4).await.expect(201).json()["status"], "approved");
    assert_eq!(board.undo("comment", approved.id, 3).await.expect(201).json()["status"], "rejected");
    assert_eq!(board.decide("comment", reported.id, 1, "approved").await.expect(201).json()["decision"], 4);
}
