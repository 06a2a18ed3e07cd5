//! The way to the bus: append events, register a subscription. (The stream has its own file, [`crate::stream`].)
//!
//! Everything here may fail because the bus is away; callers wait and try again. The token never reaches a log line.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use contract::{LogId, Sequence};
use serde::{Deserialize, Serialize};

use crate::access::Secret;
use crate::trace;

/// The header that names the log an answer or a push speaks of.
pub const LOG: &str = "folkmoot-log";
/// The header with the log's last sequence.
pub const HEAD: &str = "folkmoot-head";
/// The header with the cursor that a push moves to.
pub const UPTO: &str = "folkmoot-upto";
/// The header that names the subscription that a push belongs to.
pub const SUBSCRIPTION: &str = "folkmoot-subscription";

/// Why a call to the bus came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BusError {
    /// No answer: refused, timed out, cut off.
    #[error("the bus cannot be reached: {0}")]
    Away(String),
    /// The bus answered, but not with what was asked for.
    #[error("the bus answered {status}: {detail}")]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The start of what it said.
        detail: String,
    },
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
}

/// How far a subscription is behind.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Lag {
    /// In events that it wants.
    pub events: u64,
}

/// A client of one bus. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BusClient {
    http: reqwest::Client,
    url: String,
    token: Option<Secret>,
}

impl BusClient {
    /// A client for the bus at `url` (as `http://127.0.0.1:4005`).
    ///
    /// # Errors
    /// If the HTTP client cannot be made on this system.
    pub fn new(url: &str, token: Option<Secret>) -> Result<Self, BusError> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|e| BusError::Away(e.to_string()))?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), token })
    }

    /// Where the bus is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token that is sent along, if there is one.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
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
        let request = self
            .http
            .post(format!("{}/events", self.url))
            .header("content-type", "application/cloudevents-batch+json")
            .body(body.freeze());
        let response = self.send(request).await?;
        let log = response.headers().get(LOG).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
        let body = response.bytes().await.map_err(|e| away(&e))?;
        Ok((log, decode(&body)?))
    }

    /// Puts a subscription; idempotent.
    ///
    /// # Errors
    /// If the bus is away or refuses it.
    pub async fn subscribe(&self, name: &str, spec: &SubscriptionSpec) -> Result<Registered, BusError> {
        let body = serde_json::to_vec(spec).map_err(|e| BusError::Away(e.to_string()))?;
        let request = self
            .http
            .put(format!("{}/subscriptions/{name}", self.url))
            .header("content-type", "application/json")
            .body(body);
        let body = self.send(request).await?.bytes().await.map_err(|e| away(&e))?;
        decode(&body)
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<reqwest::Response, BusError> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(traceparent) = trace::current_traceparent() {
            request = request.header("traceparent", traceparent);
        }
        let response = request.send().await.map_err(|e| away(&e))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let detail = response.text().await.unwrap_or_default().chars().take(300).collect();
        Err(BusError::Answered { status: status.as_u16(), detail })
    }
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
