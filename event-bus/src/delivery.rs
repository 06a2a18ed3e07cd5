//! One push over HTTP: the request with its headers and signature, and its answer read within bounds.
//!
//! Each subscription has a client of its own, so that a slow receiver's connections are nobody else's. Redirects are
//! not followed and proxies not asked: events go where the subscription says, or nowhere.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chassis::bus::{HEAD, LOG, SUBSCRIPTION, UPTO};
use chassis::signature;
use contract::{LogId, Sequence, Timestamp};
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response};

use crate::answer::{Verdict, verdict};
use crate::entry::{Entry, json_array};
use crate::subscription::{Name, Spec};

/// The most of an answer's body that is read, in bytes.
const ANSWER_BYTES: usize = 1 << 20;
/// Time for a connection to be made; shorter than the whole push may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What a push says about where it stands in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// Where the cursor stands if all of it is done.
    pub(crate) upto: Sequence,
    /// The log's last sequence at the last look.
    pub(crate) head: Sequence,
    /// Whether it is a parked subject's, out of the others' order.
    pub(crate) again: bool,
}

/// What pushes one subscription's events.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    client: Client,
    name: Name,
    log: LogId,
}

impl Delivery {
    /// A client that gives each push this much time.
    pub(crate) fn new(name: Name, log: LogId, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .pool_max_idle_per_host(2)
            .user_agent(concat!("folkmoot-event-bus/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, name, log })
    }

    /// Pushes these events and says what became of them.
    pub(crate) fn push(&self, spec: &Spec, entries: &[Arc<Entry>], place: Told) -> BoxFuture<'static, Verdict> {
        let batch = (spec.batch > 1).then_some(entries.len());
        let body = match entries {
            [one] if batch.is_none() => one.json.clone(),
            many => json_array(many),
        };
        let mut request = self
            .client
            .post(spec.url.clone())
            .header(CONTENT_TYPE, spec.format.media_type(batch.is_some()))
            .header(LOG, self.log.to_string())
            .header(HEAD, place.head.to_string())
            .header(UPTO, place.upto.to_string())
            .header(SUBSCRIPTION, self.name.as_str());
        if let Some(secret) = &spec.secret {
            let id = self.message_id(entries, batch.is_some(), place);
            let now = Timestamp::now().millis() / 1000;
            request = request
                .header(signature::SIGNATURE, secret.sign(&id, now, &body))
                .header(signature::TIMESTAMP, now.to_string())
                .header(signature::ID, id);
        }
        Box::pin(send(request.body(body), batch))
    }

    /// What a receiver may know a repeated push by: an event's own id, or for a batch its place in the log.
    fn message_id(&self, entries: &[Arc<Entry>], batch: bool, place: Told) -> String {
        match entries {
            [one] if !batch && header_safe(one.id.as_str()) => one.id.to_string(),
            [first, .., last] if place.again => format!("{}:{}-{}", self.log, first.sequence, last.sequence),
            [one] if place.again => format!("{}:{}-{}", self.log, one.sequence, one.sequence),
            _ => format!("{}:{}", self.log, place.upto),
        }
    }
}

/// A foreign event's id may hold what a header cannot.
fn header_safe(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_graphic())
}

async fn send(request: RequestBuilder, batch: Option<usize>) -> Verdict {
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => {
            let suspicious = !error.is_connect() && !error.is_builder();
            return Verdict::Down { reason: explain(&error), retry_after: None, suspicious };
        }
    };
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match read(response).await {
        // Without its results nobody knows what became of a batch.
        Err(error) if status.is_success() && batch.is_some() => {
            Verdict::Down { reason: explain(&error), retry_after: None, suspicious: true }
        }
        body => verdict(status.as_u16(), retry_after.as_deref(), &body.unwrap_or_default(), batch, Timestamp::now()),
    }
}

async fn read(mut response: Response) -> Result<Bytes, reqwest::Error> {
    let mut body = BytesMut::new();
    while body.len() < ANSWER_BYTES
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The innermost cause says what a person can act on (`Connection refused`).
fn explain(error: &reqwest::Error) -> Box<str> {
    if error.is_timeout() {
        return if error.is_connect() { "no connection in time".into() } else { "no answer in time".into() };
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.is_connect() { format!("no connection: {cause}").into() } else { format!("no answer: {cause}").into() }
}
