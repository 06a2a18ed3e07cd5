//! From the bus to the fold: one task follows the log, one thread reads events, one thread folds them. Each hands on to
//! the next over a short queue, so that reading and folding go on at the same time, and a slow fold holds back the bus.

use std::sync::Arc;
use std::sync::mpsc as threads;
use std::time::Duration;

use chassis::backoff::Reminder;
use chassis::bus::BusClient;
use chassis::follow::{self, Acks, Batch, Following, Step};
use chassis::serve::Lifetime;
use contract::{LogId, Sequence};
use serde_json::value::RawValue;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use crate::canonical::Position;
use crate::folder::{Events, Folder, Work};
use crate::heard::Said;
use crate::meters;
use crate::model::{CONDITION, Model};

/// What may wait at each hand-over.
const WAITING: usize = 4;
/// How long until it is tried again after the bus said what cannot be read.
const AFTER_NONSENSE: Duration = Duration::from_secs(2);
/// How long until it is looked again whether the log is still an older one.
const WHILE_OLDER: Duration = Duration::from_secs(5);
/// The name of the notice about it.
const OLDER: &str = "log";
/// Of one batch so many flaws are named; all are counted.
const NAMED: usize = 5;

/// The way to the fold.
pub type Orders = mpsc::Sender<Work>;

/// Starts everything: the model follows the bus's log until `lifetime` ends.
pub fn start(model: &Model, folder: Folder, bus: BusClient, lifetime: &Lifetime) -> Orders {
    let (orders, incoming) = mpsc::channel(WAITING);
    let (read, to_fold) = threads::sync_channel(WAITING);
    let nonsense = Arc::new(Notify::new());
    let reader = Reader { folder: read, nonsense: Arc::clone(&nonsense), spoiled: None };
    lifetime.spawn_blocking_loop("query-reader", move || reader.run(incoming));
    lifetime.spawn_blocking_loop("query-fold", move || folder.run(&to_fold));
    let leader = Leader { model: model.clone(), bus, orders: orders.clone(), nonsense, lifetime: lifetime.clone() };
    lifetime.spawn_loop("query-pipeline", leader.run());
    orders
}

/// The thread that reads events.
struct Reader {
    folder: threads::SyncSender<Work>,
    nonsense: Arc<Notify>,
    /// A connection that said what cannot be read: what it says after that would leave a gap.
    spoiled: Option<u64>,
}

impl Reader {
    fn run(mut self, mut incoming: mpsc::Receiver<Work>) {
        while let Some(work) = incoming.blocking_recv() {
            let work = match work {
                Work::Batch(_, connection) | Work::CaughtUp(_, connection) if self.spoiled == Some(connection) => {
                    continue;
                }
                Work::Batch(batch, connection) => match read(&batch) {
                    Ok(events) => Work::Events(events),
                    Err(error) => {
                        tracing::error!(%error, "the bus sent a batch that cannot be read");
                        self.spoiled = Some(connection);
                        self.nonsense.notify_one();
                        continue;
                    }
                },
                work => work,
            };
            let last = matches!(work, Work::Stop);
            if self.folder.send(work).is_err() || last {
                return;
            }
        }
    }
}

/// Reads a batch; an event in it that cannot be read is left out, named and counted.
fn read(batch: &Batch) -> Result<Events, serde_json::Error> {
    let mut flaws = Vec::new();
    let events = if let Ok((said, upto)) = batch.read::<Said<'_>>() {
        let last = said.last().and_then(Said::time);
        Events { heard: said.iter().map(|said| hear(said, &mut flaws)).collect(), upto, last, unreadable: 0 }
    } else {
        read_one_by_one(batch, &mut flaws)?
    };
    for flaw in flaws.iter().take(NAMED) {
        tracing::warn!("skipped: {flaw}");
    }
    if flaws.len() > NAMED {
        tracing::warn!(upto = %events.upto, "skipped: {} more in this batch", flaws.len() - NAMED);
    }
    Ok(events)
}

fn read_one_by_one(batch: &Batch, flaws: &mut Vec<String>) -> Result<Events, serde_json::Error> {
    let (raw, upto) = batch.read::<&RawValue>()?;
    let mut events = Events { heard: Vec::with_capacity(raw.len()), upto, last: None, unreadable: 0 };
    for raw in raw {
        match serde_json::from_str::<Said<'_>>(raw.get()) {
            Ok(said) => events.heard.push(hear(&said, flaws)),
            Err(error) => {
                events.unreadable += 1;
                flaws.push(format!("an event up to {upto}: {error}"));
            }
        }
    }
    Ok(events)
}

fn hear(said: &Said<'_>, flaws: &mut Vec<String>) -> crate::heard::Heard {
    let (heard, flaw) = said.hear();
    flaws.extend(flaw);
    heard
}

/// The task that follows the log.
struct Leader {
    model: Model,
    bus: BusClient,
    orders: Orders,
    nonsense: Arc<Notify>,
    lifetime: Lifetime,
}

/// Why following ended.
enum End {
    Stopped,
    /// From nothing.
    Lost,
    /// From where the model is.
    Nonsense,
    /// The log lacks what was folded of it; from where the model is, once it is another one.
    Older,
}

/// The thread behind a channel is not there any more.
struct Gone;

/// What is known of the stream at the moment.
#[derive(Default)]
struct Stream {
    log: Option<LogId>,
    connection: u64,
    /// That it is away is logged now and then.
    away: Reminder,
    /// It was waited for, and there is nothing to show without it.
    waited: bool,
}

impl Leader {
    async fn run(self) {
        let mut reminder = Reminder::default();
        meters::log_older(false);
        loop {
            let Position { log, sequence } = self.model.position();
            let following = follow::follow(&self.bus, log.map(|log| (log, sequence)), &self.lifetime);
            match self.lead(following).await {
                Ok(End::Stopped) => break,
                Ok(End::Older) => {
                    self.model.away();
                    self.alarm(&mut reminder);
                    if !self.model.ready.is_ready() {
                        self.make_do();
                    }
                    let stop = &self.lifetime.stop;
                    if stop.run_until_cancelled(tokio::time::sleep(WHILE_OLDER)).await.is_none() {
                        break;
                    }
                }
                Ok(End::Lost) => {
                    let (done, empty) = oneshot::channel();
                    if self.orders.send(Work::Lost(done)).await.is_err() || empty.await.is_err() {
                        break;
                    }
                }
                Ok(End::Nonsense) => {
                    self.model.away();
                    let stop = &self.lifetime.stop;
                    if stop.run_until_cancelled(tokio::time::sleep(AFTER_NONSENSE)).await.is_none() {
                        break;
                    }
                }
                Err(Gone) => {
                    tracing::error!("the fold has stopped; so does this service");
                    self.lifetime.stop.cancel();
                    break;
                }
            }
        }
        // If the threads are gone there is nobody to tell.
        drop(self.orders.send(Work::Stop).await);
    }

    async fn lead(&self, following: Following) -> Result<End, Gone> {
        let Following { mut steps, acks } = following;
        let mut progress = self.model.watch();
        let mut stream = Stream::default();
        loop {
            let patience = self.model.waits_until().filter(|_| !stream.waited && !self.model.ready.is_ready());
            tokio::select! {
                step = steps.recv() => match step {
                    Some(step) => {
                        if let Some(end) = self.take(step, &mut stream).await? {
                            return Ok(end);
                        }
                    }
                    None => return Ok(End::Stopped),
                },
                Ok(()) = progress.changed() => acknowledge(*progress.borrow_and_update(), &stream, &acks),
                () = self.nonsense.notified() => return Ok(End::Nonsense),
                () = until(patience) => {
                    stream.waited = true;
                    self.make_do();
                }
            }
        }
    }

    async fn take(&self, step: Step, stream: &mut Stream) -> Result<Option<End>, Gone> {
        let work = match step {
            Step::Opened { .. } | Step::LogLost { .. } if self.is_older().await => return Ok(Some(End::Older)),
            Step::Opened { log, head } => {
                meters::log_older(false);
                self.model.ready.notice(OLDER, None);
                *stream = Stream { log: Some(log), connection: self.model.opened(head), ..Stream::default() };
                tracing::info!(%log, %head, position = %self.model.position().sequence, "following the log");
                Work::Log(log)
            }
            Step::Batch(batch) => Work::Batch(batch, stream.connection),
            Step::CaughtUp(upto) => Work::CaughtUp(upto, stream.connection),
            Step::Away { why } => {
                self.model.away();
                if stream.away.is_due() {
                    if self.model.ready.is_ready() {
                        tracing::warn!(why, "the bus cannot be reached; what is here is still served");
                    } else if self.model.position().sequence > Sequence::ZERO {
                        tracing::warn!(
                            why,
                            "the bus cannot be reached; if it stays so the snapshot is served, as stale"
                        );
                    } else {
                        tracing::warn!(why, "the bus cannot be reached, and there is no snapshot: nothing is served");
                    }
                }
                return Ok(None);
            }
            Step::LogLost { why } => {
                tracing::error!(why, "THE LOG IS NOT THE ONE THAT WAS FOLLOWED: everything is folded anew");
                return Ok(Some(End::Lost));
            }
        };
        self.orders.send(work).await.map_err(|_| Gone)?;
        Ok(None)
    }

    /// Whether the bus has the log that was folded, but not the event that was folded last: an older copy, which may have
    /// grown other events since. What is shown then is more than the log has, so it is kept.
    async fn is_older(&self) -> bool {
        let Position { log: Some(log), sequence } = self.model.position() else { return false };
        if sequence == Sequence::ZERO {
            return false;
        }
        match self.bus.event_at(sequence).await {
            Ok((now, found)) if now == log => {
                !found.and_then(|id| id.parse().ok()).is_some_and(|id| self.model.applied.has(&id))
            }
            Ok(_) | Err(_) => false,
        }
    }

    fn alarm(&self, reminder: &mut Reminder) {
        let position = self.model.position().sequence;
        let text = format!(
            "The bus's log is older than what was read of it, up to {position}. What is here is still served, as stale, until \
             the bus has a newer copy, or is started once with --new-log-id."
        );
        if reminder.is_due() {
            tracing::error!("ALARM: {text}");
        }
        meters::log_older(true);
        self.model.ready.notice(OLDER, Some(text));
    }

    /// The bus was waited for long enough: what the snapshot held will do.
    fn make_do(&self) {
        let position = self.model.position();
        if position.log.is_some() && position.sequence > Sequence::ZERO {
            tracing::warn!(position = %position.sequence, "nothing comes from the bus: ready with the snapshot, stale");
            self.model.ready.set(CONDITION, true);
        }
    }
}

fn acknowledge(position: Position, stream: &Stream, acks: &Acks) {
    if stream.log.is_some() && position.log == stream.log {
        acks.done(position.sequence);
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
