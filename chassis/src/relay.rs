//! The relay: brings what is in the outbox to the bus, in order, in batches, for ever.
//!
//! An event leaves the unsent list only after the bus has answered that it is in its log. If the bus is away the relay
//! waits; if it takes everything but one event, that event's subject is held back and an alarm is raised, while the
//! others go on. If the answer comes from another log than before, the bus has lost its log: everything that is still
//! kept is sent again; the ids make that harmless where it arrived before.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contract::LogId;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::bus::{Appended, BusClient, BusError};
use crate::outbox::{self, Unsent};
use crate::serve::Lifetime;
use crate::store::{Store, StoreError, WriteError};
use crate::{measure, meta};

/// Events in one request, and about how many bytes of them.
const BATCH: usize = 1000;
const BATCH_BYTES: usize = 1 << 20;

/// A look at the outbox even if nobody rang: what a crash left behind, what was held back.
const TICK: Duration = Duration::from_secs(1);

/// After this long a refused event is offered again: the bus may have been mended.
const HOLD: Duration = Duration::from_mins(1);

/// The status of an event that the bus does not take because an earlier one of its subject was refused.
const WAITS: u16 = 424;

const LOG_KEY: &str = "relay.log";

/// Starts the relay; it ends with `lifetime`.
pub fn start(store: Store, bus: BusClient, lifetime: &Lifetime) {
    let metrics = measure::RelayMetrics::new(store.name());
    let relay = Relay { store, bus, metrics, log: None, held: BTreeSet::new(), hold_until: Instant::now() };
    let stop = lifetime.stop.clone();
    lifetime.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = relay.run() => {}
        }
    });
}

struct Relay {
    store: Store,
    bus: BusClient,
    metrics: measure::RelayMetrics,
    log: Option<LogId>,
    held: BTreeSet<String>,
    hold_until: Instant,
}

/// What stopped a round.
enum Pause {
    Bus(BusError),
    Store(StoreError),
}

impl From<StoreError> for Pause {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<E> From<WriteError<E>> for Pause {
    fn from(error: WriteError<E>) -> Self {
        match error {
            WriteError::Failed(error) => Self::Store(error),
            other => Self::Store(StoreError::Database(other.map(drop).to_string())),
        }
    }
}

impl Relay {
    async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(5));
        loop {
            match self.round().await {
                Ok(()) => {
                    if backoff.failures() > 0 {
                        tracing::info!(service = self.store.name(), "the bus takes events again");
                    }
                    backoff.reset();
                    // Whoever rings while a round runs is heard: the bell keeps one ring.
                    let backlog = Arc::clone(self.store.backlog());
                    drop(tokio::time::timeout(TICK, backlog.rung()).await);
                }
                Err(pause) => {
                    let service = self.store.name();
                    match &pause {
                        Pause::Bus(error) if backoff.failures() == 0 => {
                            tracing::warn!(service, %error, "events wait in the outbox");
                        }
                        Pause::Bus(error) => tracing::debug!(service, %error, "events still wait in the outbox"),
                        Pause::Store(error) => tracing::error!(service, %error, "the relay cannot read its outbox"),
                    }
                    tokio::time::sleep(backoff.pause()).await;
                }
            }
        }
    }

    /// Sends everything there is, batch by batch.
    async fn round(&mut self) -> Result<(), Pause> {
        if Instant::now() >= self.hold_until {
            self.held.clear();
        }
        loop {
            let held = self.held.clone();
            let mut batch = self.store.read(move |c| outbox::unsent(c, &held, BATCH)).await?;
            self.metrics.looked(batch.first());
            let full = cut(&mut batch);
            if batch.is_empty() {
                return Ok(());
            }
            self.send(batch).await?;
            if !full {
                return Ok(());
            }
        }
    }

    async fn send(&mut self, batch: Vec<Unsent>) -> Result<(), Pause> {
        let (log, results) = self.bus.append(batch.iter().map(|e| e.body.as_slice())).await.map_err(Pause::Bus)?;
        if results.len() != batch.len() {
            let detail = format!("{} results for {} events", results.len(), batch.len());
            return Err(Pause::Bus(BusError::Answered { status: 201, detail }));
        }
        let mut sent = Vec::with_capacity(batch.len());
        let mut bytes = 0;
        let mut refused = Vec::new();
        for (event, result) in batch.iter().zip(&results) {
            match result {
                Appended::Ok { .. } => {}
                // Its turn comes after the one of its subject that was refused before it.
                Appended::Refused { problem } if problem.status == WAITS || self.held.contains(&event.subject) => continue,
                Appended::Refused { problem } if problem.status == 409 => {
                    tracing::error!(
                        service = self.store.name(),
                        number = event.number,
                        subject = event.subject,
                        detail = problem.detail,
                        "ALARM: the bus holds another event under this id; this one is dropped"
                    );
                    self.metrics.conflict();
                }
                Appended::Refused { problem } => {
                    tracing::error!(
                        service = self.store.name(),
                        number = event.number,
                        subject = event.subject,
                        detail = problem.detail,
                        "ALARM: the bus refuses this event; its subject is held back"
                    );
                    self.held.insert(event.subject.clone());
                    self.hold_until = Instant::now() + HOLD;
                    refused.push((event.number, problem.detail.clone()));
                    continue;
                }
            }
            sent.push(event.number);
            bytes += event.body.len() as u64;
        }
        self.metrics.sent(sent.len(), self.held.len());
        let resend = self.changed(log).await?;
        self.store
            .write::<_, std::convert::Infallible, _>(move |tx| {
                outbox::sent(tx.connection(), &sent)?;
                for (number, problem) in &refused {
                    outbox::refused(tx.connection(), *number, problem)?;
                }
                if let Some(log) = resend {
                    meta::put(tx.connection(), LOG_KEY, &log.to_string())?;
                }
                Ok(())
            })
            .await?;
        self.store.backlog().take(bytes);
        Ok(())
    }

    /// Notices that the bus has another log than the one that was published to before. The answer is a log to remember.
    async fn changed(&mut self, log: Option<LogId>) -> Result<Option<LogId>, Pause> {
        let Some(log) = log else { return Ok(None) };
        if self.log == Some(log) {
            return Ok(None);
        }
        let before = self.store.read(|c| meta::get(c, LOG_KEY)).await?;
        self.log = Some(log);
        if before.is_some_and(|before| before != log.to_string()) {
            let count = self
                .store
                .write::<_, std::convert::Infallible, _>(|tx| Ok(outbox::resend_all(tx.connection())?))
                .await?;
            tracing::error!(
                service = self.store.name(), %log, count,
                "ALARM: the bus has another log than before: everything that is still kept here is sent again"
            );
            self.metrics.log_lost();
        }
        Ok(Some(log))
    }
}

/// Keeps a batch within its size; true if more may be waiting behind it.
fn cut(batch: &mut Vec<Unsent>) -> bool {
    let mut bytes = 0;
    let fits = batch
        .iter()
        .take_while(|e| {
            bytes += e.body.len();
            bytes <= BATCH_BYTES
        })
        .count()
        .max(1);
    let full = batch.len() >= BATCH || fits < batch.len();
    batch.truncate(fits);
    full
}
