//! Answers that go on: NDJSON, server-sent events, WebSockets. Each ends when [`Lifetime::stop`] is cancelled, or a
//! shutdown would wait for its full deadline on every listener.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;
use warp::Reply;
use warp::ws::{WebSocket, Ws};

use crate::route::Response;
use crate::serve::Lifetime;

/// Newline-delimited JSON.
pub const NDJSON: &str = "application/x-ndjson";
/// Server-sent events.
pub const EVENT_STREAM: &str = "text/event-stream";

/// A comment goes out after so long a silence, so that proxies keep the connection and a dead one is found.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// What a WebSocket's handler has, after `stop`, to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// An answer whose body comes piece by piece, until the stream ends or the server stops.
pub fn streamed(
    content_type: &'static str,
    lifetime: &Lifetime,
    pieces: impl Stream<Item = Bytes> + Send + 'static,
) -> Response {
    let pieces = pieces.take_until(lifetime.stop.clone().cancelled_owned());
    let body = Exclusive(Mutex::new(Box::pin(pieces.map(Ok::<_, std::convert::Infallible>))));
    let mut response = warp::reply::stream(body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Server-sent events: pieces made by [`sse_event`] or ready elsewhere, with comments in between to keep it alive.
pub fn sse(lifetime: &Lifetime, events: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let pieces = futures_util::stream::unfold(Box::pin(events), |mut events| async move {
        let piece = match tokio::time::timeout(KEEP_ALIVE, events.next()).await {
            Ok(event) => event?,
            Err(_) => Bytes::from_static(b":\n\n"),
        };
        Some((piece, events))
    });
    let mut response = streamed(EVENT_STREAM, lifetime, pieces);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // nginx would hold events back until its buffer is full.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// One server-sent event. `id` and `event` have no line breaks; each line of `data` gets its own field, as the HTML
/// standard (9.2.6) asks.
pub fn sse_event(id: Option<&str>, event: Option<&str>, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + 64);
    for (name, value) in [("id", id), ("event", event)] {
        if let Some(value) = value {
            text.extend([name, ": ", value, "\n"]);
        }
    }
    for line in data.split('\n') {
        text.extend(["data: ", line, "\n"]);
    }
    text.push('\n');
    text.into()
}

/// Takes over a WebSocket. The handler is given a token that says when to close, and is dropped if it has not some
/// seconds after; shutdown waits for it. warp spawns the task itself, so the tracker gets a place held for it.
#[expect(clippy::disallowed_methods, reason = "this is what holds a place in the tracker for warp's task")]
pub fn websocket<H, F>(ws: Ws, lifetime: &Lifetime, handler: H) -> Response
where
    H: FnOnce(WebSocket, CancellationToken) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let place = lifetime.tasks.token();
    let stop = lifetime.stop.clone();
    ws.on_upgrade(move |socket| async move {
        let late = async {
            stop.cancelled().await;
            tokio::time::sleep(GOODBYE).await;
        };
        tokio::select! {
            () = handler(socket, stop.clone()) => {}
            () = late => {}
        }
        drop(place);
    })
    .into_response()
}

/// A stream that may be shared because nobody can: it is only ever polled through `&mut`. warp's bodies ask for `Sync`.
struct Exclusive<S>(Mutex<Pin<Box<S>>>);

impl<S: Stream> Stream for Exclusive<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let stream = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        stream.as_mut().poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_an_event_is_a_field() {
        assert_eq!(sse_event(Some("7"), None, "{}"), "id: 7\ndata: {}\n\n");
        assert_eq!(sse_event(None, Some("log"), "a\nb"), "event: log\ndata: a\ndata: b\n\n");
    }
}
