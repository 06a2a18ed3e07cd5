//! What is asked of a subscription while it runs.

use contract::{Cause, DeliveryGivenUp, Envelope, Event, EventId, Sequence, Timestamp};
use tokio::sync::oneshot;

use super::redelivery::{Waiting, before, events_of};
use super::{Shared, Worker, window};
use crate::engine::{AppendError, ReadError};
use crate::registry::{Change, Parked, RegistryError};
use crate::subscription::{Consequence, Paused, Place, Spec, Subscription};

/// What the bus says of itself is said under this source.
const SOURCE: &str = "/event-bus";

/// Why a call about a subscription came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ControlError {
    /// There is no subscription of this name.
    #[error("there is no such subscription")]
    Unknown,
    /// The subject is not parked.
    #[error("nothing is parked there")]
    NotParked,
    /// The place lies beyond the log's head.
    #[error("{place} is beyond the log's head {head}")]
    Ahead {
        /// What was asked for.
        place: Sequence,
        /// Where the log ends.
        head: Sequence,
    },
    /// The name is that of a service of the board, and the caller is not that service.
    #[error("the name is reserved for a service of the board")]
    Reserved,
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The subscription's task does not answer: the bus stops, or the task starts again.
    #[error("the subscription does not answer right now")]
    Busy,
}

/// How a subscription is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Events are delivered as they come.
    Active,
    /// Nothing is pushed.
    Paused,
    /// The receiver fails; it is tried again and again.
    Failing,
}

/// A subscription and how it is doing.
#[derive(Debug, Clone)]
pub struct Status {
    /// The subscription, with the cursor as it is now.
    pub subscription: Subscription,
    /// How it is doing.
    pub state: State,
    /// What failed last, if anything failed since the last success.
    pub last_error: Option<Box<str>>,
    /// When the next push is tried, if it waits.
    pub next_try: Option<Timestamp>,
    /// How many subjects are parked.
    pub parked: usize,
    /// What the receiver made no use of.
    pub ignored: Ignored,
}

/// Events that a receiver took and made no use of, since the bus started.
#[derive(Debug, Clone, Default)]
pub struct Ignored {
    /// How many.
    pub count: u64,
    /// The last one and why, if there was one.
    pub last: Option<(Sequence, Box<str>)>,
}

/// Where an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, ControlError>>;

/// What a worker is asked for.
pub(crate) enum Command {
    Status(Reply<Status>),
    Put(Box<Spec>, Reply<Status>),
    Pause(Reply<Status>),
    Resume(Reply<Status>),
    Seek(Place, Reply<Status>),
    Parked(Reply<Vec<Parked>>),
    /// One subject or all.
    Redeliver(Option<Box<str>>, Reply<Vec<Parked>>),
    Skip(Skip, Reply<Vec<Parked>>),
    Delete(Reply<()>),
}

/// A subject's first event is to be given up.
#[derive(Debug, Clone)]
pub(crate) struct Skip {
    pub(crate) subject: Box<str>,
    pub(crate) by: String,
    /// If nobody gives one: what the receiver said.
    pub(crate) reason: Option<String>,
}

/// An asker that has gone away does not mind.
fn answer<T>(reply: Reply<T>, result: Result<T, ControlError>) {
    drop(reply.send(result));
}

/// The sequence after which a place begins.
pub(crate) async fn resolve(shared: &Shared, place: Place) -> Result<Sequence, ControlError> {
    let head = *shared.log.head().borrow();
    match place {
        Place::Start => Ok(Sequence::ZERO),
        Place::Now => Ok(head),
        Place::After(place) if place > head => Err(ControlError::Ahead { place, head }),
        Place::After(place) => Ok(place),
        Place::Since(time) => Ok(shared.log.before_time(time).await?),
    }
}

impl Worker {
    pub(super) async fn command(&mut self, command: Command) {
        match command {
            Command::Status(reply) => answer(reply, Ok(self.status())),
            Command::Put(spec, reply) => {
                let result = self.put(*spec).await;
                answer(reply, result.map(|()| self.status()));
            }
            Command::Pause(reply) => {
                let result = self.set_paused(Some(Paused::ByCall)).await;
                answer(reply, result.map(|()| self.status()));
            }
            Command::Resume(reply) => {
                let result = self.set_paused(None).await;
                self.try_now();
                self.window.reconsider();
                answer(reply, result.map(|()| self.status()));
            }
            Command::Seek(place, reply) => {
                let result = self.seek(place).await;
                answer(reply, result.map(|()| self.status()));
            }
            Command::Parked(reply) => {
                answer(reply, Ok(self.parked.values().map(|waiting| waiting.parked.clone()).collect()));
            }
            Command::Redeliver(subject, reply) => {
                let result = self.redeliver(subject.as_deref());
                answer(reply, result);
            }
            Command::Skip(skip, reply) => {
                let result = self.skip(skip).await;
                answer(reply, result);
            }
            // Handled by the loop that it ends.
            Command::Delete(reply) => answer(reply, Err(ControlError::Busy)),
        }
    }

    fn status(&self) -> Status {
        let state = match self.subscription.paused {
            Some(_) => State::Paused,
            None if self.window.failing() || self.read_after.is_some() => State::Failing,
            None => State::Active,
        };
        let why = match &self.subscription.paused {
            Some(Paused::ByReceiver(reason)) => Some(reason.clone()),
            _ => self.last_error.clone(),
        };
        Status {
            subscription: self.current(),
            state,
            last_error: why,
            next_try: self.wait.filter(|_| state != State::Paused).map(|wait| wait.shown),
            parked: self.parked.len(),
            ignored: self.ignored.clone(),
        }
    }

    /// Who registers a subscription or resumes it says that it is worth trying.
    fn try_now(&mut self) {
        self.wait = None;
        self.read_after = None;
        self.backoff.reset();
    }

    async fn put(&mut self, spec: Spec) -> Result<(), ControlError> {
        let mut next = self.current();
        let mut change = Change::default();
        let same_types = next.spec.types == spec.types;
        match next.consequence(&spec) {
            Consequence::GoOn => {}
            Consequence::StartAgain => {
                next.cursor = resolve(&self.shared, spec.from).await?;
                next.seen = None;
                change.clear_parked = true;
            }
            Consequence::CatchUp => {
                let begin = resolve(&self.shared, spec.from).await?;
                let first_parked = self.parked.values().map(|waiting| before(waiting.parked.first)).min();
                let complete = first_parked.map_or(next.cursor, |first| first.min(next.cursor));
                if begin < next.cursor {
                    next.catch_up(begin.min(complete), complete);
                    change.clear_parked = true;
                }
            }
        }
        if matches!(next.paused, Some(Paused::ByReceiver(_))) {
            next.paused = None;
        }
        let moved = change.clear_parked || !same_types;
        let turned = self.subscription.spec.url != spec.url;
        let batch = spec.batch;
        next.spec = spec;
        if change.clear_parked || !self.is_kept(&next) {
            change.subscription = Some(next.clone());
            let clear = change.clear_parked;
            self.try_commit(change).await?;
            if clear {
                self.parked.clear();
            }
            self.subscription = next;
        }
        if moved {
            self.begin_anew();
        } else {
            if turned {
                (self.pushing, self.in_flight, self.redelivering) = (None, None, None);
                self.window.reconsider();
            }
            self.window.resize(batch.into());
        }
        self.try_now();
        Ok(())
    }

    /// Whether the registry has all of this, but for the cursor.
    fn is_kept(&self, next: &Subscription) -> bool {
        let known = &self.subscription;
        next.spec == known.spec && next.seen == known.seen && next.paused == known.paused
    }

    /// Forgets what was read and what is under way, and begins at the subscription's cursor.
    fn begin_anew(&mut self) {
        (self.pushing, self.in_flight, self.reading, self.redelivering) = (None, None, None, None);
        self.redelivery_limit = self.subscription.spec.batch.into();
        self.window = window(&self.shared.settings, &self.subscription, &self.parked);
        self.metrics.parked(self.parked.len());
    }

    async fn set_paused(&mut self, paused: Option<Paused>) -> Result<(), ControlError> {
        let next = Subscription { paused, ..self.current() };
        if next.paused != self.subscription.paused {
            self.try_commit(Change { subscription: Some(next.clone()), ..Change::default() }).await?;
            self.subscription = next;
        }
        Ok(())
    }

    /// What is parked before the place stays parked: nothing is given up by going forward. What is parked after it is
    /// reached again with everything else.
    async fn seek(&mut self, place: Place) -> Result<(), ControlError> {
        let cursor = resolve(&self.shared, place).await?;
        let next = Subscription { cursor, seen: None, ..self.subscription.clone() };
        let after = |waiting: &&Waiting| waiting.parked.first > cursor;
        let unpark: Vec<Box<str>> =
            self.parked.values().filter(after).map(|waiting| waiting.parked.subject.clone()).collect();
        let change = Change { subscription: Some(next.clone()), unpark, ..Change::default() };
        self.try_commit(change).await?;
        self.parked.retain(|_, waiting| waiting.parked.first <= cursor);
        self.subscription = next;
        self.begin_anew();
        self.try_now();
        Ok(())
    }

    fn redeliver(&mut self, subject: Option<&str>) -> Result<Vec<Parked>, ControlError> {
        if subject.is_some_and(|subject| !self.parked.contains_key(subject)) {
            return Err(ControlError::NotParked);
        }
        let chosen = self.parked.iter_mut().filter(|(parked, _)| subject.is_none_or(|subject| ***parked == *subject));
        Ok(chosen
            .map(|(_, waiting)| {
                waiting.try_now();
                waiting.parked.clone()
            })
            .collect())
    }

    /// First the record, then the step past the event: the other way round a crash could leave no record.
    async fn skip(&mut self, skip: Skip) -> Result<Vec<Parked>, ControlError> {
        let Some(mut moved) = self.parked.get(&skip.subject).cloned() else { return Err(ControlError::NotParked) };
        // A push of the very event may be under way; it is given up whatever comes of it.
        self.redelivering = None;
        let after = before(moved.parked.first);
        let found =
            events_of(&*self.shared.log, &self.subscription, &skip.subject, after, self.window.cursor(), 1).await?;
        moved.try_now();
        let parked = &mut moved.parked;
        if let Some(entry) = found.0.first() {
            let given_up = Event::from(DeliveryGivenUp {
                subscription: self.subscription.name.to_string(),
                sequence: entry.sequence,
                by: skip.by,
                reason: skip.reason.unwrap_or_else(|| parked.error.to_string()),
            });
            let cause = Envelope::parse(&entry.json).ok().map(|envelope| Cause::of(&envelope));
            let id = cause.as_ref().map_or_else(EventId::new, |cause| {
                cause.derive(SOURCE, given_up.type_name(), self.subscription.name.as_str())
            });
            // A conflict means that it was given up before, in other words: it is on record.
            self.shared.log.append(vec![Envelope::say(SOURCE, &given_up, id, cause.as_ref(), None)]).await?;
            tracing::warn!(subscription = %self.subscription.name, sequence = %entry.sequence, "an event was given up");
            parked.first = entry.sequence.next();
            parked.attempts = 0;
        }
        let parked = parked.clone();
        self.try_commit(Change { park: vec![parked.clone()], ..Change::default() }).await?;
        self.window.parked_moved(&parked.subject, parked.first);
        self.parked.insert(skip.subject, moved);
        Ok(vec![parked])
    }

    /// True if the subscription is gone.
    pub(super) async fn delete(&mut self, reply: Reply<()>) -> bool {
        (self.pushing, self.in_flight, self.redelivering) = (None, None, None);
        if self.saving.is_some() {
            let (cursor, result) = super::finished(&mut self.saving).await;
            self.note_saved(cursor, result);
        }
        let result = self.shared.registry.remove(&self.subscription.name).await;
        let gone = result.is_ok();
        if gone {
            self.metrics.gone();
        }
        answer(reply, result.map_err(ControlError::from));
        gone
    }
}
