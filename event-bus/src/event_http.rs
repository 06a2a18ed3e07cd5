//! `GET /events/{id}`: one event, what led to it, and what came of it.

use chassis::problem::Problem;
use chassis::route::{Answer, Head, Routes, answer, bytes_response, get, head, json_response, other_methods, with};
use contract::Timestamp;
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use warp::Filter;

use crate::cloudevents::{self, EVENT_JSON};
use crate::engine::Named;
use crate::entry::Entry;
use crate::http::{Bus, accepts};
use crate::read_http::fresh;

/// The most causes, and the most effects, that are told.
const MOST: usize = 500;
/// The most bytes of their JSON.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// An event as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded<'a> {
    /// When it was put into the log, by the bus's clock.
    #[schema(value_type = String, example = "2026-01-31T12:00:00.123Z")]
    recorded_at: Timestamp,
    /// The event, a `CloudEvent`.
    #[schema(value_type = Object)]
    event: &'a RawValue,
}

impl<'a> Recorded<'a> {
    /// What is in the log is JSON: it was when it was appended, and its digest holds.
    fn of(entry: &'a Entry) -> Result<Self, Problem> {
        let event = serde_json::from_slice(&entry.json).map_err(|error| Problem::internal().because(error))?;
        Ok(Self { recorded_at: entry.recorded_at, event })
    }
}

/// An event with what led to it and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Told<'a> {
    /// The event.
    event: Recorded<'a>,
    /// What caused it, and what caused that, the first cause first; a cause that is not in this log is not here.
    causes: Vec<Recorded<'a>>,
    /// What it caused, and what that caused, in the log's order.
    effects: Vec<Recorded<'a>>,
    /// Whether some of the causes or effects were left out, the farthest first.
    truncated: bool,
}

/// The route of a single event, with the end of its path.
pub(crate) fn routes(bus: &Bus) -> Routes {
    let one = warp::path!("events" / String);
    let event = one.and(get()).and(with(bus)).and(head());
    let event =
        event.then(|id: String, bus: Bus, head: Head| async move { answer(read_event(&id, &bus, &head).await) });
    event.or(one.and(other_methods("GET, HEAD, OPTIONS")).map(|_, response| response)).unify().boxed()
}

/// Read one event
///
/// With what caused it and what it caused, up to 500 of each. With `Accept: application/cloudevents+json` the event
/// alone, as subscribers get it.
#[utoipa::path(
    get, path = "/events/{id}", tag = "log",
    params(
        ("id" = String, Path, description = "the event's id"),
        ("source" = Option<String>, Query, description = "whose, where several sources used the same id"),
    ),
    responses(
        (status = 200, description = "the event", content((Told = "application/json"), (Object = "application/cloudevents+json"))),
        (status = 401, description = "no token, or a wrong one"),
        (status = 404, description = "no event has this id"),
        (status = 409, description = "several have it; the answer names their sources"),
        (status = 500, description = "the log is damaged there"),
    )
)]
pub(crate) async fn read_event(id: &str, bus: &Bus, head: &Head) -> Answer {
    bus.check(head)?;
    let unknown = || Problem::not_found("No event has this id.");
    let id = cloudevents::percent_decode(id.as_bytes()).ok_or_else(unknown)?;
    let entry = match bus.log().event(&id, head.parameter("source").as_deref()).await? {
        Named::One(entry) => entry,
        Named::Nothing => return Err(unknown()),
        Named::Several(sources) => return Err(several(&sources)),
    };
    let mut response = if accepts(head, EVENT_JSON) {
        bytes_response(StatusCode::OK, EVENT_JSON, entry.json.clone())
    } else {
        let lineage = bus.log().lineage(&entry, MOST, MOST_BYTES).await?;
        let told = Told {
            event: Recorded::of(&entry)?,
            causes: lineage.causes.iter().map(|entry| Recorded::of(entry)).collect::<Result<_, _>>()?,
            effects: lineage.effects.iter().map(|entry| Recorded::of(entry)).collect::<Result<_, _>>()?,
            truncated: lineage.truncated,
        };
        json_response(StatusCode::OK, &told)
    };
    bus.name_log(&mut response, bus.head());
    Ok(fresh(response))
}

fn several(sources: &[Box<str>]) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "several-events",
        "Several events have this id",
        format!("Say whose is meant with `?source=`: {}.", sources.join(", ")),
    )
}
