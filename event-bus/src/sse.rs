//! The log as server-sent events (HTML standard, section 9.2): for curl and for browsers, which resume by themselves
//! with the last id that they saw.
//!
//! Whoever takes nothing for too long is let go, as over a WebSocket: the answer ends there, and with it all that the bus
//! holds for it. An answer is only asked for more when there is room on its way, so a task of its own keeps the time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use chassis::problem::Problem;
use chassis::route::Response;
use chassis::serve::Lifetime;
use chassis::stream::{self, sse_event};
use contract::LogId;
use futures_util::stream::{poll_fn, unfold};
use futures_util::{FutureExt, Stream, StreamExt};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::entry::Entry;
use crate::follow::{Follower, Step};
use crate::measure::Listener;

/// The answer that goes on as long as the caller listens, and takes what is sent within `patience`.
pub(crate) fn answer(lifetime: &Lifetime, log: LogId, follower: Follower, patience: Duration) -> Response {
    let opening = json!({ "log": log, "head": follower.mark() }).to_string();
    let opening = std::future::ready(sse_event(None, Some("log"), &opening)).into_stream();
    let state = Some((follower, Listener::new("sse")));
    let events = unfold(state, |state| async {
        let (mut follower, listener) = state?;
        match follower.next().await {
            Ok(step) => Some((piece(&step), Some((follower, listener)))),
            // The last thing that is said: why there is no more.
            Err(error) => {
                let problem = Problem::from(error).to_json().to_string();
                Some((sse_event(None, Some("problem"), &problem), None))
            }
        }
    });
    let (sender, mut pieces) = mpsc::channel(1);
    let stop = lifetime.stop.clone();
    lifetime.spawn(async move {
        let handing = hand_over(opening.chain(events), sender, patience);
        // Stopped or not: the answer ends when the sender is gone.
        stop.run_until_cancelled(handing).await;
    });
    stream::sse(lifetime, poll_fn(move |context| pieces.poll_recv(context)))
}

/// Hands over pieces until there are no more, nobody takes them any longer, or one was not taken in time.
async fn hand_over(pieces: impl Stream<Item = Bytes>, taker: mpsc::Sender<Bytes>, patience: Duration) {
    let mut pieces = pin!(pieces);
    loop {
        let next = tokio::select! {
            next = pieces.next() => next,
            () = taker.closed() => None,
        };
        let Some(piece) = next else { return };
        if !matches!(timeout(patience, taker.send(piece)).await, Ok(Ok(()))) {
            return;
        }
    }
}

fn piece(step: &Step) -> Bytes {
    match step {
        Step::Batch(page) => batch(&page.entries),
        Step::CaughtUp(mark) => sse_event(None, Some("caughtUp"), &json!({ "caughtUp": mark }).to_string()),
    }
}

/// An entry's JSON is one line, so it is one field.
fn batch(entries: &[Arc<Entry>]) -> Bytes {
    let mut text = BytesMut::with_capacity(entries.iter().map(|entry| entry.json.len() + 40).sum());
    for entry in entries {
        text.put_slice(b"id: ");
        text.put_slice(entry.sequence.to_string().as_bytes());
        text.put_slice(b"\ndata: ");
        text.put_slice(&entry.json);
        text.put_slice(b"\n\n");
    }
    text.freeze()
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{iter, pending, repeat};

    use super::*;

    const SOON: Duration = Duration::from_secs(20);
    const A: Bytes = Bytes::from_static(b"a");

    async fn all(mut pieces: mpsc::Receiver<Bytes>) -> usize {
        let mut count = 0;
        while pieces.recv().await.is_some() {
            count += 1;
        }
        count
    }

    #[tokio::test]
    async fn who_takes_nothing_is_let_go() {
        let (sender, pieces) = mpsc::channel(1);
        let ended = timeout(SOON, hand_over(repeat(A), sender, Duration::from_millis(10))).await;
        assert!(ended.is_ok(), "it waits for ever");
        assert_eq!(all(pieces).await, 1, "and finds what was on the way, and the end");
    }

    #[tokio::test]
    async fn who_takes_what_comes_gets_everything() {
        let (sender, pieces) = mpsc::channel(1);
        let ((), count) = tokio::join!(hand_over(iter([A; 100]), sender, SOON), all(pieces));
        assert_eq!(count, 100);
    }

    #[tokio::test]
    async fn who_has_gone_is_not_waited_for() {
        let (sender, pieces) = mpsc::channel(1);
        drop(pieces);
        assert!(timeout(SOON, hand_over(pending(), sender, SOON * 2)).await.is_ok());
    }
}
