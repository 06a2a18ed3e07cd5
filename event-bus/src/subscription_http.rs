//! The calls about subscriptions: put, look, pause, resume, seek, delete; and what their errors are over HTTP.

use std::time::Duration;

use chassis::body;
use chassis::headers::{FOLKMOOT_HEAD, FOLKMOOT_LOG, FOLKMOOT_SERVICE};
use chassis::problem::Problem;
use chassis::route::{
    Answer, Head, Response, Routes, answer, empty_response, get, head, json_response, other_methods, with,
};
use http::{HeaderValue, StatusCode};
use warp::Filter;

use crate::dispatcher::{ControlError, Dispatcher, Status};
use crate::http::{Bus, allowed};
use crate::parked_http;
use crate::registry::RegistryError;
use crate::subscription::{Name, Spec, Unreadable};
use crate::subscription_json::{SeekTo, Shown, Wish};

/// The largest body of a call, in bytes.
const BODY: u64 = 64 * 1024;
/// When trying again makes sense.
const RETRY: Duration = Duration::from_secs(1);

/// Everything under `/subscriptions`.
pub(crate) fn routes(bus: &Bus, dispatcher: &Dispatcher) -> Routes {
    let all = collection(bus, dispatcher).or(single(bus, dispatcher)).unify();
    all.or(actions(bus, dispatcher)).unify().or(parked_http::routes(bus, dispatcher)).unify().boxed()
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
    let put = one().and(warp::put()).and(body::json_if(BODY, allowed(bus))).then(
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
        .and(body::json_if(BODY, allowed(bus)))
        .then(|name: String, bus: Bus, dispatcher: Dispatcher, head: Head, to| async move {
            answer(seek_one(&name, &bus, &dispatcher, &head, to).await)
        })
        .or(seek.and(other_methods("POST, OPTIONS")).map(|_, response| response))
        .unify();
    let pause = post(warp::path!("subscriptions" / String / "pause").boxed(), bus, dispatcher, Call::Pause);
    let resume = post(warp::path!("subscriptions" / String / "resume").boxed(), bus, dispatcher, Call::Resume);
    seek.or(pause).unify().or(resume).unify().boxed()
}

/// The calls that need no body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    Pause,
    Resume,
    Redeliver,
    Skip,
}

pub(crate) fn post(
    path: warp::filters::BoxedFilter<(String,)>,
    bus: &Bus,
    dispatcher: &Dispatcher,
    call: Call,
) -> Routes {
    path.clone()
        .and(warp::post())
        .and(with(bus))
        .and(with(dispatcher))
        .and(head())
        .then(move |name: String, bus: Bus, dispatcher: Dispatcher, head: Head| async move {
            answer(match call {
                Call::Pause => pause_one(&name, &bus, &dispatcher, &head).await,
                Call::Resume => resume_one(&name, &bus, &dispatcher, &head).await,
                Call::Redeliver => parked_http::redeliver(&name, &bus, &dispatcher, &head).await,
                Call::Skip => parked_http::skip(&name, &bus, &dispatcher, &head).await,
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
        shown.push(Shown::of(status, dispatcher).await?);
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
///
/// The names of the board's services are theirs. Such a service says who it is (`Folkmoot-Service`), or presents the
/// secret that the subscription has; anyone else is answered 409. This keeps a name from being taken by mistake: who has
/// the token can do anything.
#[utoipa::path(
    put, path = "/subscriptions/{name}", tag = "subscriptions", params(("name" = String, Path, description = "1 to 64 of a-z, 0-9 and -")),
    request_body = Wish,
    responses(
        (status = 200, description = "it was there", body = Shown), (status = 201, description = "it is new", body = Shown),
        (status = 409, description = "`from` is beyond the log's head, or the name is reserved for a service of the board"),
        (status = 422, description = "it makes no sense"),
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
    if contract::SERVICES.contains(&name.as_str()) && !is_own(&name, &spec, dispatcher, head).await? {
        return Err(ControlError::Reserved.into());
    }
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
    let status = dispatcher.seek(&name, to?.place()?).await?;
    shown(dispatcher, StatusCode::OK, status).await
}

/// Whether a call about a reserved name comes from the service of that name. Services of before this rule do not say who
/// they are, but know their secret.
async fn is_own(name: &Name, spec: &Spec, dispatcher: &Dispatcher, head: &Head) -> Result<bool, ControlError> {
    if head.headers.get(FOLKMOOT_SERVICE).is_some_and(|value| value.as_bytes() == name.as_str().as_bytes()) {
        return Ok(true);
    }
    match dispatcher.status(name).await {
        Ok(status) => Ok(spec.secret.is_some() && spec.secret == status.subscription.spec.secret),
        Err(ControlError::Unknown) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is no name names nothing.
pub(crate) fn known(name: &str) -> Result<Name, Problem> {
    name.parse().map_err(|_| ControlError::Unknown.into())
}

async fn shown(dispatcher: &Dispatcher, code: StatusCode, status: Status) -> Answer {
    let shown = Shown::of(status, dispatcher).await?;
    Ok(named(dispatcher, json_response(code, &shown)))
}

pub(crate) fn named(dispatcher: &Dispatcher, mut response: Response) -> Response {
    let log = dispatcher.log();
    let head = *log.head().borrow();
    for (name, value) in [(FOLKMOOT_LOG, log.id().to_string()), (FOLKMOOT_HEAD, head.to_string())] {
        // Ids and sequences are visible ASCII.
        response.headers_mut().extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    }
    response
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
            ControlError::Reserved => Self::new(
                StatusCode::CONFLICT,
                "reserved-name",
                "The name is reserved",
                "A service of the board subscribes under this name; choose another one.",
            ),
            ControlError::Read(error) => error.into(),
            ControlError::Append(error) => error.into(),
            ControlError::Registry(RegistryError::Full(_)) => {
                Self::disk_full("There is no room left for the subscription; nothing was changed.", RETRY * 10)
                    .because(because)
            }
            ControlError::Registry(RegistryError::Unknown(_)) => {
                Self::unknown_fate("The disk failed. The subscription may have changed or not; ask for it again.")
                    .because(because)
            }
            ControlError::Registry(RegistryError::Failed(_)) => {
                Self::unavailable("The subscription cannot be kept; nothing was changed.", RETRY).because(because)
            }
            ControlError::Busy => Self::unavailable("The subscription does not answer right now.", RETRY),
        }
    }
}
