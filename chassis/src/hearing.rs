//! How far a service has received the log: what pushes and registrations say of it, and whether that is all there is.
//!
//! A position says what was known some time ago. "There is no such post" needs more: that everything was received up to
//! a head that was learned after the question was asked. [`Hearing::is_complete`] asks the bus for that head. It answers
//! no while the bus is away or not yet asked, for some time after the bus has come back (what was written meanwhile may
//! still wait in another service's outbox), and while a subject is parked.

use std::sync::Arc;
use std::time::Duration;

use contract::LogId;
use tokio::sync::watch;

use crate::bus::Registered;

/// How far a service has heard the log that is pushed to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The log, once anything was said of it.
    pub log: Option<LogId>,
    /// Everything wanted up to here was delivered.
    pub upto: u64,
    /// The log's last sequence when that was said.
    pub head: u64,
    /// The log's last sequence when this process first heard of it.
    pub first_head: u64,
    /// Whether the delivery of a subject waits, behind an event that was refused.
    pub parked: bool,
    /// How many events this process has refused: an answer of the bus from before the latest does not know of it.
    refusals: u64,
}

impl Position {
    /// Whether everything wanted was delivered that was in the log when this process first heard of it.
    pub fn is_caught_up(&self) -> bool {
        self.log.is_some() && self.upto >= self.first_head
    }
}

/// What a service knows of its own hearing; also the bell for those who wait for an event. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Hearing {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    position: watch::Sender<Position>,
    /// The number of the latest question for the log's head.
    asked: watch::Sender<u64>,
    answered: watch::Sender<Answered>,
}

/// The answer to all questions up to this number.
#[derive(Debug, Clone, Copy, Default)]
struct Answered {
    number: u64,
    learned: Option<Learned>,
}

/// What the bus said when it was asked.
#[derive(Debug, Clone, Copy)]
struct Learned {
    log: LogId,
    head: u64,
    /// Nothing that others have written can be missing from the log, and nothing of it waits for a parked subject.
    whole: bool,
}

/// What was known before the bus was asked: it goes with the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) number: u64,
    refusals: u64,
}

impl Hearing {
    /// The position now.
    pub fn position(&self) -> Position {
        *self.shared.position.borrow()
    }

    /// A receiver that changes whenever something was applied.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.shared.position.subscribe()
    }

    /// Notes what the bus says of log and cursor; called by pushes and registrations.
    pub fn note(&self, log: LogId, upto: u64, head: u64) {
        self.shared.position.send_modify(|p| {
            *p = if p.log == Some(log) {
                Position { upto: upto.max(p.upto), head: head.max(p.head), ..*p }
            } else {
                Position { log: Some(log), upto, head, first_head: head, ..*p }
            };
        });
    }

    /// Notes that an event was refused: the bus parks its subject.
    pub(crate) fn refused(&self) {
        self.shared.position.send_modify(|p| (p.parked, p.refusals) = (true, p.refusals + 1));
    }

    /// Whether everything that the log holds now has been applied here, so that what is not known does not exist. Asks the
    /// bus, and waits at most so long for what is still on its way; no if the bus does not answer.
    pub async fn is_complete(&self, patience: Duration) -> bool {
        let complete = async {
            let mut number = 0;
            let mut answers = self.shared.answered.subscribe();
            self.shared.asked.send_modify(|asked| {
                *asked += 1;
                number = *asked;
            });
            let learned = answers.wait_for(|answer| answer.number >= number).await.ok()?.learned;
            let learned = learned.filter(|learned| learned.whole)?;
            let mut position = self.shared.position.subscribe();
            let arrived = position.wait_for(|p| p.log == Some(learned.log) && p.upto >= learned.head).await;
            arrived.ok().map(drop)
        };
        tokio::time::timeout(patience, complete).await.is_ok_and(|complete| complete.is_some())
    }

    /// What is asked when the bus is called now.
    pub(crate) fn question(&self) -> Question {
        Question { number: *self.shared.asked.borrow(), refusals: self.position().refusals }
    }

    /// A receiver that changes with every question.
    pub(crate) fn questions(&self) -> watch::Receiver<u64> {
        self.shared.asked.subscribe()
    }

    /// The bus has answered. `settled`: it has been there for so long that other services have published what they had.
    pub(crate) fn answer(&self, question: Question, answer: &Registered, settled: bool) {
        // Nothing that is wanted lies beyond the cursor: everything up to the head was received.
        let upto = if answer.lag.events == 0 { answer.head } else { answer.cursor };
        self.note(answer.log, upto.get(), answer.head.get());
        let mut parked = false;
        self.shared.position.send_modify(|p| {
            p.parked = answer.parked > 0 || p.refusals != question.refusals;
            parked = p.parked;
        });
        let learned = Learned { log: answer.log, head: answer.head.get(), whole: settled && !parked };
        self.shared.answered.send_replace(Answered { number: question.number, learned: Some(learned) });
    }

    /// The bus has not answered.
    pub(crate) fn no_answer(&self, question: Question) {
        self.shared.answered.send_replace(Answered { number: question.number, learned: None });
    }
}
