//! What posts makes of the verdicts that it hears.

use chassis::doubles::{Outcome, Signing};
use contract::{DecidedBy, Envelope, EventId, PostId, PostModerated, Revision, Status};
use serde_json::{Value, json};

use super::{ADA, BOB, Board, id_of};

/// A verdict as moderation says it.
fn verdict(id: &str, revision: u32, decision: u32, status: Status) -> Envelope {
    let event = PostModerated {
        id: id.parse().unwrap(),
        revision: Revision::new(revision).unwrap(),
        decision,
        status,
        reason: Some("it says so".to_owned()),
        rule: Some("a-rule".to_owned()),
        decided_by: DecidedBy::Rules,
    };
    Envelope::say("/moderation", &event.into(), EventId::new(), None, None)
}

impl Board {
    async fn hear(&self, event: Envelope) {
        assert_eq!(self.bus.deliver(&[event]).await, [Outcome::Done]);
    }

    /// What its author sees.
    async fn own(&self, id: &str) -> Value {
        self.posts.get(&format!("/posts/{id}")).owner(ADA).send().await.expect(200).json()
    }

    /// Whether everyone sees it, which list and single read must agree on.
    async fn is_public(&self, id: &str) -> bool {
        let list = self.posts.get("/posts").send().await.expect(200).json();
        let listed = list.as_array().unwrap().iter().any(|post| post["id"] == id);
        for owner in [None, Some(BOB)] {
            let call = self.posts.get(&format!("/posts/{id}"));
            let call = if let Some(owner) = owner { call.owner(owner) } else { call };
            assert_eq!(call.send().await.status, if listed { 200 } else { 404 });
        }
        listed
    }
}

#[tokio::test]
async fn it_subscribes_to_what_it_needs() {
    let board = Board::start().await;
    let subscription = board.bus.subscription("posts").await;
    // What it said itself it asks for only while its database is new.
    assert_eq!(subscription.types, ["PostModerated"]);
    assert_eq!(subscription.url, format!("{}/events", board.posts.url()));
    assert_eq!(subscription.from.as_deref(), Some("start"));
    assert!(subscription.secret.as_deref().is_some_and(|secret| secret.starts_with("whsec_")));
    let board = board.restart().await;
    let again = board.bus.wait_for_url("posts", &board.posts.url()).await;
    assert_eq!((again.generation, again.secret), (subscription.generation, subscription.secret));
}

#[tokio::test]
async fn a_rejected_post_is_seen_by_its_author_only() {
    let board = Board::start().await;
    let id = id_of(&board.post("Title").await);
    assert!(board.is_public(&id).await, "it shows before it is judged");
    board.hear(verdict(&id, 1, 1, Status::Rejected)).await;
    assert!(!board.is_public(&id).await);
    let own = board.own(&id).await;
    assert_eq!((own["status"].as_str(), own["reason"].as_str()), (Some("rejected"), Some("it says so")));
    let board = board.restart().await;
    assert!(!board.is_public(&id).await);
    assert_eq!(board.own(&id).await, own);
}

#[tokio::test]
async fn an_approved_post_shows() {
    let board = Board::start().await;
    let id = id_of(&board.post("Title").await);
    board.hear(verdict(&id, 1, 1, Status::Approved)).await;
    assert!(board.is_public(&id).await);
    assert_eq!(board.own(&id).await["status"], "approved");
}

#[tokio::test]
async fn the_same_verdict_again_changes_nothing_and_nothing_is_said() {
    let board = Board::start().await;
    let id = id_of(&board.post("Title").await);
    let rejected = board.bus.publish(verdict(&id, 1, 1, Status::Rejected));
    board.hear(rejected.clone()).await;
    board.hear(verdict(&id, 1, 2, Status::Approved)).await;
    board.hear(rejected).await;
    board.hear(verdict(&id, 1, 1, Status::Rejected)).await;
    assert_eq!(board.own(&id).await["status"], "approved");
    board.post("Next").await;
    let events = board.bus.wait_until(|events| super::titles_of(events).contains(&"Next".to_owned())).await;
    assert_eq!(events.iter().filter(|event| &*event.source == "/posts").count(), 2);
}

#[tokio::test]
async fn the_later_of_two_decisions_counts_in_whatever_order_they_come() {
    let board = Board::start().await;
    let id = id_of(&board.post("Title").await);
    let events = [verdict(&id, 1, 2, Status::Rejected), verdict(&id, 1, 1, Status::Approved)];
    assert_eq!(board.bus.deliver(&events).await, [Outcome::Done, Outcome::Done]);
    assert!(!board.is_public(&id).await);
}

#[tokio::test]
async fn a_verdict_on_another_revision_does_not_count_for_this_one() {
    let board = Board::start().await;
    let id = id_of(&board.post("1").await);
    let path = format!("/posts/{id}");
    board.posts.patch(&path, &json!({ "title": "2" })).owner(ADA).send().await.expect(200);
    board.hear(verdict(&id, 1, 1, Status::Approved)).await;
    assert_eq!(board.own(&id).await["status"], "pending");
    board.hear(verdict(&id, 2, 2, Status::Approved)).await;
    assert_eq!(board.own(&id).await["status"], "approved");
    board.hear(verdict(&id, 1, 3, Status::Rejected)).await;
    assert_eq!(board.own(&id).await["status"], "approved");
    assert!(board.is_public(&id).await);
}

#[tokio::test]
async fn a_rejected_post_that_is_edited_stays_hidden_until_it_is_judged_again() {
    let board = Board::start().await;
    let id = id_of(&board.post("1").await);
    board.hear(verdict(&id, 1, 1, Status::Rejected)).await;
    board.posts.patch(&format!("/posts/{id}"), &json!({ "title": "2" })).owner(ADA).send().await.expect(200);
    assert_eq!(board.own(&id).await["status"], "pending");
    assert!(!board.is_public(&id).await);
    board.hear(verdict(&id, 2, 2, Status::Approved)).await;
    assert!(board.is_public(&id).await);
}

#[tokio::test]
async fn a_verdict_brings_no_deleted_post_back() {
    let board = Board::start().await;
    let id = id_of(&board.post("Title").await);
    board.posts.delete(&format!("/posts/{id}")).owner(ADA).send().await.expect(204);
    board.hear(verdict(&id, 1, 1, Status::Approved)).await;
    assert!(!board.is_public(&id).await);
}

#[tokio::test]
async fn a_verdict_that_comes_before_its_post_counts_once_it_is_there() {
    let board = Board::start().await;
    let body = json!({ "title": "Title" });
    let create = |board: &Board| board.posts.post("/posts", &body).owner(ADA).header("idempotency-key", "k").send();
    let id = id_of(&create(&board).await.expect(201));
    let elsewhere = Board::start().await;
    elsewhere.hear(verdict(&id, 1, 1, Status::Rejected)).await;
    elsewhere.posts.get(&format!("/posts/{id}")).owner(ADA).send().await.expect(404);
    let created = create(&elsewhere).await.expect(201);
    assert_eq!((id_of(&created), created.json()["status"].as_str()), (id.clone(), Some("rejected")));
    assert!(!elsewhere.is_public(&id).await);
    assert_eq!(create(&elsewhere).await.expect(201).json(), created.json());
}

#[tokio::test]
async fn what_is_unknown_or_erased_is_done_and_has_no_effect() {
    let board = Board::start().await;
    let id = id_of(&board.post("Title").await);
    let mut erased = verdict(&id, 1, 9, Status::Rejected);
    erased.data = serde_json::from_str("{}").ok();
    let stranger = Envelope::parse(br#"{"type":"SomethingElse","data":{"x":1}}"#).unwrap();
    let unheard_of = verdict(&PostId::new().to_string(), 1, 1, Status::Rejected);
    let outcomes = board.bus.deliver(&[erased, stranger, unheard_of]).await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done, Outcome::Done]);
    assert!(board.is_public(&id).await);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_or_is_not_moderations_is_ignored_alone() {
    let board = Board::start().await;
    let (one, two) = (id_of(&board.post("One").await), id_of(&board.post("Two").await));
    let mut broken = verdict(&one, 1, 1, Status::Rejected);
    broken.data = serde_json::from_str(r#"{"id":7}"#).ok();
    let foreign = Envelope { source: "/somebody".into(), ..verdict(&one, 1, 3, Status::Rejected) };
    let events = [broken, foreign, verdict(&two, 1, 1, Status::Rejected)];
    assert_eq!(board.bus.deliver(&events).await, [Outcome::Done, Outcome::Done, Outcome::Done]);
    assert_eq!(board.titles().await, ["One"]);
    board.hear(verdict(&one, 1, 2, Status::Rejected)).await;
    assert_eq!(board.titles().await, [""; 0], "its subject goes on");
}

#[tokio::test]
async fn a_push_that_is_not_signed_by_the_bus_changes_nothing() {
    let board = Board::start().await;
    let id = id_of(&board.post("Title").await);
    let event = board.bus.publish(verdict(&id, 1, 1, Status::Rejected));
    for signing in Signing::BAD {
        let (status, body) = board.bus.push("posts", std::slice::from_ref(&event), &signing).await;
        assert_eq!(status, 401, "{signing:?}: {body}");
        assert!(board.is_public(&id).await, "{signing:?}");
    }
    board.posts.post("/events", &json!({ "type": "PostModerated", "data": {} })).send().await.expect(401);
    board.posts.get("/events").send().await.expect(405);
    board.hear(event).await;
    assert!(!board.is_public(&id).await);
}
