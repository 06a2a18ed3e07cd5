//! A bus that only streams: a log that tests write, over the WebSocket that query follows.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use contract::{Cause, Envelope, Event, EventId, LogId, Sequence};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// Events in one batch.
const BATCH: usize = 7;
/// Batches that may be on their way.
const WINDOW: usize = 8;

/// The bus. It listens for as long as this is kept.
pub struct FakeLog {
    addr: SocketAddr,
    state: Arc<State>,
    listening: Option<AbortHandle>,
}

struct State {
    inner: Mutex<Inner>,
    changed: watch::Sender<()>,
}

struct Inner {
    log: LogId,
    events: Vec<String>,
    /// Another number cuts all connections.
    generation: u64,
    /// Streams end here: what lies beyond is not sent.
    held_at: Option<usize>,
    /// What every request asked for.
    asked: Vec<String>,
    /// The token of the last request.
    token: Option<String>,
}

impl FakeLog {
    pub async fn start() -> Self {
        let inner = Inner {
            log: LogId::new(),
            events: Vec::new(),
            generation: 0,
            held_at: None,
            asked: Vec::new(),
            token: None,
        };
        let state = Arc::new(State { inner: Mutex::new(inner), changed: watch::Sender::new(()) });
        let mut log = Self { addr: SocketAddr::from(([127, 0, 0, 1], 0)), state, listening: None };
        log.come_back().await;
        log
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn log(&self) -> LogId {
        self.state.inner.lock().unwrap().log
    }

    /// What was asked for: path and query of each stream that was opened or refused.
    pub fn asked(&self) -> Vec<String> {
        self.state.inner.lock().unwrap().asked.clone()
    }

    /// The `Authorization` of the last request.
    pub fn token(&self) -> Option<String> {
        self.state.inner.lock().unwrap().token.clone()
    }

    /// Appends an event of ours; gives its id.
    pub fn say(&self, event: impl Into<Event>) -> EventId {
        let event = event.into();
        let source = Event::owner(event.type_name()).unwrap();
        let envelope = Envelope::say(source, &event, EventId::new(), None::<&Cause>, None);
        let id = envelope.id.clone();
        self.append(serde_json::from_slice(&envelope.to_json()).unwrap());
        id
    }

    /// Appends anything; the sequence is added.
    pub fn append(&self, mut event: Value) {
        self.change(|inner| {
            event["sequence"] = Sequence::new(inner.events.len() as u64 + 1).to_string().into();
            inner.events.push(event.to_string());
        });
    }

    /// Appends text as it is: what no bus would send.
    pub fn append_raw(&self, event: &str) {
        self.change(|inner| inner.events.push(event.to_owned()));
    }

    /// Sends nothing behind the first so many events, until told otherwise.
    pub fn hold_at(&self, count: Option<usize>) {
        self.change(|inner| inner.held_at = count);
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        self.change(|inner| inner.generation += 1);
    }

    /// Is not there any more.
    pub fn go_away(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
        self.cut();
    }

    /// Is there again.
    pub async fn come_back(&mut self) {
        let listener = loop {
            // The port may take a moment to be free.
            match TcpListener::bind(self.addr).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.addr = listener.local_addr().unwrap();
        let state = Arc::clone(&self.state);
        let listening = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                tokio::spawn(serve(Arc::clone(&state), socket));
            }
        });
        self.listening = Some(listening.abort_handle());
    }

    /// Has another, empty log.
    pub fn lose(&self) {
        self.change(|inner| {
            inner.log = LogId::new();
            inner.events.clear();
            inner.generation += 1;
        });
    }

    /// Every event in its log, as it is sent.
    pub fn events(&self) -> Vec<Value> {
        let events = self.state.inner.lock().unwrap().events.clone();
        events.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
    }

    /// Has lost the end of its log.
    pub fn lose_all_but(&self, count: usize) {
        self.change(|inner| {
            inner.events.truncate(count);
            inner.generation += 1;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.state.inner.lock().unwrap());
        self.state.changed.send_replace(());
    }
}

impl Drop for FakeLog {
    fn drop(&mut self) {
        self.go_away();
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

async fn serve(state: Arc<State>, socket: TcpStream) {
    let mut after = 0;
    #[expect(clippy::result_large_err, reason = "the callback's type is tungstenite's")]
    let check = |request: &Request, response: Response| {
        let query = request.uri().query().unwrap_or_default();
        let mut inner = state.inner.lock().unwrap();
        inner.asked.push(request.uri().to_string());
        let authorization = request.headers().get("authorization");
        inner.token = authorization.map(|value| value.to_str().unwrap().to_owned());
        after = parameter(query, "after").map_or(0, |after| after.parse::<usize>().unwrap());
        let known = parameter(query, "logid").is_none_or(|log| log == inner.log.to_string());
        if known && after <= inner.events.len() {
            return Ok(response);
        }
        let mut refusal = ErrorResponse::new(Some("another log".to_owned()));
        *refusal.status_mut() = http::StatusCode::CONFLICT;
        // As the bus names itself in every answer.
        refusal.headers_mut().insert("folkmoot-log", inner.log.to_string().parse().unwrap());
        Err(refusal)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(socket, check).await else { return };
    let mut changed = state.changed.subscribe();
    let (opening, generation, mark) = {
        let inner = state.inner.lock().unwrap();
        let head = Sequence::new(inner.events.len() as u64);
        (format!("{{\"log\":\"{}\",\"head\":\"{head}\"}}", inner.log), inner.generation, inner.events.len())
    };
    if socket.send(Message::text(opening)).await.is_err() {
        return;
    }
    let mut told = false;
    let mut unacknowledged: Vec<usize> = Vec::new();
    loop {
        changed.mark_unchanged();
        let (message, current) = {
            let inner = state.inner.lock().unwrap();
            let end = inner.held_at.unwrap_or(usize::MAX).min(inner.events.len());
            let upto = end.min(after + BATCH);
            let message = if upto > after && unacknowledged.len() < WINDOW {
                let events = inner.events[after..upto].join(",");
                after = upto;
                unacknowledged.push(upto);
                Some(format!("{{\"events\":[{events}],\"upto\":\"{}\"}}", Sequence::new(upto as u64)))
            } else if after >= mark && !told {
                told = true;
                Some(format!("{{\"caughtUp\":\"{}\"}}", Sequence::new(mark as u64)))
            } else {
                None
            };
            (message, inner.generation)
        };
        if current != generation {
            return;
        }
        if let Some(message) = message {
            if socket.send(Message::text(message)).await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            _ = changed.changed() => {}
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let ack: Value = serde_json::from_str(&text).unwrap();
                    let ack: usize = ack["ack"].as_str().unwrap().parse().unwrap();
                    unacknowledged.retain(|upto| *upto > ack);
                }
                Some(Ok(_)) => {}
                _ => return,
            },
        }
    }
}
