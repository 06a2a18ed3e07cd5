//! `GET /events/stream`: past, then live. What is refused is refused before anything is upgraded or streamed.

use std::sync::Arc;

use chassis::route::{Answer, Head, Response, Routes, answer, bytes_response, get, head, other_methods, with};
use chassis::stream::EVENT_STREAM;
use http::{Method, StatusCode};
use warp::Filter;
use warp::ws::Ws;

use crate::follow::Follower;
use crate::http::Bus;
use crate::reading::Reading;
use crate::{sse, websocket};

/// What a client may say in one message: acknowledgements are small.
const MAX_MESSAGE: usize = 4096;

/// The stream's routes.
pub(crate) fn routes(bus: &Bus) -> Routes {
    let path = warp::path!("events" / "stream");
    let upgrade = path.and(warp::ws()).and(with(bus)).and(head());
    let upgrade = upgrade.then(|ws: Ws, bus: Bus, head: Head| async move { answer(open(&bus, &head, Some(ws)).await) });
    let plain = path.and(get()).and(with(bus)).and(head());
    let plain = plain.then(|bus: Bus, head: Head| async move { answer(open(&bus, &head, None).await) });
    upgrade.or(plain).unify().or(path.and(other_methods("GET, HEAD, OPTIONS"))).unify().boxed()
}

/// Follow the log
///
/// As server-sent events: first `log` (`{"log","head"}`), then events whose id is their sequence, once `caughtUp` when
/// the head at opening is reached, and on. As a WebSocket: the same as messages `{"log","head"}`,
/// `{"events":[...],"upto"}` and `{"caughtUp"}`; the client answers each batch with `{"ack":"<upto>"}`, and after eight
/// batches without one the bus waits for it.
#[utoipa::path(
    get, path = "/events/stream", tag = "log",
    params(
        ("after" = Option<String>, Query, description = "begin after this sequence; without any of these: at the beginning"),
        ("since" = Option<String>, Query, description = "begin with what was recorded at this time or later (RFC 3339)"),
        ("tail" = Option<bool>, Query, description = "only what is new"),
        ("type" = Option<Vec<String>>, Query, description = "only these types; repeated or comma-separated"),
        ("subject" = Option<String>, Query, description = "only this subject"),
        ("logid" = Option<String>, Query, description = "refuse with 409 if this is not the log's id"),
        ("Last-Event-ID" = Option<String>, Header, description = "the same as `after`, sent by browsers that reconnect; outweighs where the address begins"),
    ),
    responses(
        (status = 101, description = "the WebSocket begins"),
        (status = 200, description = "the stream begins", content((String = "text/event-stream"))),
        (status = 401, description = "no token, or a wrong one"),
        (status = 409, description = "another log, or one that does not reach as far as `after`"),
        (status = 422, description = "a parameter makes no sense"),
    )
)]
pub(crate) async fn open(bus: &Bus, head: &Head, ws: Option<Ws>) -> Answer {
    bus.check(head)?;
    let reading = Reading::of(head)?;
    let after = reading.begin(bus).await?;
    let follower = Follower::new(Arc::clone(bus.log()), reading.selection, after);
    let log = bus.log().id();
    let mark = follower.mark();
    let mut response: Response = match ws {
        None if head.method == Method::HEAD => bytes_response(StatusCode::OK, EVENT_STREAM, ""),
        None => sse::answer(bus.lifetime(), log, follower, bus.stream().patience),
        Some(ws) => {
            let ws = ws.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE);
            let settings = bus.stream();
            chassis::stream::websocket(ws, bus.lifetime(), move |socket, stop| {
                websocket::run(socket, stop, log, follower, settings)
            })
        }
    };
    bus.name_log(&mut response, mark);
    Ok(response)
}
