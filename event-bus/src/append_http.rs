//! `POST /events`: what is answered with success is on disk.
//!
//! An array is one transaction with a result per item. A refused item spoils no other, except those that must not
//! overtake it: later ones of the same source and subject are refused too (424), and so keep their order when they
//! are sent again.

use std::collections::HashSet;

use bytes::Bytes;
use chassis::body;
use chassis::problem::Problem;
use chassis::route::{Answer, Head, Response, Routes, answer, head, json_response, with};
use contract::{Envelope, Sequence};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use warp::Filter;

use crate::cloudevents::{self, Incoming, MAX_BODY, Refused};
use crate::engine::{Appended, ReadError};
use crate::http::{Bus, allowed};

/// An event: a `CloudEvent` 1.0, of which the classic `{"type", "data"}` is a subset. Further attributes are carried.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes what `Envelope` reads and writes")]
pub(crate) struct Event {
    /// `1.0`, if it is there.
    #[schema(example = "1.0")]
    specversion: Option<String>,
    /// With `source` its identity; a new one if it comes without.
    #[schema(min_length = 1, max_length = 255)]
    id: Option<String>,
    /// Where it comes from.
    #[schema(min_length = 1, max_length = 255)]
    source: Option<String>,
    /// What happened.
    #[schema(min_length = 1, max_length = 255)]
    r#type: String,
    /// What it happened to: events of one subject stay in order.
    #[schema(min_length = 1, max_length = 255)]
    subject: Option<String>,
    /// When it happened (RFC 3339); as it was sent, or the time at which the bus took it.
    #[schema(format = DateTime)]
    time: Option<String>,
    /// The media type of `data`; JSON if absent.
    #[schema(min_length = 1, max_length = 255)]
    datacontenttype: Option<String>,
    /// Its place in the log, which the bus sets; or its producer's own number, if it came with one.
    #[schema(min_length = 1, max_length = 255)]
    sequence: Option<String>,
    /// Its place in the log, where `sequence` is its producer's own; the bus sets it.
    folkmootsequence: Option<String>,
    /// The id of the event that caused it.
    #[schema(min_length = 1, max_length = 255)]
    causationid: Option<String>,
    /// What happened, as JSON.
    data: Option<serde_json::Value>,
}

/// One event or several.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, clippy::large_enum_variant, reason = "it describes what is read, and is never made")]
pub(crate) enum Events {
    /// One.
    One(Event),
    /// Several, each with a result of its own.
    Many(Vec<Event>),
}

/// What became of events that are all in the log.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what is answered")]
pub(crate) enum AllAccepted {
    /// Of one event.
    One(Accepted),
    /// Of each event of an array.
    Many(Vec<Accepted>),
}

/// An event that is in the log, on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// Always `OK`.
    #[schema(example = "OK")]
    status: &'static str,
    /// The event's id; a new one if it came without.
    id: String,
    /// Its place in the log.
    #[schema(value_type = String, example = "0000000000000042")]
    sequence: Sequence,
    /// Whether it was there before.
    duplicate: bool,
}

/// An event that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotTaken {
    /// Always `refused`.
    #[schema(example = "refused")]
    status: &'static str,
    /// The event's id, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What is wrong, as it would have been answered to this event alone (RFC 9457).
    #[schema(value_type = Object)]
    problem: serde_json::Value,
}

/// What became of one event of an array.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Outcome {
    /// It is in the log.
    Accepted(Accepted),
    /// It is not.
    NotTaken(NotTaken),
}

/// `POST /events`, without the path's other methods: those are with the reading routes.
pub(crate) fn routes(bus: &Bus) -> Routes {
    warp::path!("events")
        .and(warp::post())
        .and(with(bus))
        .and(head())
        .and(body::raw_if(MAX_BODY, allowed(bus)))
        .then(|bus: Bus, head: Head, body| async move { answer(append(&bus, &head, body).await) })
        .boxed()
}

/// Append events
///
/// One event or an array: `CloudEvents` 1.0 (structured, batch, or binary with `ce-` headers) or the classic
/// `{"type", "data"}`. Answered when they are on disk. The same `source` and `id` with the same type, subject and data
/// is a duplicate; with others it is refused with 409.
#[utoipa::path(
    post, path = "/events", tag = "log",
    request_body(
        content((Events = "application/json"), (Event = "application/cloudevents+json"), (Vec<Event> = "application/cloudevents-batch+json")),
        description = "an event or, as JSON or a batch, an array of events"
    ),
    responses(
        (status = 201, description = "on disk", body = AllAccepted),
        (status = 207, description = "of an array, some were not taken", body = Vec<Outcome>),
        (status = 400, description = "not JSON"),
        (status = 401, description = "no token, or a wrong one"),
        (status = 409, description = "the identity is taken by another event"),
        (status = 413, description = "an event beyond 256 KiB, or an array beyond 10,000 events or 4 MiB"),
        (status = 415, description = "another content type"),
        (status = 422, description = "not an event"),
        (status = 500, description = "the disk failed, and the events may have been kept or not, send them again; or the event's identity stands at a damaged place of the log"),
        (status = 503, description = "nothing was kept; try again"),
        (status = 507, description = "nothing was kept: the disk is full"),
    )
)]
pub(crate) async fn append(bus: &Bus, head: &Head, body: Result<Bytes, Problem>) -> Answer {
    bus.check(head)?;
    let mut response = match cloudevents::read(&head.headers, &body?)? {
        Incoming::One(event) => append_one(bus, *event).await?,
        Incoming::Many(items) => append_many(bus, items).await?,
    };
    bus.name_log(&mut response, bus.head());
    Ok(response)
}

async fn append_one(bus: &Bus, event: Envelope) -> Answer {
    let result = bus.log().append(vec![event]).await?.pop();
    // One event in, one result out.
    match outcome(result.ok_or_else(Problem::internal)?) {
        Ok(accepted) => Ok(json_response(StatusCode::CREATED, &accepted)),
        Err((_, problem)) => Err(problem),
    }
}

async fn append_many(bus: &Bus, items: Vec<Result<Envelope, Refused>>) -> Answer {
    let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(items.len());
    let mut events = Vec::with_capacity(items.len());
    let mut refused_orders = HashSet::new();
    for item in items {
        let (id, problem) = match item {
            Ok(event) if !refused_orders.is_empty() && refused_orders.contains(&order_of(&event)) => {
                (Some(event.id.to_string()), held())
            }
            Ok(event) => {
                events.push(event);
                outcomes.push(None);
                continue;
            }
            Err(refused) => {
                refused_orders.extend(refused.order);
                (refused.id, refused.problem)
            }
        };
        outcomes.push(Some(not_taken(id, &problem)));
    }
    let results = if events.is_empty() { Vec::new() } else { bus.log().append(events).await? };
    let mut results = results.into_iter();
    let outcomes: Vec<Outcome> =
        outcomes.into_iter().filter_map(|known| known.or_else(|| results.next().map(item_outcome))).collect();
    let all_taken = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Accepted(_)));
    let status = if all_taken { StatusCode::CREATED } else { StatusCode::MULTI_STATUS };
    Ok::<Response, _>(json_response(status, &outcomes))
}

fn order_of(event: &Envelope) -> (Box<str>, Box<str>) {
    let subject = event.subject.clone().unwrap_or_else(|| event.id.as_str().into());
    (event.source.clone(), subject)
}

fn outcome(result: Appended) -> Result<Accepted, (String, Problem)> {
    match result {
        Appended::Logged { id, sequence, duplicate } => {
            Ok(Accepted { status: "OK", id: id.to_string(), sequence, duplicate })
        }
        Appended::Conflict { id, taken_by } => {
            let problem = Problem::new(
                StatusCode::CONFLICT,
                "identity-taken",
                "Another event has this identity",
                format!("The event at {taken_by} has the same source and id, but another type, subject or data."),
            );
            Err((id.to_string(), problem))
        }
        Appended::Damaged { id, sequence } => Err((
            id.to_string(),
            ReadError::Damaged { sequence, reason: "an event with this identity stood there" }.into(),
        )),
        Appended::Held { id } => Err((id.to_string(), held())),
    }
}

fn item_outcome(result: Appended) -> Outcome {
    match outcome(result) {
        Ok(accepted) => Outcome::Accepted(accepted),
        Err((id, problem)) => not_taken(Some(id), &problem),
    }
}

fn not_taken(id: Option<String>, problem: &Problem) -> Outcome {
    Outcome::NotTaken(NotTaken { status: "refused", id, problem: problem.to_json() })
}

fn held() -> Problem {
    Problem::new(
        StatusCode::FAILED_DEPENDENCY,
        "earlier-one-refused",
        "An earlier event was refused",
        "An event of the same source and subject before this one was refused; this one must not overtake it.",
    )
}
