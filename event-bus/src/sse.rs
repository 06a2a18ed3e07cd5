//! The log as server-sent events (HTML standard, section 9.2): for curl and for browsers, which resume by themselves
//! with the last id that they saw.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use chassis::problem::Problem;
use chassis::route::Response;
use chassis::serve::Lifetime;
use chassis::stream::{self, sse_event};
use contract::LogId;
use futures_util::stream::unfold;
use futures_util::{FutureExt, StreamExt};
use serde_json::json;

use crate::entry::Entry;
use crate::follow::{Follower, Step};
use crate::measure::Listener;

/// The answer that goes on as long as the caller listens.
pub(crate) fn answer(lifetime: &Lifetime, log: LogId, follower: Follower) -> Response {
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
    stream::sse(lifetime, opening.chain(events))
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
