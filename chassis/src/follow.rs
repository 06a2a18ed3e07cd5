//! Following the bus's log over a WebSocket: what was said, then what is being said, for as long as the service runs.
//!
//! One task owns the socket. It comes back by itself when the bus goes away, from what was acknowledged last, and so
//! a batch that was handed out but not acknowledged may come again: whoever follows skips what it has. Acknowledging is
//! also the flow control, for the bus holds back when too many batches are under way. Only one thing ends the
//! following for good besides shutdown: the log is not the one that was followed. What to do about that is the
//! follower's decision.
//!
//! The messages: `{"log","head"}` first, then `{"events":[...],"upto"}`, and `{"caughtUp"}` once the head at opening has
//! been reached; back goes `{"ack"}`. Batches are handed on as text, to be parsed once, by whoever knows what it wants
//! of an event, and off this task.

use std::net::SocketAddr;
use std::time::Duration;

use contract::{LogId, Sequence};
use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode, header::AUTHORIZATION};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::bus::{self, BusClient, Foreign};
use crate::serve::Lifetime;

/// Steps that wait to be taken. The bus has no more than 8 batches under way, so this is never full for long.
const STEPS: usize = 16;
/// The largest message that is read, in bytes.
const LARGEST: usize = 64 << 20;
/// Time for connecting, for the first message, and for anything that is sent.
const PATIENCE: Duration = Duration::from_secs(5);
/// A bus that is silent for so long is asked whether it is there.
const ASK: Duration = Duration::from_secs(10);
/// A bus that is silent for so long is not there.
const SILENT: Duration = Duration::from_secs(30);
/// Pauses between attempts.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

type Socket = WebSocketStream<TcpStream>;

/// What happens while following, in order.
#[derive(Debug)]
pub enum Step {
    /// The stream is open; also after each interruption.
    Opened {
        /// The log that is followed.
        log: LogId,
        /// Its last sequence at this moment.
        head: Sequence,
    },
    /// Events, in the log's order.
    Batch(Batch),
    /// The head that [`Step::Opened`] named has been reached, and this is where.
    CaughtUp(Sequence),
    /// The bus cannot be reached. Attempts go on.
    Away {
        /// Why, for a log line.
        why: String,
    },
    /// The bus has another log, or a shorter one, than the one to be followed. Nothing comes after this.
    LogLost {
        /// Why, for a log line.
        why: String,
    },
}

/// Some events as they came, not yet parsed.
#[derive(Debug, Clone)]
pub struct Batch(Utf8Bytes);

#[derive(Deserialize)]
struct Frame<T> {
    events: Vec<T>,
    upto: Sequence,
}

impl Batch {
    /// A batch as the bus writes it: `{"events":[...],"upto":"..."}`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// Parses the events, each as a `T` (which may borrow from this batch), in one pass, and says up to where this batch
    /// leads.
    ///
    /// # Errors
    /// If any of it is not as it must be.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<(Vec<T>, Sequence), serde_json::Error> {
        let frame: Frame<T> = serde_json::from_str(self.0.as_str())?;
        Ok((frame.events, frame.upto))
    }
}

/// Says how far the follower has come.
#[derive(Debug)]
pub struct Acks(watch::Sender<Sequence>);

impl Acks {
    /// Everything up to here has been taken in: it will not come again, and the bus may send more. To be said after each
    /// batch, also after one that was all known: the bus waits for it.
    pub fn done(&self, upto: Sequence) {
        self.0.send_modify(|sequence| *sequence = upto.max(*sequence));
    }
}

/// A log that is being followed.
#[derive(Debug)]
pub struct Following {
    /// What happens. It ends after [`Step::LogLost`] and at shutdown.
    pub steps: mpsc::Receiver<Step>,
    /// For saying how far one has come.
    pub acks: Acks,
}

/// Follows the bus's log from after `from`, or, if there is none, whatever log it has from its beginning. Ends with
/// `lifetime`, or when the steps are no longer listened to.
pub fn follow(bus: &BusClient, from: Option<(LogId, Sequence)>, lifetime: &Lifetime) -> Following {
    let (steps, receiver) = mpsc::channel(STEPS);
    let (acks, acked) = watch::channel(from.map_or(Sequence::ZERO, |(_, sequence)| sequence));
    let follower = Follower {
        bus: bus.clone(),
        log: from.map(|(log, _)| log),
        steps,
        acked,
        stop: lifetime.stop.clone(),
        backoff: Backoff::new(PAUSE.0, PAUSE.1),
    };
    lifetime.spawn_loop("follow", follower.run());
    Following { steps: receiver, acks: Acks(acks) }
}

struct Follower {
    bus: BusClient,
    log: Option<LogId>,
    steps: mpsc::Sender<Step>,
    acked: watch::Receiver<Sequence>,
    stop: CancellationToken,
    backoff: Backoff,
}

/// Why a connection ended.
enum End {
    Stopped,
    Away(String),
    LogLost(String),
}

impl From<tungstenite::Error> for End {
    fn from(error: tungstenite::Error) -> Self {
        Self::Away(error.to_string())
    }
}

/// Everything that is not a batch.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Word {
    log: Option<LogId>,
    head: Option<Sequence>,
    caught_up: Option<Sequence>,
    events: Option<IgnoredAny>,
}

impl Follower {
    async fn run(self) {
        let ending = self.stop.clone();
        ending.run_until_cancelled(self.keep_at_it()).await;
    }

    async fn keep_at_it(mut self) {
        loop {
            let step = match self.connection().await {
                End::Stopped => return,
                End::Away(why) => Step::Away { why },
                End::LogLost(why) => Step::LogLost { why },
            };
            let over = matches!(step, Step::LogLost { .. });
            if self.steps.send(step).await.is_err() || over {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(self.backoff.pause()) => {}
                () = self.steps.closed() => return,
            }
        }
    }

    async fn connection(&mut self) -> End {
        match self.converse().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn converse(&mut self) -> Result<std::convert::Infallible, End> {
        let mut socket = self.open().await?;
        let mut asking = tokio::time::interval(ASK);
        asking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        // The bus names its log at once. Another server may accept the socket and never do so.
        let opening = heard + PATIENCE;
        let mut opened = false;
        self.acked.mark_unchanged();
        loop {
            tokio::select! {
                message = socket.next() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(message)) => {
                            opened |= message.is_text();
                            self.take(message).await?;
                        }
                        Some(Err(error)) => return Err(error.into()),
                        None => return Err(End::Away("the bus closed the stream".to_owned())),
                    }
                }
                () = tokio::time::sleep_until(opening), if !opened => {
                    return Err(End::Away("what took the stream did not name a log in time".to_owned()));
                }
                changed = self.acked.changed() => {
                    changed.map_err(|_| End::Stopped)?;
                    let upto = *self.acked.borrow_and_update();
                    send(&mut socket, Message::text(format!("{{\"ack\":\"{upto}\"}}"))).await?;
                }
                _ = asking.tick() => {
                    if heard.elapsed() > SILENT {
                        return Err(End::Away(format!("the bus was silent for {} s", SILENT.as_secs())));
                    }
                    send(&mut socket, Message::Ping(bytes::Bytes::new())).await?;
                }
                () = self.steps.closed() => return Err(End::Stopped),
            }
        }
    }

    /// Connects, and asks for what comes after the last acknowledgement.
    async fn open(&self) -> Result<Socket, End> {
        let Some(authority) = self.bus.url().strip_prefix("http://") else {
            return Err(End::Away(format!("{} is not an http:// address", self.bus.url())));
        };
        let after = *self.acked.borrow();
        let logid = self.log.map(|log| format!("&logid={log}")).unwrap_or_default();
        let url = format!("ws://{authority}/events/stream?after={after}{logid}");
        let mut request = url.into_client_request()?;
        if let Some(token) = self.bus.token() {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
            let mut value = value.map_err(|_| End::Away("the token cannot stand in a header".to_owned()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        match tokio::time::timeout(PATIENCE, connect(request)).await {
            Ok(opened) => opened,
            Err(_) => Err(End::Away("the bus did not answer in time".to_owned())),
        }
    }

    /// Hands on what one message says.
    async fn take(&mut self, message: Message) -> Result<(), End> {
        let Message::Text(text) = message else { return Ok(()) };
        // By far the most, and the longest: not parsed here.
        let step = if text.as_str().starts_with("{\"events\"") { Step::Batch(Batch(text)) } else { self.word(text)? };
        self.steps.send(step).await.map_err(|_| End::Stopped)
    }

    fn word(&mut self, text: Utf8Bytes) -> Result<Step, End> {
        let unreadable = |why: &str| {
            let start: String = text.as_str().chars().take(100).collect();
            End::Away(format!("the bus said what cannot be read ({why}): {start}"))
        };
        let word: Word = serde_json::from_str(text.as_str()).map_err(|error| unreadable(&error.to_string()))?;
        if let (Some(log), Some(head)) = (word.log, word.head) {
            if self.log.is_some_and(|known| known != log) {
                return Err(End::LogLost(format!("the bus's log is {log} now")));
            }
            self.log = Some(log);
            self.backoff.reset();
            return Ok(Step::Opened { log, head });
        }
        match (word.caught_up, word.events) {
            (Some(upto), _) => Ok(Step::CaughtUp(upto)),
            (None, Some(_)) => Ok(Step::Batch(Batch(text))),
            (None, None) => Err(unreadable("no log, batch or mark")),
        }
    }
}

/// A new connection, with the name looked up again, and the handshake on it.
async fn connect(request: http::Request<()>) -> Result<Socket, End> {
    let host = request.uri().host().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, request.uri().port_u16().unwrap_or(80))).await;
    let stream = stream.map_err(|error| End::Away(format!("the bus cannot be reached: {error}")))?;
    // Acknowledgements are small, and the bus waits for them.
    drop(stream.set_nodelay(true));
    let address = stream.peer_addr().ok();
    let mut config = WebSocketConfig::default();
    config.max_message_size = Some(LARGEST);
    config.max_frame_size = Some(LARGEST);
    match tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => Err(refused(&answer, address)),
        Err(error) => Err(error.into()),
    }
}

/// What it means that the handshake was answered otherwise. Only the bus may say that its log is another one.
fn refused(answer: &http::Response<Option<Vec<u8>>>, address: Option<SocketAddr>) -> End {
    let body = answer.body().as_deref().unwrap_or_default();
    let detail: String = String::from_utf8_lossy(body).chars().take(300).collect();
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    if header(bus::LOG).or(header(bus::HEAD)).is_some() {
        let why = format!("the bus answered {}: {detail}", answer.status());
        return if answer.status() == StatusCode::CONFLICT { End::LogLost(why) } else { End::Away(why) };
    }
    bus::count_foreign(bus::STREAM, 1);
    let server = header("server").unwrap_or_default().chars().take(100).collect();
    let foreign = Foreign { address, status: answer.status().as_u16(), server, detail };
    End::Away(format!("not an answer of the bus: {foreign}"))
}

async fn send(socket: &mut Socket, message: Message) -> Result<(), End> {
    match tokio::time::timeout(PATIENCE, socket.send(message)).await {
        Ok(sent) => Ok(sent?),
        Err(_) => Err(End::Away("the bus does not read".to_owned())),
    }
}
