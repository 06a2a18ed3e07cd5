//! Rules that fail, panic, or do not come to an end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chassis::doubles::Outcome;
use moderation::rules::{Action, Rules, Seen, Test, TestError};

use super::board::{Board, Comment, is_verdict_on, rule};

/// Matches as it is told by the text.
#[derive(Debug)]
struct Fails;

impl Test for Fails {
    fn matches(&self, seen: &Seen) -> Result<bool, TestError> {
        match seen.content.as_deref() {
            Some("err") => Err(TestError("told to".to_owned())),
            Some("panic") => panic!("told to"),
            _ => Ok(false),
        }
    }
}

/// Does not come back from a text `stuck` before the other end is dropped.
#[derive(Debug)]
struct Stuck {
    until: Mutex<Receiver<()>>,
    asked: Arc<AtomicUsize>,
}

impl Test for Stuck {
    fn matches(&self, seen: &Seen) -> Result<bool, TestError> {
        if seen.content.as_deref() == Some("stuck") {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.until.lock().unwrap().recv().unwrap_err();
        }
        Ok(false)
    }
}

/// Matches this content.
#[derive(Debug)]
struct Is(&'static str);

impl Test for Is {
    fn matches(&self, seen: &Seen) -> Result<bool, TestError> {
        Ok(seen.content.as_deref() == Some(self.0))
    }
}

#[tokio::test]
async fn a_rule_that_fails_holds_the_text_for_a_person() {
    let rules = Rules::new(vec![
        rule("first", Action::Reject, Is("bad")),
        rule("broken", Action::Reject, Fails),
        rule("last", Action::Reject, Is("err")),
    ]);
    // A panic that prints where it came from takes its time.
    let board = Board::start_judging(|config| config.judge_timeout = Duration::from_secs(10), rules).await;
    assert_eq!(board.fate("err").await, "held broken");
    assert_eq!(board.fate("panic").await, "held broken");
    assert_eq!(board.fate("bad").await, "rejected first");
    assert_eq!(board.fate("good").await, "approved default");
    let metrics = board.moderation.get("/metrics").send().await.expect(200).text();
    assert!(metrics.contains(r#"judgement_failures_total{kind="error",rule="broken"}"#), "{metrics}");
}

#[tokio::test]
async fn a_rule_that_does_not_end_holds_what_gets_to_it_and_nothing_else() {
    let (release, until) = channel();
    let asked = Arc::new(AtomicUsize::new(0));
    let rules = Rules::new(vec![
        rule("first", Action::Reject, Is("bad")),
        rule("stuck", Action::Reject, Stuck { until: Mutex::new(until), asked: Arc::clone(&asked) }),
    ]);
    let budget = Duration::from_millis(300);
    let board = Board::start_judging(|config| config.judge_timeout = budget, rules).await;
    assert_eq!(board.fate_held("stuck").await, "stuck");
    // While it is at that one it is not asked again, so a whole batch costs no time.
    let batch: Vec<_> = (0..100).map(|_| Comment::new().created("stuck")).collect();
    let began = Instant::now();
    assert_eq!(board.bus.deliver(&batch).await, vec![Outcome::Done; 100]);
    assert!(began.elapsed() < budget * 50, "each was waited for");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(board.fate_held("good").await, "stuck");
    let bad = board.comment("bad").await;
    // Earlier rules decide as ever.
    let id = bad.id.to_string();
    board.bus.wait_until(|events| events.iter().any(|event| is_verdict_on(event, &id))).await;
    drop(release);
    // Once it has come back it is asked again.
    let deadline = Instant::now() + Duration::from_secs(20);
    while board.queue_has(board.comment("good").await).await {
        assert!(Instant::now() < deadline, "it never recovered");
    }
}

impl Board {
    async fn queue_has(&self, comment: Comment) -> bool {
        self.held(comment).await.is_some()
    }

    async fn held(&self, comment: Comment) -> Option<String> {
        let id = comment.id.to_string();
        // Longest waiting first: the newest is on the last page.
        let mut path = "/queue?limit=100".to_owned();
        loop {
            let page = self.moderation.get(&path).send().await.expect(200);
            let items = page.json();
            if let Some(item) = items.as_array().unwrap().iter().find(|item| item["id"] == id.as_str()) {
                return Some(item["rule"].as_str().unwrap().to_owned());
            }
            let link = page.header("link")?.to_owned();
            path = format!("/queue{}", link.trim_start_matches('<').split('>').next().unwrap());
        }
    }

    /// The rule that holds a comment of this text.
    async fn fate_held(&self, content: &str) -> String {
        let comment = self.comment(content).await;
        self.held(comment).await.expect("it is held")
    }
}
