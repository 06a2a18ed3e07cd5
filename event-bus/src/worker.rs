//! One subscription's own task: it reads the log ahead, pushes, and carries out what [`crate::parking`] decides.
//!
//! Everything that changes the subscription happens here, one thing after the other, so that nothing races: answers,
//! calls from outside (`commands`), parked subjects coming back (`redelivery`). Up to four things are under way
//! at once, each in a slot of its own: a push, a read of the log, a redelivery, and a lazily saved cursor. A
//! redelivery and a push never carry the same subject.
//!
//! What follows from the answer to a push is in `pushing`; what is kept of it on disk, and when, in `keeping`.

mod commands;
mod keeping;
mod pushing;
mod redelivery;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chassis::backoff::{Backoff, Reminder};
use chassis::serve::Lifetime;
use contract::{Sequence, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::answer::Verdict;
use crate::config::PushSettings;
use crate::delivery::Delivery;
use crate::engine::{Log, Page, ReadError};
use crate::lag::{Lag, SubscriptionMetrics};
use crate::parking::{Push, Rules, Window};
use crate::registry::{Parked, Registry, RegistryError};
use crate::subscription::Subscription;

pub(crate) use commands::{Command, Reply, Skip, resolve};
pub use commands::{ControlError, Ignored, State, Status};
use redelivery::{Redelivered, Waiting};

/// The most bytes of events in one push: well below what our services read.
const PUSH_BYTES: usize = 4 << 20;
/// The most bytes that one read of the log brings.
const READ_BYTES: usize = 4 << 20;
/// How often the lag is measured.
const MEASURE: Duration = Duration::from_secs(5);
/// A lag that is measured less often, in events.
const FAR: u64 = 100_000;

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) settings: PushSettings,
    pub(crate) lifetime: Lifetime,
}

/// A pause before the next push.
#[derive(Debug, Clone, Copy)]
struct Wait {
    until: Instant,
    shown: Timestamp,
    /// The receiver asked for it: no new event cuts it short.
    asked: bool,
}

/// Something under way.
type Job<T> = Option<BoxFuture<'static, T>>;

/// Waits for a job and empties its slot; for ever if there is none. May be dropped and called again.
async fn finished<T>(job: &mut Job<T>) -> T {
    match job {
        Some(running) => {
            let result = running.await;
            *job = None;
            result
        }
        None => std::future::pending().await,
    }
}

enum Event {
    Command(Option<Command>),
    Pushed(Verdict),
    Read(Result<Page, ReadError>),
    Redelivered(Redelivered),
    Saved(Sequence, Result<(), RegistryError>),
    Measured(Option<Lag>),
    Woken,
    Stop,
}

struct Worker {
    shared: Arc<Shared>,
    subscription: Subscription,
    parked: BTreeMap<Box<str>, Waiting>,
    ignored: Ignored,
    window: Window,
    delivery: Delivery,
    backoff: Backoff,
    wait: Option<Wait>,
    /// After the log could not be read: not before then.
    read_after: Option<Instant>,
    last_error: Option<Box<str>>,
    /// When the log is to say that pushes fail.
    complaints: Reminder,
    in_flight: Option<Push>,
    pushing: Job<Verdict>,
    reading: Job<Result<Page, ReadError>>,
    redelivering: Job<Redelivered>,
    /// The most events in one push of a redelivery.
    redelivery_limit: usize,
    saving: Job<(Sequence, Result<(), RegistryError>)>,
    measuring: Job<Option<Lag>>,
    saved: Sequence,
    /// The bus stopped before something was kept: what is here went further than what is on disk may.
    abandoned: bool,
    save_at: Instant,
    measure_at: Instant,
    /// Counting takes the longer the more there is.
    far_behind: bool,
    metrics: SubscriptionMetrics,
}

/// Runs a subscription until it is deleted or the bus stops. A bug that makes the worker panic costs a second and a
/// fresh look at the registry, not the subscription.
pub(crate) async fn run(
    shared: Arc<Shared>,
    first: (Subscription, Vec<Parked>),
    mut commands: mpsc::Receiver<Command>,
) {
    let name = first.0.name.clone();
    let mut loaded = Some(first);
    loop {
        if let Some((subscription, parked)) = loaded.take() {
            match Worker::new(Arc::clone(&shared), subscription, parked) {
                Ok(mut worker) => {
                    if AssertUnwindSafe(worker.work(&mut commands)).catch_unwind().await.is_ok() {
                        return;
                    }
                    tracing::error!(subscription = %name, "the worker panicked; it starts again");
                }
                Err(error) => tracing::error!(subscription = %name, %error, "the worker cannot start"),
            }
        }
        tokio::select! {
            () = shared.lifetime.stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        match shared.registry.find(&name).await {
            Ok(Some(found)) => loaded = Some(found),
            Ok(None) => return,
            Err(error) => tracing::error!(subscription = %name, %error, "the subscription cannot be read"),
        }
    }
}

impl Worker {
    fn new(shared: Arc<Shared>, subscription: Subscription, parked: Vec<Parked>) -> Result<Self, reqwest::Error> {
        let settings = shared.settings;
        let delivery = Delivery::new(subscription.name.clone(), shared.log.id(), settings.timeout)?;
        let waiting = |parked: Parked| (parked.subject.clone(), Waiting::kept(parked, &settings));
        let parked: BTreeMap<_, _> = parked.into_iter().map(waiting).collect();
        let metrics = SubscriptionMetrics::new(subscription.name.as_str());
        metrics.parked(parked.len());
        let now = Instant::now();
        Ok(Self {
            window: window(&settings, &subscription, &parked),
            delivery,
            backoff: Backoff::new(settings.backoff_base, settings.backoff_cap),
            wait: None,
            read_after: None,
            last_error: None,
            complaints: Reminder::default(),
            in_flight: None,
            pushing: None,
            reading: None,
            redelivering: None,
            redelivery_limit: usize::from(subscription.spec.batch),
            saving: None,
            measuring: None,
            saved: subscription.cursor,
            abandoned: false,
            save_at: now,
            measure_at: now,
            far_behind: false,
            metrics,
            subscription,
            parked,
            ignored: Ignored::default(),
            shared,
        })
    }

    async fn work(&mut self, commands: &mut mpsc::Receiver<Command>) {
        let mut head = self.shared.log.head();
        loop {
            self.start(*head.borrow_and_update());
            match self.event(commands, &mut head).await {
                Event::Command(None) | Event::Stop => break,
                Event::Command(Some(Command::Delete(reply))) => {
                    if self.delete(reply).await {
                        return;
                    }
                }
                Event::Command(Some(command)) => self.command(command).await,
                Event::Pushed(verdict) => self.pushed(verdict).await,
                Event::Read(page) => self.read(page),
                Event::Redelivered(what) => self.redelivered(what).await,
                Event::Saved(cursor, result) => self.note_saved(cursor, result),
                Event::Measured(lag) => {
                    self.far_behind = lag.is_some_and(|lag| lag.events > FAR);
                    self.metrics.lag(lag);
                }
                Event::Woken => {}
            }
        }
        self.finish().await;
    }

    /// Starts whatever can be under way now.
    fn start(&mut self, head: Sequence) {
        let now = Instant::now();
        self.wait = self.wait.filter(|wait| wait.until > now);
        self.read_after = self.read_after.filter(|&at| at > now);
        if self.subscription.paused.is_none() {
            if self.pushing.is_none() && self.wait.is_none() && self.reading.is_none() {
                self.start_push();
            }
            if self.reading.is_none() && self.read_after.is_none() && self.window.scanned() < head {
                self.start_read();
            }
            if self.redelivering.is_none() {
                self.start_redelivery();
            }
        }
        if self.saving.is_none() && (self.save_at <= now || self.unsaved() >= self.shared.settings.save_events) {
            self.start_save(now);
        }
        if self.measuring.is_none() && self.measure_at <= now {
            self.measure_at = now + if self.far_behind { MEASURE * 6 } else { MEASURE };
            let (shared, subscription) = (Arc::clone(&self.shared), self.current());
            self.measuring = Some(Box::pin(async move { Lag::of(&subscription, &*shared.log).await.ok() }));
        }
    }

    fn start_read(&mut self) {
        let Some(more) = self.window.wants() else { return };
        let (log, after, selection) =
            (Arc::clone(&self.shared.log), self.window.scanned(), self.subscription.selection());
        self.reading = Some(Box::pin(async move { log.read(after, None, &selection, more, READ_BYTES).await }));
    }

    /// The next thing that happens.
    async fn event(&mut self, commands: &mut mpsc::Receiver<Command>, head: &mut watch::Receiver<Sequence>) -> Event {
        let wake = self.wake_at();
        let stop = &self.shared.lifetime.stop;
        tokio::select! {
            biased;
            () = stop.cancelled() => Event::Stop,
            command = commands.recv() => Event::Command(command),
            verdict = finished(&mut self.pushing) => Event::Pushed(verdict),
            page = finished(&mut self.reading) => Event::Read(page),
            what = finished(&mut self.redelivering) => Event::Redelivered(what),
            (cursor, result) = finished(&mut self.saving) => Event::Saved(cursor, result),
            lag = finished(&mut self.measuring) => Event::Measured(lag),
            changed = head.changed() => {
                if changed.is_err() { Event::Stop } else { Event::Woken }
            }
            () = tokio::time::sleep_until(wake) => Event::Woken,
        }
    }

    /// When something becomes due that nothing else announces.
    fn wake_at(&self) -> Instant {
        let now = Instant::now();
        // Nothing is due for as long as what it would start is under way.
        let mut wake = if self.measuring.is_none() { self.measure_at } else { now + MEASURE };
        let waits = [self.wait.map(|wait| wait.until), self.read_after];
        for at in waits.into_iter().flatten() {
            wake = wake.min(at);
        }
        if self.saving.is_none() && self.unsaved() > 0 {
            wake = wake.min(self.save_at);
        }
        if self.redelivering.is_none()
            && self.subscription.paused.is_none()
            && let Some(next) = self.parked.values().map(|waiting| waiting.due).min()
        {
            wake = wake.min(next);
        }
        wake
    }

    fn read(&mut self, page: Result<Page, ReadError>) {
        match page {
            Ok(page) if page.upto <= self.window.scanned() => {
                // The head is further on, so there was something to look at; asking again at once would be the same.
                self.read_after = Some(Instant::now() + Duration::from_secs(1));
            }
            Ok(page) => {
                let subscription = &self.subscription;
                let wakes = self.window.fill(&page, |entry| !subscription.has_seen(entry));
                if wakes && self.wait.is_some_and(|wait| !wait.asked) {
                    self.wait = None;
                }
            }
            Err(error) => {
                self.last_error = Some(error.to_string().into());
                self.read_after = Some(Instant::now() + self.shared.settings.backoff_cap.min(MEASURE));
                tracing::error!(subscription = %self.subscription.name, %error, "the log cannot be read for a push");
            }
        }
    }
}

fn window(settings: &PushSettings, subscription: &Subscription, parked: &BTreeMap<Box<str>, Waiting>) -> Window {
    let rules = Rules {
        batch: subscription.spec.batch.into(),
        bytes: PUSH_BYTES,
        patience: settings.patience,
        parks_in_row: settings.parks_in_row,
        most_parked: settings.most_parked,
    };
    Window::new(rules, subscription.cursor, parked.keys().cloned())
}
