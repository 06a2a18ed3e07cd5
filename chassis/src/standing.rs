//! Whether a service's database and the bus's log still belong together: either may have been replaced by an older copy
//! of itself, and then sequences that both know mean different events.
//!
//! A log that lacks what this service knows of it (the last event that it received or published) is older. Nothing may
//! be published to it or received from it, for what is appended now takes the sequences of what is lost: the service is
//! not ready and refuses writes until the bus has a log with another id, to which everything is published again.
//!
//! A database that lacks what was delivered to it is older. What it lacks is in the log, its service's own events
//! included, so it is made to ask for everything again, as a new database does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contract::{Envelope, Event, LogId, Sequence};
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::backoff::{Backoff, Reminder};
use crate::bus::{BusClient, BusError};
use crate::inbox;
use crate::measure::StandingMetrics;
use crate::meta;
use crate::ops::Readiness;
use crate::outbox;
use crate::store::{Connection, DbError, Store, StoreError, Tx, WriteError};

/// How often the log is looked at while all is well.
const AGAIN: Duration = Duration::from_secs(5);
/// What of the events that may be missing is looked at in one go.
const PAGE: usize = 100;
/// The name of the condition and of the notice.
const LOG: &str = "log";
/// Under this name the last published event is kept: the log, its place there, its id.
const PUBLISHED: &str = "relay.last";
/// What a database keeps of having asked for everything.
const ASKED: [&str; 2] = ["generation", "restored"];

/// What is known of the bus's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing yet: nothing is received before it was looked at.
    Unknown,
    /// It has what this service knows of it.
    Good,
    /// It lacks that.
    Older,
}

/// The state of the log as one service sees it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Standing(Arc<watch::Sender<State>>);

impl Default for Standing {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(State::Good)))
    }
}

impl Standing {
    /// The state now.
    pub fn state(&self) -> State {
        *self.0.borrow()
    }

    /// Whether the log is older than this service knows it to have been.
    pub fn is_older(&self) -> bool {
        self.state() == State::Older
    }

    /// Another state.
    pub fn set(&self, state: State) {
        self.0.send_replace(state);
    }
}

/// An event at its place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) log: LogId,
    pub(crate) sequence: Sequence,
    pub(crate) event: String,
}

/// Keeps the last published event, in the transaction that notes what was sent.
pub(crate) fn published(connection: &mut Connection, place: &Place) -> Result<(), DbError> {
    let Place { log, sequence, event } = place;
    meta::put(connection, PUBLISHED, &format!("{log} {sequence} {event}"))
}

/// The last event that this service published, as far as it is noted.
fn last_published(connection: &mut Connection) -> Result<Option<Place>, DbError> {
    let place = |text: String| {
        let mut words = text.splitn(3, ' ');
        let log = words.next()?.parse().ok()?;
        Some(Place { log, sequence: words.next()?.parse().ok()?, event: words.next()?.to_owned() })
    };
    Ok(meta::get(connection, PUBLISHED)?.and_then(place))
}

/// The last event that this database knows of this log.
fn known(connection: &mut Connection, log: LogId) -> Result<Option<Place>, DbError> {
    let received = inbox::last(connection, log)?;
    let published = last_published(connection)?.filter(|place| place.log == log);
    Ok(received.into_iter().chain(published).max_by_key(|place| place.sequence))
}

/// What looks after the state.
pub(crate) struct Watch {
    store: Store,
    bus: BusClient,
    ready: Readiness,
    /// The event types that the service receives and publishes.
    received: &'static [&'static str],
    published: &'static [&'static str],
    metrics: StandingMetrics,
    reminder: Reminder,
}

/// Why the log cannot be looked at now.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Watch {
    pub(crate) fn new(
        store: &Store,
        bus: &BusClient,
        ready: &Readiness,
        received: &'static [&'static str],
        published: &'static [&'static str],
    ) -> Self {
        let metrics = StandingMetrics::new(store.name());
        let (store, bus, ready) = (store.clone(), bus.clone(), ready.clone());
        Self { store, bus, ready, received, published, metrics, reminder: Reminder::default() }
    }

    /// Waits until the bus has a log that is not older than this service knows it. True if this database is older, and
    /// asks for everything again from now on.
    pub(crate) async fn begin(&mut self) -> bool {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        loop {
            match self.first_look().await {
                Ok(Some(older)) => return older,
                Ok(None) => {}
                Err(error) => tracing::debug!(service = self.store.name(), %error, "the log cannot be looked at yet"),
            }
            tokio::time::sleep(backoff.pause()).await;
        }
    }

    /// Goes on looking, for ever.
    pub(crate) async fn go_on(&mut self) {
        loop {
            tokio::time::sleep(AGAIN).await;
            if let Err(error) = self.look().await {
                tracing::debug!(service = self.store.name(), %error, "the log cannot be looked at");
            }
        }
    }

    /// Whether this database is older; nothing while the log is.
    async fn first_look(&mut self) -> Result<Option<bool>, Trouble> {
        let Some(log) = self.look().await? else { return Ok(None) };
        let Some(missing) = self.missing(log).await? else {
            self.open();
            return Ok(Some(false));
        };
        tracing::error!(
            service = self.store.name(), %log, event = missing.event, sequence = %missing.sequence,
            "ALARM: this database is older than what was delivered to it: everything is received again"
        );
        self.ask_again().await?;
        self.metrics.database_older();
        self.open();
        Ok(Some(true))
    }

    /// Looks whether the log has what this service knows of it. Gives the log if so.
    async fn look(&mut self) -> Result<Option<LogId>, Trouble> {
        let (log, _) = self.bus.event_at(Sequence::new(1)).await?;
        let known = self.store.read(move |connection| known(connection, log)).await?;
        let good = match &known {
            None => true,
            Some(known) => match self.bus.event_at(known.sequence).await {
                Ok((now, _)) if now != log => return Ok(None),
                Ok((_, found)) if found.as_ref() == Some(&known.event) => true,
                Ok((_, found)) => {
                    self.raise_alarm(known, found.as_deref());
                    return Ok(None);
                }
                // It cannot read that place, and says so itself.
                Err(BusError::Answered { status: 500, .. }) => true,
                Err(error) => return Err(error.into()),
            },
        };
        if good && self.store.backlog().standing().is_older() {
            self.open();
        }
        Ok(Some(log))
    }

    fn raise_alarm(&mut self, known: &Place, found: Option<&str>) {
        let Place { log, sequence, event } = known;
        let text = format!(
            "The bus's log {log} is older than what this service knows of it: at {sequence} it has {}, and had {event}. Writes \
             are refused until the bus has a newer copy, or is started once with --new-log-id={log}.",
            found.unwrap_or("nothing")
        );
        if self.reminder.is_due() {
            tracing::error!(service = self.store.name(), "ALARM: {text}");
        }
        self.store.backlog().standing().set(State::Older);
        self.metrics.log_older(true);
        self.ready.notice(LOG, Some(text));
        self.ready.set(LOG, false);
    }

    /// Publishing and receiving may go on.
    fn open(&mut self) {
        if self.reminder.over() {
            tracing::info!(service = self.store.name(), "the bus has a log again that can be gone on with");
        }
        self.metrics.log_older(false);
        self.ready.notice(LOG, None);
        self.ready.set(LOG, true);
        self.store.backlog().standing().set(State::Good);
        self.store.backlog().ring();
    }

    /// An event that this database must have, and has not.
    async fn missing(&self, log: LogId) -> Result<Option<Place>, Trouble> {
        match self.undelivered(log).await? {
            None => self.unpublished(log).await,
            missing => Ok(missing),
        }
    }

    /// The first event that was delivered to this database's generation, as the bus has it, and is not here.
    async fn undelivered(&self, log: LogId) -> Result<Option<Place>, Trouble> {
        let generation = self.store.read(|connection| meta::get(connection, "generation")).await?;
        let Some(subscription) = self.bus.subscription(self.store.name()).await? else { return Ok(None) };
        // To another generation everything is delivered from the start anyway.
        if subscription.log != log || generation.is_none_or(|own| own != subscription.generation) {
            return Ok(None);
        }
        let last = self.store.read(move |connection| inbox::last(connection, log)).await?;
        let mut after = last.map_or(Sequence::ZERO, |place| place.sequence);
        if after >= subscription.cursor {
            return Ok(None);
        }
        let parked: BTreeSet<String> = self.bus.parked(self.store.name()).await?.into_iter().collect();
        while after < subscription.cursor {
            let page = self.bus.events(after, self.received, PAGE).await?;
            let Some(end) = page.last().and_then(|event| event.sequence) else { return Ok(None) };
            let waits = |event: &Envelope| event.subject.as_deref().is_some_and(|subject| parked.contains(subject));
            let delivered = |event: &Envelope| event.sequence.is_some_and(|sequence| sequence <= subscription.cursor);
            if let Some(event) = page.iter().find(|event| delivered(event) && !waits(event) && is_applied(event)) {
                return Ok(Some(place(log, event)));
            }
            after = end;
        }
        Ok(None)
    }

    /// The first event of this service after the last one that it knows to have published which it does not have.
    async fn unpublished(&self, log: LogId) -> Result<Option<Place>, Trouble> {
        let known = |connection: &mut Connection| Ok((meta::get(connection, "restored")?, last_published(connection)?));
        let (Some(_), Some(last)) = self.store.read(known).await? else { return Ok(None) };
        if last.log != log {
            return Ok(None);
        }
        let mut after = last.sequence;
        loop {
            let page = self.bus.events(after, self.published, PAGE).await?;
            let Some(end) = page.last().and_then(|event| event.sequence) else { return Ok(None) };
            let own: Vec<_> = page.into_iter().filter(is_its_owners).collect();
            let find = move |connection: &mut Connection| {
                for event in own {
                    if !outbox::has(connection, &event.id)? && !inbox::has(connection, &event.id)? {
                        return Ok(Some(place(log, &event)));
                    }
                }
                Ok(None)
            };
            if let Some(missing) = self.store.read(find).await? {
                return Ok(Some(missing));
            }
            after = end;
        }
    }

    /// Makes this database one that asks for everything.
    async fn ask_again(&self) -> Result<(), StoreError> {
        let write = |tx: &mut Tx<'_>| Ok(meta::forget(tx.connection(), &ASKED)?);
        self.store.write::<_, std::convert::Infallible, _>(write).await.map_err(WriteError::into_store_error)
    }
}

fn place(log: LogId, event: &Envelope) -> Place {
    let sequence = event.sequence.unwrap_or(Sequence::ZERO);
    Place { log, sequence, event: event.id.as_str().to_owned() }
}

/// Whether a receiver applies such an event, and so has it in its inbox afterwards.
fn is_applied(event: &Envelope) -> bool {
    is_its_owners(event) && Event::parse(&event.type_name, event.data.as_deref().map_or("{}", RawValue::get)).is_ok()
}

/// Whether it comes from the service that events of its type belong to.
fn is_its_owners(event: &Envelope) -> bool {
    Event::owner(&event.type_name).is_none_or(|owner| owner == &*event.source)
}
