//! `Await-Event` at a service that writes: a read that names an event is answered once that event shows here.
//!
//! What the service said itself shows with its commit; what it hears shows once its inbox has it. The wait is bounded in
//! time and in how many may wait at once; after that the read is answered as things stand, and says so in a header.

use std::sync::Arc;
use std::time::Duration;

use contract::EventId;
use http::{HeaderMap, HeaderValue};
use tokio::sync::Semaphore;

use crate::problem::Problem;
use crate::receiver::Hearing;
use crate::route::{self, Answer, Response};
use crate::store::{Store, StoreError};
use crate::{inbox, outbox};

/// The header of request and answer.
pub const AWAIT_EVENT: &str = "await-event";

/// The longest wait.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How many reads may wait at once; beyond, they are answered as if they had waited.
const WAITERS: usize = 1024;

/// Whether the awaited event shows in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// Nothing was awaited, or it is there.
    Seen,
    /// It did not come in time.
    Timeout,
    /// This service hears no events, so it never could.
    Unsupported,
}

impl Awaited {
    /// Says in the answer's header what the reader should know; nothing if all is well.
    pub fn mark(self, mut response: Response) -> Response {
        let word = match self {
            Self::Seen => return response,
            Self::Timeout => HeaderValue::from_static("timeout"),
            Self::Unsupported => HeaderValue::from_static("unsupported"),
        };
        response.headers_mut().insert(AWAIT_EVENT, word);
        response
    }
}

/// Reads the header.
///
/// # Errors
/// If its value cannot be an event's id.
pub fn requested(headers: &HeaderMap) -> Result<Option<EventId>, Problem> {
    let Some(value) = headers.get(AWAIT_EVENT) else { return Ok(None) };
    let id = value.to_str().ok().and_then(|v| EventId::parse(v).ok());
    id.map(Some).ok_or_else(|| Problem::bad_request("The header Await-Event must hold one event's id."))
}

/// Waits for events at one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Awaiting {
    store: Store,
    hearing: Option<Hearing>,
    waiters: Arc<Semaphore>,
}

impl Awaiting {
    /// For a service that keeps `store` and, if it subscribes to anything, hears by `hearing`.
    pub fn new(store: Store, hearing: Option<Hearing>) -> Self {
        Self { store, hearing, waiters: Arc::new(Semaphore::new(WAITERS)) }
    }

    /// Waits for the event that the request names, if it names one, and then reads. Whatever the answer is, a problem
    /// too, it says whether the event shows in it.
    ///
    /// # Errors
    /// If the header is malformed or the database fails.
    pub async fn read(&self, headers: &HeaderMap, read: impl Future<Output = Answer>) -> Answer {
        let awaited = self.wait(headers).await?;
        Ok(awaited.mark(route::answer(read.await)))
    }

    /// Waits for the event that the request names, if it names one.
    async fn wait(&self, headers: &HeaderMap) -> Result<Awaited, Problem> {
        let Some(event) = requested(headers)? else { return Ok(Awaited::Seen) };
        if self.shows(&event).await? {
            return Ok(Awaited::Seen);
        }
        let Some(hearing) = &self.hearing else { return Ok(Awaited::Unsupported) };
        let Ok(_permit) = self.waiters.try_acquire() else { return Ok(Awaited::Timeout) };
        let mut applied = hearing.watch();
        let seen = async {
            loop {
                applied.mark_unchanged();
                if self.shows(&event).await? {
                    return Ok::<_, StoreError>(());
                }
                if applied.changed().await.is_err() {
                    return Err(StoreError::Closed);
                }
            }
        };
        match tokio::time::timeout(PATIENCE, seen).await {
            Ok(result) => Ok(result.map(|()| Awaited::Seen)?),
            Err(_) => Ok(Awaited::Timeout),
        }
    }

    async fn shows(&self, event: &EventId) -> Result<bool, StoreError> {
        let event = event.clone();
        self.store.read(move |c| Ok(outbox::has(c, &event)? || inbox::has(c, &event)?)).await
    }
}
