//! `POST /events`: what the bus pushes to a service, checked, applied, answered one result per event.
//!
//! A push is believed only with a good signature. Events are applied in the order they come, all in one transaction,
//! each in a savepoint of its own: one that is refused takes nothing of the others back. After a refused event the
//! later ones of its subject are answered `again`, so that their order holds when the bus comes back with them.
//!
//! Anyone with access to the bus may publish under any type. An event of one of our types that is not from the source
//! that owns the type, or whose data is not that type's, is no such event: it is answered done, with the reason why it
//! is ignored, and counted. To refuse it would park a subject of the board.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use contract::{Cause, Envelope, Event, EventId, LogId, Parsed, Sequence, Timestamp};
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use warp::Filter as _;

use crate::backoff::Reminder;
use crate::bus;
use crate::problem::Problem;
use crate::route::{self, Answer, Head, Routes};
use crate::signature::{self, SigningSecret};
use crate::store::{DbError, Store, StoreError, Tx, WriteError};
use crate::{body, inbox, measure, standing, trace};

/// When a push makes sense again.
const SOON: Duration = Duration::from_secs(1);

pub use crate::hearing::{Hearing, Position};

/// The largest push that is read, in bytes.
const LIMIT: u64 = 8 << 20;

/// When the bus may come again with what cannot be kept now.
const LATER: Duration = Duration::from_secs(5);

/// An event as a service hears it.
#[derive(Debug)]
pub struct Heard {
    /// The event around its data.
    pub envelope: Envelope,
    /// The data, if it is of a type that this version knows.
    pub event: Parsed,
    /// The log it stands in.
    pub log: LogId,
    /// Its place in that log.
    pub sequence: Sequence,
}

impl Heard {
    /// An event that this one causes: the id is derived from this one's, so that reacting again says the same again.
    pub fn say(&self, source: &str, event: &Event, affected: &str) -> Envelope {
        let cause = Cause::of(&self.envelope);
        let id = EventId::derived(&cause.id, cause.time, source, event.type_name(), affected);
        let traceparent = self.envelope.traceparent.as_deref().and_then(trace::child_of);
        Envelope::say(source, event, id, Some(&cause), traceparent.as_deref())
    }
}

/// Why an event has no effect now.
#[derive(Debug, thiserror::Error)]
pub enum ReactError {
    /// It can never be applied: the bus parks its subject.
    #[error("{0}")]
    Refused(String),
    /// It may be applied later: the bus comes again.
    #[error("{0}")]
    Again(String),
    /// The database failed: the bus comes again.
    #[error("database: {0}")]
    Database(#[from] DbError),
}

/// What a service does about the events it hears.
pub trait Reactor: Send + Sync + 'static {
    /// What is worked out before the transaction.
    type Plan: Send + 'static;

    /// Works out what to do, without touching the database.
    ///
    /// # Errors
    /// If the event can never be applied, or not now.
    fn plan(&self, heard: &Heard) -> impl Future<Output = Result<Self::Plan, ReactError>> + Send;

    /// Does it, in the transaction that also notes the event as heard. Called once per event and log.
    ///
    /// # Errors
    /// If the event can never be applied, or not now; its changes are taken back.
    fn apply(&self, tx: &mut Tx<'_>, heard: &Heard, plan: Self::Plan) -> Result<(), ReactError>;
}

/// How much of a reason is answered, in characters: the answer to the largest batch must stay well below what the bus
/// reads of it.
const REASON: usize = 300;

/// What became of one event of a batch. To a bus that does not know `ignored`, it says `done`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Outcome {
    Done {
        #[serde(skip_serializing_if = "Option::is_none")]
        ignored: Option<String>,
    },
    Refused {
        reason: String,
    },
    Again {
        reason: String,
    },
}

struct State<R> {
    reactor: R,
    store: Store,
    secret: SigningSecret,
    hearing: Hearing,
    metrics: measure::ReceiverMetrics,
    /// When the log is to say that events are ignored.
    ignoring: Mutex<Reminder>,
}

/// The route `POST /events` for one reactor.
pub fn routes<R: Reactor>(reactor: R, store: Store, secret: SigningSecret, hearing: Hearing) -> Routes {
    let metrics = measure::ReceiverMetrics::new(store.name());
    let state = Arc::new(State { reactor, store, secret, hearing, metrics, ignoring: Mutex::default() });
    let path = warp::path!("events").boxed();
    let push = path
        .clone()
        .and(warp::post())
        .and(route::head())
        .and(body::raw_if(LIMIT, may_be_signed(&state)))
        .and(route::with(&state))
        .then(receive::<R>)
        .map(route::answer);
    push.or(path.and(route::other_methods("POST"))).unify().boxed()
}

/// What has no signature at all is refused before anything of it is read.
fn may_be_signed<R: Reactor>(
    state: &Arc<State<R>>,
) -> impl Fn(&Head) -> Result<(), Problem> + Clone + Send + Sync + 'static {
    let state = Arc::clone(state);
    move |head| {
        if head.headers.contains_key(signature::SIGNATURE) {
            return Ok(());
        }
        state.metrics.unsigned();
        Err(Problem::unauthorized("This push is not signed by the bus: it has no signature."))
    }
}

async fn receive<R: Reactor>(head: Head, body: Result<Bytes, Problem>, state: Arc<State<R>>) -> Answer {
    let body = body?;
    state.secret.verify_push(&head.headers, &body, Timestamp::now().millis() / 1000).map_err(|error| {
        state.metrics.unsigned();
        Problem::unauthorized(format!("This push is not signed by the bus: {error}."))
    })?;
    let log = header::<LogId>(&head, bus::LOG)?;
    let (upto, at) = (header::<Sequence>(&head, bus::UPTO)?, header::<Sequence>(&head, bus::HEAD)?);
    if state.store.backlog().standing().state() != standing::State::Good {
        return Err(Problem::unavailable("Whether this log belongs to this database is not known yet.", SOON));
    }
    let is_batch = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    let items: Vec<&RawValue> = if is_batch {
        serde_json::from_slice(&body)
            .map_err(|e| Problem::bad_request(format!("The batch is not a JSON array: {e}.")))?
    } else {
        vec![serde_json::from_slice(&body).map_err(|e| Problem::bad_request(format!("The event is not JSON: {e}.")))?]
    };
    let mut parsed = Vec::with_capacity(items.len());
    for item in items {
        parsed.push(plan(&state, log, item).await);
    }
    let outcomes = apply(&state, parsed).await.map_err(not_now)?;
    let all_done = outcomes.iter().all(|o| matches!(o, Outcome::Done { .. }));
    state.hearing.note(log, if all_done { upto.get() } else { 0 }, at.get());
    if outcomes.iter().any(|o| matches!(o, Outcome::Refused { .. })) {
        state.hearing.refused();
    }
    if is_batch {
        return Ok(route::json_response(StatusCode::OK, &outcomes));
    }
    match outcomes.into_iter().next() {
        Some(Outcome::Refused { reason }) => Err(Problem::invalid_field("", reason)),
        Some(Outcome::Again { reason }) => Err(Problem::unavailable(reason, Duration::from_secs(1))),
        outcome => Ok(route::json_response(StatusCode::OK, &outcome)),
    }
}

fn header<T: std::str::FromStr>(head: &Head, name: &str) -> Result<T, Problem> {
    let value = head.headers.get(name).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    value.ok_or_else(|| Problem::bad_request(format!("The header {name} is missing or unreadable.")))
}

/// What is to become of an event.
#[expect(clippy::large_enum_variant, reason = "nearly all are the large one")]
enum Planned<P> {
    Apply(Heard, P),
    Ignore(String),
    Fail(Option<Box<str>>, ReactError),
}

async fn plan<R: Reactor>(state: &State<R>, log: LogId, item: &RawValue) -> Planned<R::Plan> {
    let envelope = match Envelope::parse(item.get().as_bytes()) {
        Ok(envelope) => envelope,
        Err(error) => return Planned::Ignore(error.to_string()),
    };
    let Some(sequence) = envelope.sequence else {
        let error = ReactError::Refused("sequence is missing".to_owned());
        return Planned::Fail(envelope.subject, error);
    };
    if let Some(owner) = Event::owner(&envelope.type_name).filter(|&owner| owner != &*envelope.source) {
        let Envelope { type_name, source, .. } = &envelope;
        return Planned::Ignore(format!("{type_name} comes from {owner}; this one is from {source}"));
    }
    let event = match Event::parse(&envelope.type_name, envelope.data.as_deref().map_or("{}", RawValue::get)) {
        Ok(event) => event,
        Err(error) => return Planned::Ignore(error.to_string()),
    };
    let heard = Heard { envelope, event, log, sequence };
    match state.reactor.plan(&heard).await {
        Ok(plan) => Planned::Apply(heard, plan),
        Err(error) => Planned::Fail(heard.envelope.subject, error),
    }
}

async fn apply<R: Reactor>(
    state: &Arc<State<R>>,
    events: Vec<Planned<R::Plan>>,
) -> Result<Vec<Outcome>, WriteError<std::convert::Infallible>> {
    let shared = Arc::clone(state);
    let write = move |tx: &mut Tx<'_>| {
        let mut waiting: HashSet<Box<str>> = HashSet::new();
        let mut outcomes = Vec::with_capacity(events.len());
        for event in events {
            let (subject, result) = match event {
                Planned::Ignore(reason) => {
                    outcomes.push(Outcome::Done { ignored: Some(shorten(reason)) });
                    continue;
                }
                Planned::Apply(heard, _) if heard.envelope.subject.as_ref().is_some_and(|s| waiting.contains(s)) => {
                    (None, Err(ReactError::Again("an earlier event of its subject stands first".to_owned())))
                }
                Planned::Apply(heard, plan) => {
                    let result = tx.savepoint(|tx| shared.apply_one(tx, &heard, plan));
                    (heard.envelope.subject, result)
                }
                Planned::Fail(subject, error) => (subject, Err(error)),
            };
            if result.is_err() {
                waiting.extend(subject);
            }
            outcomes.push(outcome(result)?);
        }
        Ok(outcomes)
    };
    let outcomes = state.store.write(write).await?;
    state.note(&outcomes);
    Ok(outcomes)
}

impl<R> State<R> {
    /// Counts what became of the events, and names what was not applied.
    fn note(&self, outcomes: &[Outcome]) {
        let service = self.store.name();
        self.metrics.applied(outcomes.iter().filter(|o| matches!(o, Outcome::Done { ignored: None })).count());
        for outcome in outcomes {
            match outcome {
                Outcome::Refused { reason } => {
                    tracing::error!(service, reason, "an event was refused; the bus will park its subject");
                    self.metrics.refused();
                }
                Outcome::Done { ignored: Some(reason) } => {
                    self.metrics.ignored();
                    if self.ignoring.lock().unwrap_or_else(PoisonError::into_inner).is_due() {
                        tracing::warn!(service, reason, "an event was ignored; `inbox_ignored_total` counts them");
                    }
                }
                Outcome::Done { ignored: None } | Outcome::Again { .. } => {}
            }
        }
    }
}

impl<R: Reactor> State<R> {
    fn apply_one(&self, tx: &mut Tx<'_>, heard: &Heard, plan: R::Plan) -> Result<(), ReactError> {
        if !tx.heard(heard.log, heard.sequence, &heard.envelope.id)? {
            let here = inbox::at(tx.connection(), heard.log, heard.sequence)?;
            if here.is_some_and(|here| here != heard.envelope.id.as_str()) {
                self.store.backlog().standing().set(standing::State::Older);
                return Err(ReactError::Again("another event was received from this place of the log".to_owned()));
            }
            self.metrics.duplicate();
            return Ok(());
        }
        self.reactor.apply(tx, heard, plan)
    }
}

/// What the store cannot keep now says nothing against the events: 503 and no other, so that the bus waits and parks
/// nothing. A commit of unknown fate is among it, for what was applied is known when it comes again.
fn not_now(error: WriteError<std::convert::Infallible>) -> Problem {
    match error {
        WriteError::Failed(error) if error.may_pass() => {
            Problem::unavailable("Nothing can be kept here now.", LATER).because(error)
        }
        other => other.into(),
    }
}

/// A full outbox or a failing database must fail the whole push: the bus comes again with all of it.
fn outcome(result: Result<(), ReactError>) -> Result<Outcome, WriteError<std::convert::Infallible>> {
    match result {
        Ok(()) => Ok(Outcome::Done { ignored: None }),
        Err(ReactError::Refused(reason)) => Ok(Outcome::Refused { reason: shorten(reason) }),
        Err(ReactError::Again(reason)) => Ok(Outcome::Again { reason: shorten(reason) }),
        Err(ReactError::Database(error)) => Err(WriteError::Failed(StoreError::from(error))),
    }
}

fn shorten(mut reason: String) -> String {
    if let Some((end, _)) = reason.char_indices().nth(REASON) {
        reason.truncate(end);
    }
    reason
}
