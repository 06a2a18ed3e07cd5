//! Subscriptions as JSON: what may be asked for, checked field by field, and what is shown.
//!
//! A secret goes in and never comes out again: what is shown only says whether pushes are signed.

use std::collections::BTreeSet;

use chassis::problem::{FieldError, Problem};
use chassis::signature::SigningSecret;
use contract::{LogId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dispatcher::{Dispatcher, State, Status};
use crate::registry::Parked;
use crate::subscription::{Format, LARGEST_BATCH, Place, Spec, Unreadable, receiver_url};

/// The most types that a subscription may name.
pub(crate) const MOST_TYPES: usize = 1000;
/// The longest event type and generation, in bytes.
pub(crate) const LONGEST: usize = 255;

/// What a subscription shall be.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Wish {
    /// Where to push to: http or https, without credentials.
    #[schema(example = "http://127.0.0.1:4001/events")]
    url: String,
    /// The event types that are wanted; all if not given. Types that are added later are caught up from `from`.
    types: Option<Vec<String>>,
    /// Where it begins: `start`, `now` (if not given), a sequence (what follows it) or a time (RFC 3339).
    #[schema(value_type = Option<String>)]
    from: Option<PlaceText>,
    /// The most events in one push, 1 to 1000. With 1, as it is if not given, each event is pushed by itself, not in an
    /// array. An array must be answered with an array of results, one for each event in order:
    /// `{"status": "done" | "refused" | "again", "reason"?}`, and with `"ignored": "why"` beside `done` for an event that
    /// was taken and is made no use of. A 2xx with anything else means that all of it comes again.
    batch: Option<u32>,
    /// The media type of pushes: `json` (`application/json`, if not given) or `cloudevents` (if not given, for batches).
    format: Option<String>,
    /// What pushes are signed with (Standard Webhooks): `whsec_` and 24 to 64 bytes in base64.
    secret: Option<String>,
    /// What the receiver calls its present memory: with another one the subscription starts again at `from`.
    generation: Option<String>,
}

/// Where to go on from.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SeekTo {
    /// `start`, `now`, a sequence (what follows it) or a time (RFC 3339).
    #[schema(value_type = String)]
    to: PlaceText,
}

/// A place as text, or a sequence as a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum PlaceText {
    Text(String),
    Number(u64),
}

impl PlaceText {
    fn read(&self) -> Result<Place, Unreadable> {
        match self {
            Self::Text(text) => text.parse(),
            Self::Number(number) => Ok(Place::After(Sequence::new(*number))),
        }
    }
}

/// A subscription and how it is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    name: String,
    url: String,
    /// Absent if all types are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<Vec<String>>,
    from: String,
    batch: u16,
    format: &'static str,
    /// Whether pushes are signed.
    signed: bool,
    generation: String,
    /// `active`, `paused` or `failing`.
    state: &'static str,
    /// Everything wanted up to here was delivered or is parked.
    #[schema(value_type = String, example = "0000000000000042")]
    cursor: Sequence,
    /// The log's id.
    #[schema(value_type = String)]
    log: LogId,
    /// The log's last sequence.
    #[schema(value_type = String)]
    head: Sequence,
    lag: LagShown,
    /// What failed, if something did since the last success.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// When the next push is tried, if it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next_try: Option<Timestamp>,
    /// How many subjects are parked.
    parked: usize,
    /// What the receiver made no use of.
    ignored: IgnoredShown,
    /// Another one after each start of the bus.
    #[schema(value_type = String, format = Uuid)]
    instance: Uuid,
}

/// Events that the receiver took and made no use of, for to it they are not what their type says. Counted since the bus
/// started; what comes again counts again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IgnoredShown {
    count: u64,
    /// Where the last of them stands in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last: Option<Sequence>,
    /// Why the last of them was ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reason: Option<String>,
}

/// How much of what is wanted lies beyond the cursor.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LagShown {
    events: u64,
    /// For how long the oldest of these events has been in the log.
    seconds: f64,
}

/// A subject whose delivery waits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ParkedShown {
    subject: String,
    /// Its events before this place were delivered.
    #[schema(value_type = String)]
    first: Sequence,
    /// What the receiver said.
    error: String,
    #[schema(value_type = String)]
    since: Timestamp,
    /// How often redelivery failed.
    attempts: u32,
    #[schema(value_type = String)]
    next_try: Timestamp,
}

impl Wish {
    /// The wish as it makes sense, or everything that does not.
    pub(crate) fn check(self) -> Result<Spec, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, detail: &str| errors.push(FieldError::new(pointer, detail));
        let url = receiver_url(&self.url).map_err(|Unreadable(what)| wrong("/url", what)).ok();
        let from = self.from.map_or(Ok(Place::Now), |from| from.read());
        let from = from.map_err(|Unreadable(what)| wrong("/from", what)).ok();
        let batch = u16::try_from(self.batch.unwrap_or(1)).ok().filter(|batch| (1..=LARGEST_BATCH).contains(batch));
        if batch.is_none() {
            wrong("/batch", "A batch has 1 to 1000 events.");
        }
        let format = self.format.map_or(Ok(Format::usual(batch.unwrap_or(1))), |format| format.parse());
        let format = format.map_err(|Unreadable(what)| wrong("/format", what)).ok();
        let secret = self.secret.as_deref().map(SigningSecret::parse).transpose();
        let secret = secret.map_err(|error| wrong("/secret", &format!("{error}."))).ok();
        let fits = |text: &str| !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
        let types = self.types.map(|types| types.into_iter().map(String::into_boxed_str).collect::<BTreeSet<_>>());
        if types
            .as_ref()
            .is_some_and(|types| types.is_empty() || types.len() > MOST_TYPES || !types.iter().all(|t| fits(t)))
        {
            wrong("/types", "Name 1 to 1000 event types of 1 to 255 bytes, or leave `types` out for all.");
        }
        let generation = self.generation.unwrap_or_default();
        if !generation.is_empty() && !fits(&generation) {
            wrong("/generation", "A generation has at most 255 bytes and no control characters.");
        }
        match (url, from, batch, format, secret) {
            (Some(url), Some(from), Some(batch), Some(format), Some(secret)) if errors.is_empty() => {
                Ok(Spec { url, types, from, batch, format, secret, generation: generation.into() })
            }
            _ => Err(errors),
        }
    }
}

impl SeekTo {
    /// The place, if it is one.
    pub(crate) fn place(&self) -> Result<Place, Problem> {
        self.to.read().map_err(|Unreadable(what)| Problem::invalid_field("/to", what))
    }
}

impl Shown {
    /// A subscription's status with its lag, for which the log is asked.
    pub(crate) async fn of(status: Status, dispatcher: &Dispatcher) -> Result<Self, Problem> {
        let head = *dispatcher.log().head().borrow();
        let lag = dispatcher.lag(&status).await?;
        let Status { subscription, state, last_error, next_try, parked, ignored } = status;
        let (last, last_reason) = ignored.last.map(|(last, reason)| (last, reason.into())).unzip();
        let spec = subscription.spec;
        Ok(Self {
            name: subscription.name.to_string(),
            url: spec.url.into(),
            types: spec.types.map(|types| types.into_iter().map(Into::into).collect()),
            from: spec.from.to_string(),
            batch: spec.batch,
            format: spec.format.as_str(),
            signed: spec.secret.is_some(),
            generation: spec.generation.into(),
            state: match state {
                State::Active => "active",
                State::Paused => "paused",
                State::Failing => "failing",
            },
            cursor: subscription.cursor,
            log: dispatcher.log().id(),
            head,
            lag: LagShown { events: lag.events, seconds: lag.age.as_secs_f64() },
            last_error: last_error.map(Into::into),
            next_try,
            parked,
            ignored: IgnoredShown { count: ignored.count, last, last_reason },
            instance: dispatcher.instance(),
        })
    }
}

impl From<Parked> for ParkedShown {
    fn from(parked: Parked) -> Self {
        Self {
            subject: parked.subject.into(),
            first: parked.first,
            error: parked.error.into(),
            since: parked.since,
            attempts: parked.attempts,
            next_try: parked.next_try,
        }
    }
}
