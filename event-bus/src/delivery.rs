//! One push over HTTP: the request with its headers and signature, and its answer read within bounds.
//!
//! Each subscription has a client of its own, so that a slow receiver's connections are nobody else's. Redirects are
//! not followed and proxies not asked: events go where the subscription says, or nowhere.
//!
//! A connection may lead to another server than the name stands for by now, and that server may keep it open for ever.
//! So after an answer that is not the protocol's the worker takes a fresh client: the old connections close, and the
//! name is looked up again.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use chassis::bus::{HEAD, LOG, SUBSCRIPTION, UPTO};
use chassis::signature::{self, Place};
use contract::{LogId, Sequence, Timestamp};
use futures_util::future::BoxFuture;
use metrics::{Counter, counter};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, SERVER};
use reqwest::{Client, RequestBuilder, Response};
use sha2::{Digest, Sha256};

use crate::answer::{Verdict, shorten, verdict};
use crate::entry::{Entry, json_array};
use crate::subscription::{Name, Spec};

/// The most of a list of results that is read, in bytes: 4 KiB for each event of the largest batch.
const RESULTS_BYTES: usize = 4 << 20;
/// The most of any other answer that is read, in bytes; of more, the beginning counts.
const ANSWER_BYTES: usize = 64 << 10;
/// Time for a connection to be made; shorter than the whole push may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What a push says about where it stands in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// Where the cursor stands if all of it is done.
    pub(crate) upto: Sequence,
    /// The log's last sequence at the last look.
    pub(crate) head: Sequence,
}

/// What pushes one subscription's events.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    client: Client,
    name: Name,
    log: LogId,
    timeout: Duration,
    /// Answers that the protocol does not know.
    unexpected: Counter,
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
        let unexpected = counter!("push_unexpected_answers_total", "subscription" => name.to_string());
        Ok(Self { client, name, log, timeout, unexpected })
    }

    /// The same without any connection.
    pub(crate) fn afresh(&self) -> Result<Self, reqwest::Error> {
        Self::new(self.name.clone(), self.log, self.timeout)
    }

    /// Pushes these events and says what became of them.
    pub(crate) fn push(&self, spec: &Spec, entries: &[Arc<Entry>], place: Told) -> BoxFuture<'static, Verdict> {
        let batch = (spec.batch > 1).then_some(entries.len());
        let body = match entries {
            [one] if batch.is_none() => one.json.clone(),
            many => json_array(many),
        };
        let (log, head, upto) = (self.log.to_string(), place.head.to_string(), place.upto.to_string());
        let mut request = self
            .client
            .post(spec.url.clone())
            .header(CONTENT_TYPE, spec.format.media_type(batch.is_some()))
            .header(LOG, &log)
            .header(HEAD, &head)
            .header(UPTO, &upto)
            .header(SUBSCRIPTION, self.name.as_str());
        if let Some(secret) = &spec.secret {
            let id = message_id(entries);
            let now = Timestamp::now().millis() / 1000;
            let signature = secret.sign(&id, now, &body);
            let place = Place { log: &log, head: &head, upto: &upto, subscription: self.name.as_str() };
            request = request
                .header(signature::PLACE, secret.sign_place(&place, &signature))
                .header(signature::SIGNATURE, signature)
                .header(signature::TIMESTAMP, now.to_string())
                .header(signature::ID, id);
        }
        Box::pin(send(request.body(body), batch, self.unexpected.clone()))
    }
}

/// What a receiver may know a repeated push by (`webhook-id`): a digest of what identifies the events in it, so that it
/// is another one for every event and every batch, and the same however often, and from whichever log, they are pushed.
fn message_id(entries: &[Arc<Entry>]) -> String {
    let mut digest = Sha256::new();
    for entry in entries {
        // Neither may hold a zero byte.
        for part in [entry.source.as_bytes(), entry.id.as_str().as_bytes()] {
            digest.update(part);
            digest.update([0]);
        }
    }
    format!("msg_{}", URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]))
}

async fn send(request: RequestBuilder, batch: Option<usize>, unexpected: Counter) -> Verdict {
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => {
            let suspicious = !error.is_connect() && !error.is_builder();
            return Verdict::Down { reason: explain(&error), retry_after: None, suspicious };
        }
    };
    let status = response.status();
    let by = answered_by(&response);
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let lists = status.is_success() && batch.is_some();
    let verdict = match read(response, if lists { RESULTS_BYTES } else { ANSWER_BYTES }).await {
        // Without its results nobody knows what became of a batch.
        Err(error) if lists => Verdict::Down { reason: explain(&error), retry_after: None, suspicious: true },
        Ok(Body { whole: false, .. }) if lists => {
            let reason = format!("answered {} with more than {RESULTS_BYTES} bytes", status.as_u16()).into();
            Verdict::Down { reason, retry_after: None, suspicious: true }
        }
        body => {
            let body = body.map(|body| body.bytes).unwrap_or_default();
            verdict(status.as_u16(), retry_after.as_deref(), &body, batch, Timestamp::now())
        }
    };
    let Verdict::Down { reason, retry_after, suspicious } = verdict else { return verdict };
    // A failing receiver is within the protocol; what else is answered may come from another server.
    if !status.is_server_error() && status.as_u16() != 429 {
        unexpected.increment(1);
    }
    Verdict::Down { reason: format!("{reason} (from {by})").into(), retry_after, suspicious }
}

/// Who answered: the address, and what the server calls itself.
fn answered_by(response: &Response) -> String {
    let address = response.remote_addr().map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
    match response.headers().get(SERVER) {
        Some(server) => format!("{address}, server: {}", shorten(&String::from_utf8_lossy(server.as_bytes()))),
        None => address,
    }
}

/// As much of an answer as is read.
struct Body {
    bytes: Bytes,
    whole: bool,
}

async fn read(mut response: Response, most: usize) -> Result<Body, reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            body.extend_from_slice(&chunk[..most - body.len()]);
            return Ok(Body { bytes: body.freeze(), whole: false });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Body { bytes: body.freeze(), whole: true })
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
    let what = if error.is_connect() { "no connection" } else { "no answer" };
    shorten(&format!("{what}: {cause}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::EventId;

    use super::*;

    fn entry(sequence: u64, source: &str, id: &str) -> Arc<Entry> {
        Arc::new(Entry {
            sequence: Sequence::new(sequence),
            id: EventId::parse(id).unwrap(),
            source: source.into(),
            type_name: "T".into(),
            subject: id.into(),
            recorded_at: Timestamp::EPOCH,
            json: Bytes::from_static(b"{}"),
        })
    }

    #[test]
    fn every_event_and_every_batch_has_an_id_of_its_own_and_keeps_it() {
        let id = |events: &[(&str, &str)]| {
            let entries: Vec<_> = events.iter().zip(1..).map(|(&(source, id), n)| entry(n, source, id)).collect();
            message_id(&entries)
        };
        let different = [
            id(&[("/a", "1")]),
            id(&[("/b", "1")]),
            id(&[("/a", "2")]),
            id(&[("/a1", "2")]),
            id(&[("/a", "12")]),
            id(&[("/a", "ü 1")]),
            id(&[("/a", "1"), ("/b", "1")]),
            id(&[("/a", "1"), ("/a", "3")]),
            id(&[("/a", "1"), ("/a", "2"), ("/a", "3")]),
        ];
        let distinct: std::collections::BTreeSet<_> = different.iter().collect();
        assert_eq!(distinct.len(), different.len());
        assert!(different.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_graphic())));
        assert_eq!(message_id(&[entry(7, "/a", "1")]), message_id(&[entry(9, "/a", "1")]), "in another log too");
    }
}
