//! Moderators who think again: what stood before a decision stands again.

use contract::{CommentId, EventId, Status, Timestamp};
use moderation::undo::UNDONE;
use moderation::verdict::{Queued, REPORTS, Record};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::board::{Answered, Board, Comment, data, is_verdict_on};

impl Board {
    /// A moderator takes a verdict back.
    pub async fn undo(&self, kind: &str, id: impl ToString, decision: u32) -> Answered {
        let undo = json!({ "kind": kind, "id": id.to_string(), "decision": decision });
        self.moderation.post("/decisions/undo", &undo).send().await
    }
}

#[tokio::test]
async fn what_was_held_waits_again_as_it_did() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let before = board.queue().await;
    for (decision, status) in [(1, "approved"), (3, "rejected")] {
        assert_eq!(board.decide("comment", comment.id, 1, status).await.expect(201).json()["decision"], decision);
        assert!(board.queue().await.is_empty());
        let answer = board.undo("comment", comment.id, decision).await.expect(201);
        let expected = json!({
            "kind": "comment", "id": comment.id, "postId": comment.post_id, "revision": 1, "decision": decision + 1,
            "status": "pending", "reason": before[0]["reason"], "decidedBy": "moderator",
        });
        assert_eq!(answer.json(), expected);
        assert_eq!(board.queue().await, before, "with its rule, its reason, and since when");
    }
}

#[tokio::test]
async fn it_is_said_as_a_verdict_that_follows_from_the_one_taken_back() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let decided = board.decide("comment", comment.id, 1, "approved").await.expect(201);
    let answer = board.undo("comment", comment.id, 1).await.expect(201);
    let id = comment.id.to_string();
    let events = board.bus.wait_until(|events| events.iter().filter(|e| is_verdict_on(e, &id)).count() == 2).await;
    let said = events.iter().rfind(|event| is_verdict_on(event, &id)).unwrap();
    assert_eq!(answer.header("event-id"), Some(said.id.as_str()));
    let decided = decided.header("event-id");
    assert_eq!(said.causationid.as_ref().map(EventId::as_str), decided);
    assert_eq!(said.correlationid.as_ref().map(EventId::as_str), decided);
    let expected = json!({
        "id": comment.id, "revision": 1, "decision": 2, "postId": comment.post_id, "status": "pending",
        "rule": "held-words", "reason": "it contains a word that spam often has", "decidedBy": "moderator",
    });
    assert_eq!(data(said), expected);
    // The comments service says it on, and that is no news here.
    let before = board.queue().await;
    board.hear(comment.updated(1, 2, "casino", Status::Pending)).await;
    assert_eq!(board.queue().await, before);
    assert_eq!(board.verdicts(comment.id).await.len(), 2);
}

#[tokio::test]
async fn what_the_rules_decided_stands_again() {
    let board = Board::start().await;
    let (good, bad, post) = (board.comment("apple").await, board.comment("orange").await, board.post("Hi", None).await);
    board.decide("comment", good.id, 1, "rejected").await.expect(201);
    board.decide("comment", bad.id, 1, "approved").await.expect(201);
    board.decide("post", post.id, 1, "rejected").await.expect(201);
    for (kind, id, status, rule) in [
        ("comment", good.id.to_string(), "approved", "default"),
        ("comment", bad.id.to_string(), "rejected", "banned-words"),
        ("post", post.id.to_string(), "approved", "default"),
    ] {
        let answer = board.undo(kind, &id, 2).await.expect(201).json();
        assert_eq!((&answer["decision"], &answer["status"]), (&json!(3), &json!(status)));
        assert_eq!(answer["decidedBy"], "rules");
        let last = board.verdicts(&id).await.pop().unwrap();
        assert_eq!((&last["status"], &last["rule"], &last["decision"]), (&json!(status), &json!(rule), &json!(3)));
    }
    assert!(board.queue().await.is_empty());
}

#[tokio::test]
async fn what_was_reported_waits_again_with_its_reports() {
    let board = Board::start().await;
    let comment = board.comment("sly").await;
    for _ in 0..4 {
        board.hear(comment.reported()).await;
    }
    let before = board.queue().await;
    board.decide("comment", comment.id, 1, "approved").await.expect(201);
    board.undo("comment", comment.id, 2).await.expect(201);
    assert_eq!(board.queue().await, before);
    // Those that came meanwhile count too, once, however often it goes to and fro.
    board.decide("comment", comment.id, 1, "rejected").await.expect(201);
    board.hear(comment.reported()).await;
    assert_eq!(board.undo("comment", comment.id, 4).await.expect(201).json()["status"], "approved");
    assert_eq!(board.queue().await[0]["reports"], 5);
    board.undo("comment", comment.id, 5).await.expect(201);
    assert!(board.queue().await.is_empty());
    board.undo("comment", comment.id, 6).await.expect(201);
    let queue = board.queue().await;
    assert_eq!((&queue[0]["reports"], &queue[0]["heldAt"]), (&json!(5), &before[0]["heldAt"]));
}

#[tokio::test]
async fn taking_back_can_be_taken_back() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let decision = json!({
        "kind": "comment", "id": comment.id, "revision": 1, "status": "rejected", "reason": "an advertisement",
    });
    board.moderation.post("/decisions", &decision).send().await.expect(201);
    board.undo("comment", comment.id, 1).await.expect(201);
    let again = board.undo("comment", comment.id, 2).await.expect(201).json();
    let expected = (&json!("rejected"), &json!("an advertisement"), &json!("moderator"));
    assert_eq!((&again["status"], &again["reason"], &again["decidedBy"]), expected);
    assert!(board.queue().await.is_empty());
    assert_eq!(board.undo("comment", comment.id, 3).await.expect(201).json()["status"], "pending");
    assert_eq!(board.queue().await.len(), 1);
}

#[tokio::test]
async fn only_the_latest_verdict_is_taken_back_and_only_a_moderators() {
    let board = Board::start().await;
    let comment = board.comment("apple").await;
    board.undo("comment", comment.id, 1).await.expect(409);
    board.decide("comment", comment.id, 1, "rejected").await.expect(201);
    board.decide("comment", comment.id, 1, "approved").await.expect(201);
    for decision in [1, 2, 4] {
        let refused = board.undo("comment", comment.id, decision).await.expect(409);
        assert!(refused.json()["detail"].as_str().unwrap().contains("number 3"), "{}", refused.text());
    }
    board.undo("comment", comment.id, 3).await.expect(201);
    board.undo("comment", comment.id, 3).await.expect(409);
    assert_eq!(board.verdicts(comment.id).await.len(), 4);
    let held = board.comment("casino").await;
    let refused = board.undo("comment", held.id, 1).await.expect(409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("no verdict"), "{}", refused.text());
}

#[tokio::test]
async fn an_edit_or_a_deletion_ends_it() {
    let board = Board::start().await;
    let (edited, judged, deleted) =
        (board.comment("casino").await, board.comment("casino").await, board.comment("casino").await);
    for comment in [edited, judged, deleted] {
        board.decide("comment", comment.id, 1, "approved").await.expect(201);
    }
    board.hear(edited.edited(2, "viagra")).await;
    let refused = board.undo("comment", edited.id, 1).await.expect(409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("revision 2"), "{}", refused.text());
    board.hear(judged.edited(2, "orange")).await;
    board.undo("comment", judged.id, 2).await.expect(409);
    board.hear(deleted.deleted()).await;
    board.undo("comment", deleted.id, 1).await.expect(404);
    board.undo("comment", CommentId::new(), 1).await.expect(404);
    board.undo("post", edited.id, 1).await.expect(404);
}

#[tokio::test]
async fn several_are_taken_back_at_once() {
    let board = Board::start().await;
    let (held, good, unknown) = (board.comment("casino").await, board.comment("apple").await, CommentId::new());
    board.decide("comment", held.id, 1, "rejected").await.expect(201);
    board.decide("comment", good.id, 1, "rejected").await.expect(201);
    let of = |id: String, decision: u32| json!({ "kind": "comment", "id": id, "decision": decision });
    let undos = json!([
        of(held.id.to_string(), 1),
        of(unknown.to_string(), 1),
        of(good.id.to_string(), 1),
        of(good.id.to_string(), 2),
        { "kind": "comment", "id": good.id, "decision": 0 },
    ]);
    let answer = board.moderation.post("/decisions/undo", &undos).send().await.expect(200);
    let results = answer.json();
    let statuses: Vec<_> = results.as_array().unwrap().iter().map(|result| result["status"].clone()).collect();
    assert_eq!(statuses, [201, 404, 409, 201, 422]);
    assert_eq!(results[0]["verdict"]["status"], "pending");
    assert_eq!(results[3]["verdict"]["status"], "approved");
    assert_eq!(results[4]["problem"]["errors"][0]["pointer"], "/decision");
    let said = answer.header("event-id").unwrap().to_owned();
    let events = board.bus.wait_until(|events| events.iter().any(|event| event.id.as_str() == said)).await;
    let last = events.iter().find(|event| event.id.as_str() == said).unwrap();
    assert_eq!(data(last)["id"], good.id.to_string());
}

#[tokio::test]
async fn it_survives_a_restart() {
    let board = Board::start().await;
    let comment = board.comment("casino").await;
    let before = board.queue().await;
    board.decide("comment", comment.id, 1, "rejected").await.expect(201);
    let board = board.restart().await;
    board.undo("comment", comment.id, 1).await.expect(201);
    let board = board.restart().await;
    assert_eq!(board.queue().await, before);
    board.undo("comment", comment.id, 2).await.expect(201);
    assert_eq!(board.queue().await, [Value::Null; 0]);
}

/// What moderators and readers do to a comment.
#[derive(Debug, Clone, Copy)]
enum Step {
    Approve,
    Reject,
    Report,
    Edit(&'static str),
    Undo,
}

fn steps() -> impl Strategy<Value = (&'static str, Vec<Step>)> {
    let text = || prop_oneof![Just("apple"), Just("orange"), Just("casino")];
    let step = prop_oneof![
        2 => Just(Step::Approve),
        2 => Just(Step::Reject),
        3 => Just(Step::Report),
        1 => text().prop_map(Step::Edit),
        4 => Just(Step::Undo),
    ];
    (text(), proptest::collection::vec(step, 1..12))
}

mod model {
    //! The same, without HTTP and without a database.

    use contract::{Cause, Envelope, Event, EventId, Parsed, Timestamp, Verdict};
    use moderation::item::{self, Key, Kind, News};
    use moderation::rules::Rules;
    use moderation::undo::{self, Before};
    use moderation::verdict::{self, Decision, Record, Refusal, Terms};

    use super::Comment;

    /// An item, and all that was said of it.
    pub struct Model {
        pub record: Record,
        pub said: Vec<Envelope>,
        rules: Rules,
        speaking: bool,
    }

    impl Model {
        pub fn new(comment: Comment, speaking: bool) -> Self {
            let record = Record::new(Key::comment(comment.id), comment.post_id);
            Self { record, said: Vec::new(), rules: Rules::built_in().unwrap(), speaking }
        }

        pub fn hear(&mut self, envelope: &Envelope) {
            self.said.push(envelope.clone());
            let cause = Cause::of(envelope);
            let Parsed::Known(event) = envelope.event().unwrap() else { panic!("an event of ours") };
            if let Event::CommentReported(_) = event {
                return verdict::report(&mut self.record, 3, cause.time);
            }
            let news = News::of(&event).unwrap();
            let brought = news.to_judge().cloned();
            let ruling = brought.as_ref().map(|version| self.rules.judge(Kind::Comment, &version.content));
            let causation = envelope.causationid.as_ref();
            let terms = Terms { cause: &cause, causation, threshold: 3, speaking: self.speaking };
            let said = verdict::hear(&mut self.record, news.change, brought.as_ref(), ruling.as_ref(), &terms);
            if let Some(verdict) = said {
                self.say(verdict, Some(&cause));
            }
        }

        pub fn decide(&mut self, approve: bool) {
            let was = self.record.clone();
            let revision = was.item.version.as_ref().unwrap().revision;
            let decision = Decision { key: was.key, revision, approve, reason: None };
            let verdict = verdict::decide(&mut self.record, decision).unwrap();
            self.keep(&was, verdict, None);
        }

        pub fn undo(&mut self, decision: u32) -> Result<Verdict, Refusal> {
            let was = self.record.clone();
            let (verdict, cause) = undo::undo(&mut self.record, decision, 3, Timestamp::now())?;
            self.keep(&was, verdict.clone(), Some(&cause));
            Ok(verdict)
        }

        /// What is kept once nothing is owed any longer.
        pub fn settled(mut self) -> Record {
            if self.record.owed.is_some() {
                let text = self.record.item.version.clone().unwrap().content;
                let ruling = self.rules.judge(Kind::Comment, &text);
                verdict::settle(&mut self.record, &text, &ruling, 3);
            }
            self.record
        }

        fn keep(&mut self, was: &Record, verdict: Verdict, cause: Option<&Cause>) {
            let decision = verdict.decision;
            let said = self.say(verdict, cause);
            self.record.before = Some(Before::of(was, &self.record, decision, &said));
        }

        fn say(&mut self, verdict: Verdict, cause: Option<&Cause>) -> Cause {
            let event = item::moderated(self.record.key, self.record.post_id, verdict);
            let envelope = Envelope::say("/moderation", &event, EventId::new(), cause, None);
            let said = Cause::of(&envelope);
            self.said.push(envelope);
            said
        }
    }
}

/// It as both must know it. When reports put something into the queue differs by the time between an event and its
/// effect; and a replay does not know which rule held what was decided on since.
fn essence(mut record: Record) -> Record {
    let reported = |queued: &Queued| queued.rule == REPORTS;
    if let Some(queued) = record.queued.as_mut().filter(|queued| reported(queued)) {
        queued.since = Timestamp::EPOCH;
    }
    if let Some(before) = &mut record.before {
        before.queued = before.queued.take().filter(reported);
        if let Some(queued) = &mut before.queued {
            (queued.since, before.since) = (Timestamp::EPOCH, Timestamp::EPOCH);
        }
    }
    record
}

proptest! {
    /// Whatever is done: an undo of the latest verdict leaves the queue, the reports and the status as they were before
    /// it, any other is refused; and who hears all that was said, without having been there, ends the same.
    #[test]
    fn an_undo_puts_back_what_was_there_here_and_in_a_replay((text, steps) in steps()) {
        let comment = Comment::new();
        let mut model = model::Model::new(comment, true);
        model.hear(&comment.created(text));
        let mut revision = 1;
        // What there was before the latest verdict of a moderator, with the reports since.
        let mut before: Option<(Record, u32)> = None;
        for step in steps {
            let was = model.record.clone();
            match step {
                Step::Approve | Step::Reject => {
                    model.decide(matches!(step, Step::Approve));
                    before = Some((was, 0));
                }
                Step::Report => {
                    model.hear(&comment.reported());
                    if let Some((_, reports)) = &mut before {
                        *reports += 1;
                    }
                }
                Step::Edit(text) => {
                    revision += 1;
                    model.hear(&comment.edited(revision, text));
                    before = None;
                }
                Step::Undo => {
                    let latest = was.before.as_ref().map_or(0, |before| before.decision);
                    prop_assert!(model.undo(latest + 1).is_err());
                    let Some((stood, reports)) = before.take() else {
                        prop_assert!(model.undo(latest).is_err());
                        continue;
                    };
                    let verdict = model.undo(latest).unwrap();
                    prop_assert_eq!(verdict.decision, latest + 1);
                    prop_assert_eq!(model.record.item.status(), stood.item.status());
                    prop_assert_eq!(model.record.reports, stood.reports + reports);
                    if stood.queued.is_some() {
                        prop_assert_eq!(&model.record.queued, &stood.queued);
                    }
                    before = Some((was, 0));
                }
            }
        }
        let mut replay = model::Model::new(comment, false);
        let said = model.said.clone();
        for envelope in &said {
            replay.hear(envelope);
        }
        prop_assert_eq!(essence(replay.settled()), essence(model.record));
    }
    /// In whatever order a new database hears of it, the comment waits for a person, and the rules do not decide on it
    /// again; as soon as both it and its undoing were heard, it waits for what it was held for.
    #[test]
    fn what_was_taken_back_waits_whatever_is_heard_first(order in Just([0, 1, 2, 3]).prop_shuffle()) {
        let comment = Comment::new();
        let mut model = model::Model::new(comment, true);
        model.hear(&comment.created("casino"));
        model.decide(true);
        model.undo(1).unwrap();
        let mut said = model.said.clone();
        said.push(comment.updated(1, 2, "casino", Status::Pending));
        let mut replay = model::Model::new(comment, false);
        for index in order {
            replay.hear(&said[index]);
            replay.hear(&said[index]);
        }
        let record = replay.settled();
        prop_assert_eq!(&record.item, &model.record.item);
        let rule = record.queued.map(|queued| queued.rule).unwrap();
        let place = |wanted: usize| order.iter().position(|index| *index == wanted).unwrap();
        let known = place(2) > place(0).min(place(3));
        prop_assert_eq!(rule, if known { "held-words" } else { UNDONE });
    }
}
