//! The relay: brings what is in the outbox to the bus, in order, in batches, for ever.
//!
//! An event leaves the unsent list only after the bus has answered that it is in its log. If the bus is away the relay
//! waits; if it takes everything but one event, that event's subject is held back and an alarm is raised, while the
//! others go on. If the answer comes from another log than before, the bus has lost its log: everything that is still
//! kept is sent again; the ids make that harmless where it arrived before.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contract::{LogId, Sequence, Timestamp};
use tokio::time::Instant;

use crate::backoff::{Backoff, Reminder};
use crate::bus::{Appended, BusClient, BusError};
use crate::ops::Readiness;
use crate::outbox::{self, Unsent};
use crate::serve::Lifetime;
use crate::standing::{self, Place, State};
use crate::store::{Store, StoreError, Tx, WriteError};
use crate::{measure, meta};

/// Events in one request, and about how many bytes of them.
const BATCH: usize = 1000;
const BATCH_BYTES: usize = 1 << 20;

/// A look at the outbox even if nobody rang: what a crash left behind, what was held back.
const TICK: Duration = Duration::from_secs(1);

/// After this long a refused event is offered again: the bus may have been mended.
const HOLD: Duration = Duration::from_mins(1);

/// From this age on, in milliseconds, what waits for the bus is shown beside the service's readiness.
const OLD: i64 = 60_000;
/// The name of that notice.
const NOTICE: &str = "outbox";

/// The status of an event that the bus does not take because an earlier one of its subject was refused.
const WAITS: u16 = 424;

/// How often, or after how many events, it is noted what was sent.
const NOTE_EVERY: Duration = Duration::from_millis(100);
const NOTE_AT: usize = 5000;

const LOG_KEY: &str = "relay.log";

/// Starts the relay; it ends with `lifetime`. What waits for too long is shown in `ready`.
pub fn start(store: Store, bus: BusClient, ready: Readiness, lifetime: &Lifetime) {
    let metrics = measure::RelayMetrics::new(store.name());
    let now = Instant::now();
    let sent = Sent { numbers: Vec::new(), bytes: 0, last: None, noted: now };
    let held = BTreeSet::new();
    let mut relay =
        Relay { store, bus, ready, metrics, log: None, after: 0, sent, held, hold_until: now, oldest: None };
    let stop = lifetime.stop.clone();
    lifetime.spawn(async move {
        stop.run_until_cancelled(relay.run()).await;
        if let Err(Pause::Store(error)) = relay.note(Vec::new()).await {
            tracing::warn!(service = relay.store.name(), %error, "what was sent last will be sent again");
        }
    });
}

struct Relay {
    store: Store,
    bus: BusClient,
    ready: Readiness,
    metrics: measure::RelayMetrics,
    log: Option<LogId>,
    /// Everything up to here is sent or held back. Numbers are given by the one writer in the order of its commits, so
    /// nothing unsent can turn up below.
    after: i64,
    sent: Sent,
    held: BTreeSet<String>,
    hold_until: Instant,
    /// When the oldest event that waits was put into the outbox.
    oldest: Option<Timestamp>,
}

/// What the bus has, and the database does not know of yet. To note each batch would cost a flush for each; what a crash
/// forgets here is sent again, and the bus knows it.
struct Sent {
    numbers: Vec<i64>,
    /// Taken off the backlog with the note: the writer adds to it after a commit that the relay may already have seen,
    /// and by the time a note is written it has.
    bytes: u64,
    /// The last of them in the log.
    last: Option<Place>,
    noted: Instant,
}

impl Sent {
    /// An event stands there in the log now. False if that cannot be: what is new comes after what was before.
    fn reached(&mut self, log: Option<LogId>, sequence: Sequence, event: &str, duplicate: bool) -> bool {
        let Some(log) = log else { return true };
        let further = self.last.as_ref().is_none_or(|last| last.log != log || last.sequence < sequence);
        if further {
            self.last = Some(Place { log, sequence, event: event.to_owned() });
        }
        further || duplicate
    }

    fn is_due(&self) -> bool {
        !self.numbers.is_empty() && (self.numbers.len() >= NOTE_AT || self.noted.elapsed() >= NOTE_EVERY)
    }
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
    async fn run(&mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(5));
        let mut reminder = Reminder::default();
        loop {
            match self.round().await {
                Ok(()) => {
                    if reminder.over() {
                        tracing::info!(service = self.store.name(), "the bus takes events again");
                    }
                    backoff.reset();
                    self.ready.notice(NOTICE, None);
                    // Whoever rings while a round runs is heard: the bell keeps one ring.
                    let backlog = Arc::clone(self.store.backlog());
                    let tick = if self.sent.numbers.is_empty() { TICK } else { NOTE_EVERY };
                    drop(tokio::time::timeout(tick, backlog.rung()).await);
                }
                Err(pause) => {
                    let service = self.store.name();
                    match &pause {
                        Pause::Bus(error) => {
                            self.show_wait(error);
                            if reminder.is_due() {
                                tracing::warn!(service, %error, "events wait in the outbox");
                            }
                        }
                        Pause::Store(error) => tracing::error!(service, %error, "the relay cannot read its outbox"),
                    }
                    tokio::time::sleep(backoff.pause()).await;
                }
            }
        }
    }

    /// What has waited for long is visible where one looks first.
    fn show_wait(&self, error: &BusError) {
        let old = self.oldest.filter(|since| Timestamp::now().millis() - since.millis() >= OLD);
        let text = |since| format!("Events have been waiting for the bus since {since}; the last try: {error}");
        self.ready.notice(NOTICE, old.map(text));
    }

    /// Sends everything there is, batch by batch.
    async fn round(&mut self) -> Result<(), Pause> {
        // What is published to an older log takes the places of what it lost.
        if self.store.backlog().standing().state() != State::Good {
            return Ok(());
        }
        if !self.held.is_empty() && Instant::now() >= self.hold_until {
            self.note(Vec::new()).await?;
            self.held.clear();
            self.after = 0;
        }
        loop {
            if self.sent.is_due() {
                self.note(Vec::new()).await?;
            }
            let (after, held) = (self.after, self.held.clone());
            let mut batch = self.store.read(move |c| outbox::unsent(c, after, &held, BATCH)).await?;
            self.metrics.looked(batch.first());
            self.oldest = batch.first().map(|event| Timestamp::from_millis(event.said_at));
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
        // Whether some of what stands below must be looked for again.
        let mut waits = self.changed(log).await?;
        let mut refused = Vec::new();
        for (event, result) in batch.iter().zip(&results) {
            match result {
                Appended::Ok { id, sequence, duplicate } => {
                    if !self.sent.reached(log, *sequence, id, *duplicate) {
                        // What is known of that place shows it at the next look, with what there was.
                        tracing::error!(service = self.store.name(), %sequence, "ALARM: the bus gives a sequence again");
                        self.store.backlog().standing().set(State::Older);
                        return Ok(());
                    }
                }
                // Its turn comes after the one of its subject that was refused before it.
                Appended::Refused { problem } if problem.status == WAITS || self.held.contains(&event.subject) => {
                    waits = true;
                    continue;
                }
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
            self.sent.numbers.push(event.number);
            self.sent.bytes += event.body.len() as u64;
        }
        self.metrics.sent(batch.len(), self.held.len());
        if waits || !refused.is_empty() {
            // From the beginning, where only what is noted is left out.
            self.note(refused).await?;
            self.after = 0;
        } else if let Some(last) = batch.last() {
            self.after = last.number;
        }
        Ok(())
    }

    /// Notes in the database what was sent, and what was refused and why.
    async fn note(&mut self, refused: Vec<(i64, String)>) -> Result<(), Pause> {
        let numbers = std::mem::take(&mut self.sent.numbers);
        self.sent.noted = Instant::now();
        if numbers.is_empty() && refused.is_empty() {
            return Ok(());
        }
        let (noted, last) = (numbers.clone(), self.sent.last.clone());
        let write = move |tx: &mut Tx<'_>| {
            outbox::sent(tx.connection(), &numbers)?;
            if let Some(last) = &last {
                standing::published(tx.connection(), last)?;
            }
            for (number, problem) in &refused {
                outbox::refused(tx.connection(), *number, problem)?;
            }
            Ok(())
        };
        let result = self.store.write::<_, std::convert::Infallible, _>(write).await;
        match result {
            Ok(()) => self.store.backlog().take(std::mem::take(&mut self.sent.bytes)),
            Err(_) => self.sent.numbers = noted,
        }
        Ok(result?)
    }

    /// Notices that the bus has another log than the one that was published to before; then everything is unsent again.
    async fn changed(&mut self, log: Option<LogId>) -> Result<bool, Pause> {
        let Some(log) = log.filter(|log| self.log != Some(*log)) else { return Ok(false) };
        // What was sent before went into the other log; what was sent just now is noted after this.
        self.note(Vec::new()).await?;
        let write = move |tx: &mut Tx<'_>| {
            let before = meta::get(tx.connection(), LOG_KEY)?;
            meta::put(tx.connection(), LOG_KEY, &log.to_string())?;
            if before.is_none_or(|before| before == log.to_string()) {
                return Ok(None);
            }
            Ok(Some(outbox::resend_all(tx.connection())?))
        };
        let resent = self.store.write::<_, std::convert::Infallible, _>(write).await?;
        if let Some(count) = resent {
            tracing::error!(
                service = self.store.name(), %log, count,
                "ALARM: the bus has another log than before: everything that is still kept here is sent again"
            );
            self.metrics.log_lost();
        }
        self.log = Some(log);
        Ok(resent.is_some())
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
