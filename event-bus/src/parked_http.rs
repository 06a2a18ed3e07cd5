//! The calls about what is parked: look, redeliver, give up.

use chassis::problem::Problem;
use chassis::route::{Answer, Head, Routes, answer, get, head, json_response, other_methods, with};
use http::StatusCode;
use warp::Filter;

use crate::dispatcher::Dispatcher;
use crate::http::Bus;
use crate::registry::Parked;
use crate::subscription_http::{Call, known, named, post};
use crate::subscription_json::ParkedShown;

/// Everything under `/subscriptions/{name}/parked`.
pub(crate) fn routes(bus: &Bus, dispatcher: &Dispatcher) -> Routes {
    let parked = warp::path!("subscriptions" / String / "parked");
    let list = parked.and(get()).and(with(bus)).and(with(dispatcher)).and(head());
    let redeliver = warp::path!("subscriptions" / String / "parked" / "redeliver").boxed();
    let skip = warp::path!("subscriptions" / String / "parked" / "skip").boxed();
    list.then(|name: String, bus: Bus, dispatcher: Dispatcher, head: Head| async move {
        answer(list_parked(&name, &bus, &dispatcher, &head).await)
    })
    .or(parked.and(other_methods("GET, HEAD, OPTIONS")).map(|_, response| response))
    .unify()
    .or(post(redeliver, bus, dispatcher, Call::Redeliver))
    .unify()
    .or(post(skip, bus, dispatcher, Call::Skip))
    .unify()
    .boxed()
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

fn show_parked(parked: Vec<Parked>) -> Vec<ParkedShown> {
    parked.into_iter().map(Into::into).collect()
}
