//! The way to the bus: append events, register a subscription. (The stream has its own file, [`crate::stream`].)
//!
//! Everything here may fail because the bus is away; callers wait and try again. The token never reaches a log line.
//!
//! Every answer of the bus names its log. One that does not comes from another server, at which a kept connection may
//! have ended up while the bus's address was another's. So after it, and after every other failure that is not the bus's
//! own answer, all kept connections are given up: the next try looks the name up again and connects anew.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use contract::{Envelope, LogId, Sequence};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::access::Secret;
use crate::headers::FOLKMOOT_SERVICE;
use crate::trace;

/// The header that names the log an answer or a push speaks of.
pub const LOG: &str = "folkmoot-log";
/// The header with the log's last sequence.
pub const HEAD: &str = "folkmoot-head";
/// The header with the cursor that a push moves to.
pub const UPTO: &str = "folkmoot-upto";
/// The header that names the subscription that a push belongs to.
pub const SUBSCRIPTION: &str = "folkmoot-subscription";

/// The calls, as metrics name them.
const APPEND: &str = "append";
const SUBSCRIBE: &str = "subscribe";
const READ: &str = "read";
pub(crate) const STREAM: &str = "stream";

/// How much of a body that is not understood is shown, in characters, and how long it is waited for.
const SHOWN: usize = 300;
const SHOWN_WAIT: Duration = Duration::from_millis(500);

/// Why a call to the bus came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BusError {
    /// No answer: refused, timed out, cut off.
    #[error("the bus cannot be reached: {0}")]
    Away(String),
    /// Something answered that is not the bus: the answer does not name the log.
    #[error("not an answer of the bus: {0}")]
    Foreign(Foreign),
    /// The bus answered, but not with what was asked for.
    #[error("the bus answered {status}: {detail}")]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The start of what it said.
        detail: String,
    },
}

/// An answer that the bus does not give, with what helps to find who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Whose answer it is, where that is known.
    pub address: Option<SocketAddr>,
    /// The HTTP status.
    pub status: u16,
    /// The `server` header; empty if there is none.
    pub server: String,
    /// The start of the body.
    pub detail: String,
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            Some(address) => write!(f, "{address}")?,
            None => f.write_str("an unknown address")?,
        }
        write!(f, " answered {}", self.status)?;
        match &*self.server {
            "" => f.write_str(" without a server header")?,
            server => write!(f, " as server {server:?}")?,
        }
        write!(f, ": {:?}", self.detail)
    }
}

/// Counts an answer to this call that the bus does not give.
pub(crate) fn count_foreign(call: &'static str, count: u64) {
    metrics::counter!("bus_foreign_answers_total", "call" => call).increment(count);
}

/// What became of one appended event.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Appended {
    /// It is in the log.
    Ok {
        /// The event's id.
        id: String,
        /// Its place in the log.
        sequence: Sequence,
        /// Whether it was there before.
        duplicate: bool,
    },
    /// The bus will not take it.
    Refused {
        /// Why.
        problem: RefusedBecause,
    },
}

/// The part of a problem document that the relay acts on.
#[derive(Debug, Clone, Deserialize)]
pub struct RefusedBecause {
    /// The HTTP status this refusal would have had alone; 409 means that the id is taken by other content.
    pub status: u16,
    /// What is wrong.
    #[serde(default)]
    pub detail: String,
}

/// What a service asks of its subscription.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionSpec {
    /// Where the bus pushes to.
    pub url: String,
    /// The event types that are wanted.
    pub types: Vec<String>,
    /// Where a new subscription starts: `start`, `now`, a sequence or a time.
    pub from: String,
    /// The most events in one push.
    pub batch: u32,
    /// What pushes are signed with.
    pub secret: String,
    /// Another generation starts again at `from`.
    pub generation: String,
}

/// The bus's answer to a registration.
#[derive(Debug, Clone, Deserialize)]
pub struct Registered {
    /// The log that the subscription reads.
    pub log: LogId,
    /// The log's last sequence.
    pub head: Sequence,
    /// Up to where events were delivered.
    pub cursor: Sequence,
    /// How much of what is wanted lies beyond the cursor.
    pub lag: Lag,
    /// The generation that it was put with.
    #[serde(default)]
    pub generation: String,
}

/// An event's id and its place.
#[derive(Debug, Deserialize)]
struct At {
    id: String,
    sequence: Sequence,
}

/// The part of a parked subject that is needed.
#[derive(Debug, Deserialize)]
struct ParkedSubject {
    subject: String,
}

/// How far a subscription is behind.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Lag {
    /// In events that it wants.
    pub events: u64,
}

/// A client of one bus. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct BusClient(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// The client with its kept connections; replaced to give them up.
    http: Mutex<reqwest::Client>,
    url: String,
    token: Option<Secret>,
}

impl BusClient {
    /// A client for the bus at `url` (as `http://127.0.0.1:4005`).
    ///
    /// # Errors
    /// If the HTTP client cannot be made on this system.
    pub fn new(url: &str, token: Option<Secret>) -> Result<Self, BusError> {
        let http = Mutex::new(connections()?);
        // A counter that is there before it counts: otherwise its first rise is not seen as one.
        for call in [APPEND, SUBSCRIBE, READ, STREAM] {
            count_foreign(call, 0);
        }
        Ok(Self(Arc::new(Shared { http, url: url.trim_end_matches('/').to_owned(), token })))
    }

    /// Where the bus is.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The token that is sent along, if there is one.
    pub fn token(&self) -> Option<&Secret> {
        self.0.token.as_ref()
    }

    /// Appends events (each already JSON) in one request; answers per event, and the log they are in.
    ///
    /// # Errors
    /// If the bus is away or takes none of them.
    pub async fn append<'a>(
        &self,
        events: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(Option<LogId>, Vec<Appended>), BusError> {
        let mut body = BytesMut::new();
        for event in events {
            body.put_u8(if body.is_empty() { b'[' } else { b',' });
            body.put_slice(event);
        }
        body.put_u8(b']');
        let body = body.freeze();
        let request = |http: &reqwest::Client| {
            http.post(format!("{}/events", self.url()))
                .header("content-type", "application/cloudevents-batch+json")
                .body(body)
        };
        let (log, body) = self.call(APPEND, request).await?;
        Ok((Some(log), decode(&body)?))
    }

    /// Puts a subscription; idempotent.
    ///
    /// # Errors
    /// If the bus is away or refuses it.
    pub async fn subscribe(&self, name: &str, spec: &SubscriptionSpec) -> Result<Registered, BusError> {
        let body = serde_json::to_vec(spec).map_err(|e| BusError::Away(e.to_string()))?;
        let request = |http: &reqwest::Client| {
            http.put(format!("{}/subscriptions/{name}", self.url()))
                .header(FOLKMOOT_SERVICE, name)
                .header("content-type", "application/json")
                .body(body)
        };
        let (_, body) = self.call(SUBSCRIBE, request).await?;
        decode(&body)
    }

    /// The id of the event that stands at this place of the log; none if the log does not reach it.
    ///
    /// # Errors
    /// If the bus is away or does not say.
    pub async fn event_at(&self, sequence: Sequence) -> Result<(LogId, Option<String>), BusError> {
        let after = sequence.get().saturating_sub(1);
        let (log, status, body) = self.read(&format!("/events?after={after}&limit=1")).await?;
        if status == StatusCode::CONFLICT {
            return Ok((log, None));
        }
        let found: Vec<At> = decode(&successful(status, body)?)?;
        Ok((log, found.into_iter().find(|at| at.sequence == sequence).map(|at| at.id)))
    }

    /// The next events of these types after a place, at most so many.
    ///
    /// # Errors
    /// If the bus is away or does not give them.
    pub async fn events(&self, after: Sequence, types: &[&str], limit: usize) -> Result<Vec<Envelope>, BusError> {
        let path = format!("/events?after={after}&limit={limit}&type={}", types.join(","));
        let (_, status, body) = self.read(&path).await?;
        let raw: Vec<Box<serde_json::value::RawValue>> = decode(&successful(status, body)?)?;
        let parsed = raw.iter().map(|event| Envelope::parse(event.get().as_bytes()));
        let unreadable = |error: &dyn std::fmt::Display| BusError::Answered { status: 200, detail: error.to_string() };
        parsed.collect::<Result<_, _>>().map_err(|error| unreadable(&error))
    }

    /// A subscription as it is at the bus; none if there is none of this name.
    ///
    /// # Errors
    /// If the bus is away or does not say.
    pub async fn subscription(&self, name: &str) -> Result<Option<Registered>, BusError> {
        let (_, status, body) = self.read(&format!("/subscriptions/{name}")).await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        decode(&successful(status, body)?).map(Some)
    }

    /// The subjects that a subscription has parked.
    ///
    /// # Errors
    /// If the bus is away or does not say.
    pub async fn parked(&self, name: &str) -> Result<Vec<String>, BusError> {
        let (_, status, body) = self.read(&format!("/subscriptions/{name}/parked")).await?;
        let parked: Vec<ParkedSubject> = decode(&successful(status, body)?)?;
        Ok(parked.into_iter().map(|parked| parked.subject).collect())
    }

    async fn read(&self, path: &str) -> Result<(LogId, StatusCode, Bytes), BusError> {
        self.exchange(READ, |http| http.get(format!("{}{path}", self.url()))).await
    }

    /// One call that must succeed: the log that the answer names, and its body.
    async fn call(
        &self,
        name: &'static str,
        request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<(LogId, Bytes), BusError> {
        let (log, status, body) = self.exchange(name, request).await?;
        Ok((log, successful(status, body)?))
    }

    /// One call, whatever the bus answers.
    async fn exchange(
        &self,
        name: &'static str,
        request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<(LogId, StatusCode, Bytes), BusError> {
        let http = self.0.http.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = self.send(request(&http)).await;
        match &answer {
            Ok(_) | Err(BusError::Answered { .. }) => return answer,
            Err(BusError::Foreign(_)) => count_foreign(name, 1),
            Err(BusError::Away(_)) => {}
        }
        let fresh = connections()?;
        *self.0.http.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        answer
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<(LogId, StatusCode, Bytes), BusError> {
        if let Some(token) = self.token() {
            request = request.bearer_auth(token.expose());
        }
        if let Some(traceparent) = trace::current_traceparent() {
            request = request.header("traceparent", traceparent);
        }
        let response = request.send().await.map_err(|e| away(&e))?;
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let Some(log) = header(LOG).and_then(|log| log.parse().ok()) else {
            let server = header("server").unwrap_or_default().chars().take(100).collect();
            let address = response.remote_addr();
            let detail = beginning(response).await;
            return Err(BusError::Foreign(Foreign { address, status: status.as_u16(), server, detail }));
        };
        Ok((log, status, response.bytes().await.map_err(|e| away(&e))?))
    }
}

/// A client without connections.
fn connections() -> Result<reqwest::Client, BusError> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(15))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|e| BusError::Away(e.to_string()))
}

fn successful(status: StatusCode, body: Bytes) -> Result<Bytes, BusError> {
    if status.is_success() {
        return Ok(body);
    }
    let detail = String::from_utf8_lossy(&body).chars().take(SHOWN).collect();
    Err(BusError::Answered { status: status.as_u16(), detail })
}

/// The start of a body, for a log line. A body that does not end is not waited for.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut body = BytesMut::new();
    let read = async {
        while body.len() < SHOWN
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
    };
    drop(tokio::time::timeout(SHOWN_WAIT, read).await);
    String::from_utf8_lossy(&body).chars().take(SHOWN).collect()
}

fn away(error: &reqwest::Error) -> BusError {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    BusError::Away(text)
}

fn decode<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<T, BusError> {
    serde_json::from_slice(body).map_err(|e| BusError::Answered { status: 200, detail: format!("unreadable: {e}") })
}
