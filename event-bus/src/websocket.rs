//! The log over a WebSocket: batches, and acknowledgements as flow control.
//!
//! TCP's own flow control is not enough, because what a slow client has not taken yet would pile up in buffers on both
//! sides, and nobody would know how far it is. So at most [`WINDOW`] batches are on their way. A client that says
//! nothing for too long, or does not take what is sent, is closed: it comes back when it can, and goes on from where
//! it was.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use contract::{LogId, Sequence};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use warp::ws::{Message, WebSocket};

use crate::config::StreamSettings;
use crate::engine::{Page, ReadError};
use crate::entry::json_array;
use crate::follow::{Follower, Step};
use crate::measure::Listener;

/// Batches that may be on their way unacknowledged.
const WINDOW: usize = 8;
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Close codes of RFC 6455, 7.4.1.
const GOING_AWAY: u16 = 1001;
const UNSUPPORTED: u16 = 1003;
const POLICY: u16 = 1008;
const FAILED: u16 = 1011;

/// Why a connection ends, as its close frame says.
struct Farewell {
    code: u16,
    reason: &'static str,
}

const STOPPING: Farewell = Farewell { code: GOING_AWAY, reason: "the bus is stopping" };
const SILENT: Farewell = Farewell { code: POLICY, reason: "nothing was heard for too long" };
const SLOW: Farewell = Farewell { code: POLICY, reason: "what was sent was not taken in time" };
const NOT_UNDERSTOOD: Farewell = Farewell { code: UNSUPPORTED, reason: "only {\"ack\":\"<sequence>\"} is understood" };
const UNREADABLE: Farewell = Farewell { code: FAILED, reason: "the log cannot be read" };
const DAMAGED: Farewell = Farewell { code: FAILED, reason: "the log is damaged" };

#[derive(Deserialize)]
struct Ack {
    ack: Sequence,
}

/// Serves one listener until it leaves, fails, or the bus stops.
pub(crate) async fn run(
    mut socket: WebSocket,
    stop: CancellationToken,
    log: LogId,
    mut follower: Follower,
    settings: StreamSettings,
) {
    let listener = Listener::new("websocket");
    let mut connection = Connection { unacknowledged: VecDeque::new(), heard: Instant::now(), settings };
    let opening = json!({ "log": log, "head": follower.mark() }).to_string();
    let outcome = async {
        connection.send(&mut socket, Message::text(opening)).await?;
        connection.serve(&mut socket, &stop, &mut follower).await
    };
    if let Err(Some(farewell)) = outcome.await {
        let goodbye = async {
            socket.send(Message::close_with(farewell.code, farewell.reason)).await?;
            socket.close().await
        };
        // Who does not wait for the goodbye does not miss it.
        drop(timeout(GOODBYE, goodbye).await);
    }
    drop(listener);
}

/// `Err(None)`: the other side is gone.
type Outcome<T> = Result<T, Option<Farewell>>;

struct Connection {
    unacknowledged: VecDeque<(Sequence, Instant)>,
    heard: Instant,
    settings: StreamSettings,
}

impl Connection {
    async fn serve(&mut self, socket: &mut WebSocket, stop: &CancellationToken, log: &mut Follower) -> Outcome<()> {
        let mut ticks = interval(self.settings.keep_alive);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        loop {
            let may_send = self.unacknowledged.len() < WINDOW;
            tokio::select! {
                () = stop.cancelled() => return Err(Some(STOPPING)),
                message = socket.next() => self.hear(message)?,
                found = log.next(), if may_send => {
                    let message = self.message(found)?;
                    self.send(socket, message).await?;
                }
                _ = ticks.tick() => {
                    self.check_patience()?;
                    self.send(socket, Message::ping(Vec::new())).await?;
                }
            }
        }
    }

    fn hear(&mut self, message: Option<Result<Message, warp::Error>>) -> Outcome<()> {
        let Some(Ok(message)) = message else { return Err(None) };
        self.heard = Instant::now();
        if message.is_ping() || message.is_pong() {
            return Ok(());
        }
        if message.is_close() {
            return Err(None);
        }
        let ack: Ack = serde_json::from_slice(message.as_bytes()).map_err(|_| Some(NOT_UNDERSTOOD))?;
        // More than was sent here may be acknowledged: what the client still had from an earlier connection.
        while self.unacknowledged.front().is_some_and(|(upto, _)| *upto <= ack.ack) {
            self.unacknowledged.pop_front();
        }
        Ok(())
    }

    fn message(&mut self, found: Result<Step, ReadError>) -> Outcome<Message> {
        match found {
            Ok(Step::Batch(page)) => {
                self.unacknowledged.push_back((page.upto, Instant::now()));
                Ok(Message::text(batch(&page)))
            }
            Ok(Step::CaughtUp(mark)) => Ok(Message::text(json!({ "caughtUp": mark }).to_string())),
            Err(ReadError::Damaged { .. }) => Err(Some(DAMAGED)),
            Err(_) => Err(Some(UNREADABLE)),
        }
    }

    async fn send(&self, socket: &mut WebSocket, message: Message) -> Outcome<()> {
        match timeout(self.settings.patience, socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some(SLOW)),
        }
    }

    fn check_patience(&self) -> Outcome<()> {
        let patience = self.settings.patience;
        if self.heard.elapsed() > patience {
            return Err(Some(SILENT));
        }
        let stuck = self.unacknowledged.front().is_some_and(|(_, sent)| sent.elapsed() > patience);
        if stuck && self.unacknowledged.len() >= WINDOW { Err(Some(SLOW)) } else { Ok(()) }
    }
}

fn batch(page: &Page) -> String {
    let events = json_array(&page.entries);
    // Entries were checked to be JSON, which is UTF-8, when they were appended.
    let events = std::str::from_utf8(&events).unwrap_or("[]");
    format!("{{\"events\":{events},\"upto\":\"{}\"}}", page.upto)
}
