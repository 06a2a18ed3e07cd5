//! The calls about subscriptions: put, look, pause, resume, seek, delete, and what is parked.
//!
//! A secret goes in and never comes out again: answers only say whether pushes are signed.

use std::collections::BTreeSet;
use std::time::Duration;

use chassis::body;
use chassis::headers::{FOLKMOOT_HEAD, FOLKMOOT_LOG};
use chassis::problem::{FieldError, Problem};
use chassis::route::{
    Answer, Head, Response, Routes, answer, empty_response, get, head, json_response, other_methods, with,
};
use chassis::signature::SigningSecret;
use contract::{LogId, Sequence, Timestamp};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warp::Filter;

use crate::dispatcher::{ControlError, Dispatcher, State, Status};
use crate::http::Bus;
use crate::registry::Parked;
use crate::subscription::{Format, LARGEST_BATCH, Name, Place, Spec, Unreadable, receiver_url};

/// The largest body of a call, in bytes.
const BODY: u64 = 64 * 1024;
/// The most types that a subscription may name.
const MOST_TYPES: usize = 1000;
/// The longest event type and generation, in bytes.
const LONGEST: usize = 255;
/// When trying again makes sense.
const RETRY: Duration = Duration::from_secs(1);

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
    /// array. An array may be answered with an array of results, `{"status": "done" | "refused" | "again", "reason"?}`.
    batch: Option<u32>,
    /// The media type of pushes: `cloudevents` (if not given) or `json`.
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

/// Everything under `/subscriptions`.
pub(crate) fn routes(bus: &Bus, dispatcher: &Dispatcher) -> Routes {
    collection(bus, dispatcher).or(single(bus, dispatcher)).unify().or(actions(bus, dispatcher)).unify().boxed()
}

fn collection(bus: &Bus, dispatcher: &Dispatcher) -> Routes {
    let all = warp::path!("subscriptions");
    let list = all.and(get()).and(with(bus)).and(with(dispatcher)).and(head());
    list.then(
        |bus: Bus, dispatcher: Dispatcher, head: Head| async move { answer(list_all(&bus, &dispatcher, &head).await) },
    )
    .or(all.and(other_methods("GET, HEAD, OPTIONS")))
    .unify()
    .boxed()
}

fn single(bus: &Bus, dispatcher: &Dispatcher) -> Routes {
    let one = || warp::path!("subscriptions" / String).and(with(bus)).and(with(dispatcher)).and(head());
    let read = one().and(get()).then(|name: String, bus: Bus, dispatcher: Dispatcher, head: Head| async move {
        answer(read_one(&name, &bus, &dispatcher, &head).await)
    });
    let put = one().and(warp::put()).and(body::json(BODY)).then(
        |name: String, bus: Bus, dispatcher: Dispatcher, head: Head, wish| async move {
            answer(put_one(&name, &bus, &dispatcher, &head, wish).await)
        },
    );
    let delete =
        one().and(warp::delete()).then(|name: String, bus: Bus, dispatcher: Dispatcher, head: Head| async move {
            answer(delete_one(&name, &bus, &dispatcher, &head).await)
        });
    let end = warp::path!("subscriptions" / String).and(other_methods("GET, HEAD, PUT, DELETE, OPTIONS"));
    read.or(put).unify().or(delete).unify().or(end.map(|_, response| response)).unify().boxed()
}

fn actions(bus: &Bus, dispatcher: &Dispatcher) -> Routes {
    let on = || with(bus).and(with(dispatcher)).and(head());
    let seek = warp::path!("subscriptions" / String / "seek");
    let seek = seek
        .and(warp::post())
        .and(on())
        .and(body::json(BODY))
        .then(|name: String, bus: Bus, dispatcher: Dispatcher, head: Head, to| async move {
            answer(seek_one(&name, &bus, &dispatcher, &head, to).await)
        })
        .or(seek.and(other_methods("POST, OPTIONS")).map(|_, response| response))
        .unify();
    let parked = warp::path!("subscriptions" / String / "parked");
    let parked = parked
        .and(get())
        .and(on())
        .then(|name: String, bus: Bus, dispatcher: Dispatcher, head: Head| async move {
            answer(list_parked(&name, &bus, &dispatcher, &head).await)
        })
        .or(parked.and(other_methods("GET, HEAD, OPTIONS")).map(|_, response| response))
        .unify();
    let pause = post(warp::path!("subscriptions" / String / "pause").boxed(), bus, dispatcher, Call::Pause);
    let resume = post(warp::path!("subscriptions" / String / "resume").boxed(), bus, dispatcher, Call::Resume);
    let redeliver = warp::path!("subscriptions" / String / "parked" / "redeliver").boxed();
    let redeliver = post(redeliver, bus, dispatcher, Call::Redeliver);
    let skip = post(warp::path!("subscriptions" / String / "parked" / "skip").boxed(), bus, dispatcher, Call::Skip);
    seek.or(parked).unify().or(pause).unify().or(resume).unify().or(redeliver).unify().or(skip).unify().boxed()
}

/// The calls that need no body.
#[derive(Debug, Clone, Copy)]
enum Call {
    Pause,
    Resume,
    Redeliver,
    Skip,
}

fn post(path: warp::filters::BoxedFilter<(String,)>, bus: &Bus, dispatcher: &Dispatcher, call: Call) -> Routes {
    path.clone()
        .and(warp::post())
        .and(with(bus))
        .and(with(dispatcher))
        .and(head())
        .then(move |name: String, bus: Bus, dispatcher: Dispatcher, head: Head| async move {
            answer(match call {
                Call::Pause => pause_one(&name, &bus, &dispatcher, &head).await,
                Call::Resume => resume_one(&name, &bus, &dispatcher, &head).await,
                Call::Redeliver => redeliver(&name, &bus, &dispatcher, &head).await,
                Call::Skip => skip(&name, &bus, &dispatcher, &head).await,
            })
        })
        .or(path.and(other_methods("POST, OPTIONS")).map(|_, response| response))
        .unify()
        .boxed()
}

/// List subscriptions
#[utoipa::path(
    get, path = "/subscriptions", tag = "subscriptions",
    responses((status = 200, description = "all of them, by name", body = Vec<Shown>), (status = 401, description = "no token, or a wrong one"))
)]
pub(crate) async fn list_all(bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    let mut shown = Vec::new();
    for status in dispatcher.list().await {
        shown.push(show(dispatcher, status).await?);
    }
    Ok(named(dispatcher, json_response(StatusCode::OK, &shown)))
}

/// Read a subscription
#[utoipa::path(
    get, path = "/subscriptions/{name}", tag = "subscriptions", params(("name" = String, Path)),
    responses((status = 200, description = "how it is doing", body = Shown), (status = 404, description = "there is none of this name"))
)]
pub(crate) async fn read_one(name: &str, bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    let status = dispatcher.status(&known(name)?).await?;
    shown(dispatcher, StatusCode::OK, status).await
}

/// Put a subscription
///
/// Idempotent: the same again keeps the cursor, and ends any pause before the next try. A new `generation` starts again
/// at `from` and forgets what is parked. Added types are caught up from `from`, before anything newer; if a subject
/// is parked at that time, what was delivered since its first parked event may come again.
#[utoipa::path(
    put, path = "/subscriptions/{name}", tag = "subscriptions", params(("name" = String, Path, description = "1 to 64 of a-z, 0-9 and -")),
    request_body = Wish,
    responses(
        (status = 200, description = "it was there", body = Shown), (status = 201, description = "it is new", body = Shown),
        (status = 409, description = "`from` is beyond the log's head"), (status = 422, description = "it makes no sense"),
    )
)]
pub(crate) async fn put_one(
    name: &str,
    bus: &Bus,
    dispatcher: &Dispatcher,
    head: &Head,
    wish: Result<Wish, Problem>,
) -> Answer {
    bus.check(head)?;
    let name: Name = name.parse().map_err(|Unreadable(what)| Problem::invalid_field("?name", what))?;
    let spec = wish?.check().map_err(Problem::invalid)?;
    let (status, new) = dispatcher.put(&name, spec).await?;
    shown(dispatcher, if new { StatusCode::CREATED } else { StatusCode::OK }, status).await
}

/// Delete a subscription
#[utoipa::path(
    delete, path = "/subscriptions/{name}", tag = "subscriptions", params(("name" = String, Path)),
    responses((status = 204, description = "it is gone, with all it had parked"), (status = 404, description = "there is none of this name"))
)]
pub(crate) async fn delete_one(name: &str, bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    dispatcher.delete(&known(name)?).await?;
    Ok(named(dispatcher, empty_response(StatusCode::NO_CONTENT)))
}

/// Pause a subscription
///
/// Nothing is pushed until it is resumed; a push that is under way still counts.
#[utoipa::path(
    post, path = "/subscriptions/{name}/pause", tag = "subscriptions", params(("name" = String, Path)),
    responses((status = 200, description = "it is paused", body = Shown), (status = 404, description = "there is none of this name"))
)]
pub(crate) async fn pause_one(name: &str, bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    let status = dispatcher.pause(&known(name)?).await?;
    shown(dispatcher, StatusCode::OK, status).await
}

/// Resume a subscription
///
/// Goes on where it was paused, at once.
#[utoipa::path(
    post, path = "/subscriptions/{name}/resume", tag = "subscriptions", params(("name" = String, Path)),
    responses((status = 200, description = "it is active", body = Shown), (status = 404, description = "there is none of this name"))
)]
pub(crate) async fn resume_one(name: &str, bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    let status = dispatcher.resume(&known(name)?).await?;
    shown(dispatcher, StatusCode::OK, status).await
}

/// Move a subscription's cursor
///
/// What is parked before the new place stays parked; what is parked after it is reached again with everything else.
#[utoipa::path(
    post, path = "/subscriptions/{name}/seek", tag = "subscriptions", params(("name" = String, Path)), request_body = SeekTo,
    responses(
        (status = 200, description = "it goes on from there", body = Shown), (status = 404, description = "there is none of this name"),
        (status = 409, description = "the place is beyond the log's head"), (status = 422, description = "not a place"),
    )
)]
pub(crate) async fn seek_one(
    name: &str,
    bus: &Bus,
    dispatcher: &Dispatcher,
    head: &Head,
    to: Result<SeekTo, Problem>,
) -> Answer {
    bus.check(head)?;
    let name = known(name)?;
    let place = to?.to.read().map_err(|Unreadable(what)| Problem::invalid_field("/to", what))?;
    let status = dispatcher.seek(&name, place).await?;
    shown(dispatcher, StatusCode::OK, status).await
}

/// List parked subjects
#[utoipa::path(
    get, path = "/subscriptions/{name}/parked", tag = "subscriptions", params(("name" = String, Path)),
    responses((status = 200, description = "by subject", body = Vec<ParkedShown>), (status = 404, description = "there is none of this name"))
)]
pub(crate) async fn list_parked(name: &str, bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    let parked = dispatcher.parked(&known(name)?).await?;
    Ok(named(dispatcher, json_response(StatusCode::OK, &show_parked(parked))))
}

/// Redeliver what is parked
///
/// Tries a parked subject, or all of them, again now and in order. Answers at once with what is to be tried.
#[utoipa::path(
    post, path = "/subscriptions/{name}/parked/redeliver", tag = "subscriptions",
    params(("name" = String, Path), ("subject" = Option<String>, Query, description = "only this one")),
    responses((status = 202, description = "what is tried", body = Vec<ParkedShown>), (status = 404, description = "no such subscription, or the subject is not parked"))
)]
pub(crate) async fn redeliver(name: &str, bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    let parked = dispatcher.redeliver(&known(name)?, head.parameter("subject").map(Into::into)).await?;
    Ok(named(dispatcher, json_response(StatusCode::ACCEPTED, &show_parked(parked))))
}

/// Give up a parked event
///
/// Gives up the one event that stands first in a parked subject, and says so in the log (`DeliveryGivenUp`). The
/// subject's later events follow at once.
#[utoipa::path(
    post, path = "/subscriptions/{name}/parked/skip", tag = "subscriptions",
    params(
        ("name" = String, Path), ("subject" = String, Query),
        ("by" = Option<String>, Query, description = "who decides; `operator` if not given"),
        ("reason" = Option<String>, Query, description = "why; what the receiver said if not given"),
    ),
    responses((status = 202, description = "what is tried now", body = Vec<ParkedShown>), (status = 404, description = "no such subscription, or the subject is not parked"))
)]
pub(crate) async fn skip(name: &str, bus: &Bus, dispatcher: &Dispatcher, head: &Head) -> Answer {
    bus.check(head)?;
    let name = known(name)?;
    let missing = || Problem::invalid_field("?subject", "Name the subject whose first event is to be given up.");
    let subject = head.parameter("subject").ok_or_else(missing)?;
    let by = head.parameter("by").unwrap_or_else(|| "operator".to_owned());
    let parked = dispatcher.skip(&name, subject.into(), by, head.parameter("reason")).await?;
    Ok(named(dispatcher, json_response(StatusCode::ACCEPTED, &show_parked(parked))))
}

/// What is no name names nothing.
fn known(name: &str) -> Result<Name, Problem> {
    name.parse().map_err(|_| ControlError::Unknown.into())
}

async fn shown(dispatcher: &Dispatcher, code: StatusCode, status: Status) -> Answer {
    let shown = show(dispatcher, status).await?;
    Ok(named(dispatcher, json_response(code, &shown)))
}

async fn show(dispatcher: &Dispatcher, status: Status) -> Result<Shown, Problem> {
    let head = *dispatcher.log().head().borrow();
    let lag = dispatcher.lag(&status).await?;
    let Status { subscription, state, last_error, next_try, parked } = status;
    let spec = subscription.spec;
    Ok(Shown {
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
    })
}

fn show_parked(parked: Vec<Parked>) -> Vec<ParkedShown> {
    let show = |parked: Parked| ParkedShown {
        subject: parked.subject.into(),
        first: parked.first,
        error: parked.error.into(),
        since: parked.since,
        attempts: parked.attempts,
        next_try: parked.next_try,
    };
    parked.into_iter().map(show).collect()
}

fn named(dispatcher: &Dispatcher, mut response: Response) -> Response {
    let log = dispatcher.log();
    let head = *log.head().borrow();
    for (name, value) in [(FOLKMOOT_LOG, log.id().to_string()), (FOLKMOOT_HEAD, head.to_string())] {
        // Ids and sequences are visible ASCII.
        response.headers_mut().extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    }
    response
}

impl Wish {
    /// The wish as it makes sense, or everything that does not.
    fn check(self) -> Result<Spec, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, detail: &str| errors.push(FieldError::new(pointer, detail));
        let url = receiver_url(&self.url).map_err(|Unreadable(what)| wrong("/url", what)).ok();
        let from = self.from.map_or(Ok(Place::Now), |from| from.read());
        let from = from.map_err(|Unreadable(what)| wrong("/from", what)).ok();
        let batch = u16::try_from(self.batch.unwrap_or(1)).ok().filter(|batch| (1..=LARGEST_BATCH).contains(batch));
        if batch.is_none() {
            wrong("/batch", "A batch has 1 to 1000 events.");
        }
        let format = self.format.map_or(Ok(Format::default()), |format| format.parse());
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

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let because = error.to_string();
        match error {
            ControlError::Unknown => Self::not_found("There is no subscription of this name."),
            ControlError::NotParked => Self::not_found("This subject is not parked."),
            ControlError::Ahead { place, head } => Self::new(
                StatusCode::CONFLICT,
                "beyond-the-log",
                "The log does not reach that far",
                format!("{place} was asked for, but the log ends at {head}."),
            ),
            ControlError::Read(error) => error.into(),
            ControlError::Append(error) => error.into(),
            ControlError::Registry(_) => {
                Self::unavailable("The subscription cannot be kept; nothing was changed.", RETRY).because(because)
            }
            ControlError::Busy => Self::unavailable("The subscription does not answer right now.", RETRY),
        }
    }
}
