//! The one thread that folds, and what may be done only there: beginning a snapshot or a digest, which need the model
//! at one place in the log, and beginning again when the log is lost.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use chassis::follow::Batch;
use contract::{LogId, Sequence, Timestamp};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::canonical::{Digester, Position};
use crate::heard::{EventKey, Heard};
use crate::meters;
use crate::model::Model;
use crate::projection::{Folded, Projection};
use crate::replacement::Replacement;
use crate::snapshot::{Memo, Snapshots};

/// Events that readers see together: few enough that a list's order is never held for long.
const TOGETHER: usize = 256;
/// Snapshots have at least so long between them, however many events there are.
const REST: Duration = Duration::from_secs(5);
/// What never comes back from a lost log is waited for so many times as long as it takes to be stale.
const QUIET: u32 = 10;
/// How often it is looked whether something is due while nothing comes.
const TICK: Duration = Duration::from_millis(200);

/// What there is to do, in order.
#[derive(Debug)]
pub enum Work {
    /// The log that is followed.
    Log(LogId),
    /// Events as they came, by this connection.
    Batch(Batch, u64),
    /// Events that have been read.
    Events(Events),
    /// This connection has brought everything up to here, and so up to the head.
    CaughtUp(Sequence, u64),
    /// The log is another one. Answered when the fold begins again.
    Lost(oneshot::Sender<()>),
    /// A digest of the model at this moment.
    Digest(oneshot::Sender<Digest>),
    /// The end.
    Stop,
}

/// Events that have been read, and up to where they lead.
#[derive(Debug)]
pub struct Events {
    /// In the log's order.
    pub heard: Vec<Heard>,
    /// Everything up to here is in them or in what came before.
    pub upto: Sequence,
    /// When the last of them was said.
    pub last: Option<Timestamp>,
    /// How many more could not be read at all.
    pub unreadable: u64,
}

/// The model in short: two that have the same sha256 are the same, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// The log that it was folded from
    #[schema(value_type = Option<String>, format = Uuid)]
    pub log: Option<LogId>,
    /// The last sequence that was folded
    #[schema(value_type = String, example = "0000000000000042")]
    pub position: Sequence,
    /// SHA-256 of the model's canonical bytes, in hex
    pub sha256: String,
    /// How many posts there are, deleted ones not counted
    pub posts: u64,
    /// How many comments there are, deleted ones not counted
    pub comments: u64,
}

/// When snapshots are written.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// After so long, if there was any event.
    pub every: Duration,
    /// After so many events.
    pub events: u64,
}

/// The thread's own.
#[derive(Debug)]
pub struct Folder {
    model: Model,
    projection: Projection,
    snapshots: Arc<Snapshots>,
    rhythm: Rhythm,
    /// What goes through the model at the moment; given back is the place of a snapshot that was written.
    cutting: Option<JoinHandle<Option<Position>>>,
    digests: Vec<oneshot::Sender<Digest>>,
    /// Not before then a digest is begun: they take a tenth of the time at most, however many ask.
    next_digest: Instant,
    /// When the digest under way was begun.
    digesting: Option<Instant>,
    /// The last digest: it is the answer for as long as nothing is folded.
    known: Arc<Mutex<Option<Digest>>>,
    /// What the snapshot on disk holds.
    kept: Position,
    /// Nothing is on disk yet, and the head was reached: the first snapshot waits for nothing.
    first: bool,
    /// When the last snapshot was begun.
    begun: Instant,
    /// What is folded is not shown yet: the log that was followed was lost.
    replacement: Option<Replacement>,
}

impl Folder {
    /// Goes on from `position`, which is what the model and the snapshot on disk hold.
    pub fn new(model: Model, position: Position, snapshots: Arc<Snapshots>, rhythm: Rhythm) -> Self {
        let projection = Projection::new(model.store(), position);
        let begun = Instant::now();
        let folder = Self {
            model,
            projection,
            snapshots,
            rhythm,
            cutting: None,
            digests: Vec::new(),
            next_digest: begun,
            digesting: None,
            known: Arc::default(),
            kept: position,
            first: false,
            begun,
            replacement: None,
        };
        folder.measure();
        folder
    }

    /// Does what there is to do until the end, and then writes what has not been written.
    pub fn run(mut self, work: &Receiver<Work>) {
        loop {
            match work.recv_timeout(TICK) {
                Ok(Work::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(work) => self.take(work),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.tend();
        }
        self.join();
        // A model that is not shown is none to start with either.
        if self.replacement.is_none() && self.is_ahead() {
            self.begin_snapshot();
            self.join();
        }
    }

    fn take(&mut self, work: Work) {
        match work {
            Work::Events(events) => self.fold(events),
            Work::Log(log) => {
                self.projection.name_log(log);
                // The log's head is known now.
                self.measure();
            }
            Work::CaughtUp(upto, connection) => {
                self.projection.reached(upto);
                self.model.set_position(self.projection.position());
                self.model.caught_up(connection);
                self.first = self.kept.sequence == Sequence::ZERO;
                self.measure();
            }
            Work::Lost(done) => {
                self.begin_again();
                // Whoever asked may be gone.
                done.send(()).ok();
            }
            Work::Digest(asker) => {
                let at = self.projection.position();
                let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(known) = known.filter(|known| (known.log, known.position) == (at.log, at.sequence)) {
                    // Ignore a dropped receiver.
                    asker.send(known).ok();
                    return;
                }
                // A caller that has gone away needs none.
                self.digests.retain(|asker| !asker.is_closed());
                self.digests.push(asker);
            }
            Work::Batch(..) | Work::Stop => {}
        }
    }

    fn fold(&mut self, events: Events) {
        let count = events.heard.len();
        let mut heard = events.heard.into_iter();
        let mut folded = Folded::default();
        while heard.len() > 0 {
            self.projection.fold(heard.by_ref().take(TOGETHER), &mut folded);
            if let Some(replacement) = &mut self.replacement {
                replacement.folded(&folded.keys);
            } else {
                self.model.live.tell(&folded.touched, self.projection.position().sequence);
                self.model.applied.note(&folded.keys);
            }
            folded.touched.clear();
            folded.keys.clear();
        }
        self.projection.reached(events.upto);
        let position = self.projection.position();
        self.model.set_position(position);
        folded.skipped[crate::heard::Skipped::Unreadable as usize] += events.unreadable;
        meters::folded(count, &folded.skipped, events.last);
        self.measure();
    }

    fn measure(&self) {
        meters::stands(self.projection.store().size(), self.projection.position().sequence, self.model.behind());
    }

    /// Folds another log. What was folded is shown until then.
    fn begin_again(&mut self) {
        meters::log_lost();
        self.join();
        let replacement = match self.replacement.take() {
            Some(replacement) => replacement.again(),
            None => Replacement::of(self.model.store()),
        };
        self.projection = Projection::new(Arc::default(), Position::default());
        self.model.lost(replacement.missing() > 0);
        self.model.set_position(Position::default());
        self.kept = Position::default();
        self.first = false;
        if replacement.missing() > 0 {
            tracing::error!("what was there is shown, as stale, until the services have published it again");
            self.replacement = Some(replacement);
        } else {
            self.show(&[]);
        }
        self.measure();
    }

    /// Shows the model that was made aside, if it can take the other one's place.
    fn replace(&mut self) {
        let quiet = QUIET * self.model.stale_after();
        let Some(replacement) = &mut self.replacement else { return };
        if !self.model.has_reached_the_head() || !replacement.may_be(self.projection.store(), quiet) {
            return;
        }
        match replacement.missing() {
            0 => tracing::info!("everything that was in the lost log is back"),
            posts => tracing::error!(posts, "ALARM: of these posts not everything that was in the lost log came back"),
        }
        let keys = self.replacement.take().map(Replacement::keys);
        self.show(&keys.unwrap_or_default());
    }

    fn show(&mut self, keys: &[EventKey]) {
        match self.snapshots.reject() {
            Ok(aside) => tracing::error!(aside = %aside.display(), "the snapshot of the lost log was put aside"),
            Err(error) => tracing::error!(%error, "the snapshot of the lost log cannot be put aside"),
        }
        self.model.show(self.projection.store());
        self.model.applied.clear();
        self.model.applied.note(keys);
        self.model.live.begin(self.projection.position().sequence);
    }

    /// Begins what is due.
    fn tend(&mut self) {
        self.replace();
        if self.cutting.as_ref().is_some_and(JoinHandle::is_finished) {
            self.join();
        }
        if self.cutting.is_some() {
            return;
        }
        // A snapshot comes first: however often a digest is asked for, it is not late.
        if self.replacement.is_none() && self.is_due() {
            self.begin_snapshot();
        } else if !self.digests.is_empty() && Instant::now() >= self.next_digest {
            self.begin_digest();
        }
    }

    fn is_ahead(&self) -> bool {
        let position = self.projection.position();
        position.log.is_some() && position != self.kept
    }

    fn is_due(&self) -> bool {
        let since = self.begun.elapsed();
        let events = self.projection.position().sequence.get().saturating_sub(self.kept.sequence.get());
        let is_first = self.first && self.projection.position().sequence > Sequence::ZERO;
        self.is_ahead() && (is_first || since >= self.rhythm.every || (since >= REST && events >= self.rhythm.events))
    }

    fn begin_snapshot(&mut self) {
        let Some(cut) = self.projection.store().begin_cut() else { return };
        let memo = Memo { position: self.projection.position(), applied: self.model.applied.remembered() };
        let (store, snapshots) = (Arc::clone(self.projection.store()), Arc::clone(&self.snapshots));
        self.begun = Instant::now();
        self.first = false;
        let begun = self.begun;
        self.start("query-snapshot", move || match snapshots.write(&memo, &store, &cut) {
            Ok(Some(bytes)) => {
                meters::snapshot(begun.elapsed(), bytes);
                tracing::debug!(position = %memo.position.sequence, bytes, "a snapshot was written");
                Some(memo.position)
            }
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "a snapshot cannot be written; the next start folds more of the log");
                None
            }
        });
    }

    fn begin_digest(&mut self) {
        let Some(cut) = self.projection.store().begin_cut() else { return };
        let position = self.projection.position();
        let (posts, comments) = self.projection.store().size();
        let (store, askers) = (Arc::clone(self.projection.store()), std::mem::take(&mut self.digests));
        let known = Arc::clone(&self.known);
        self.digesting = Some(Instant::now());
        self.start("query-digest", move || {
            let mut digester = Digester::default();
            let added = store.carry_out(&cut, |id, bytes| {
                digester.add(id, bytes);
                Ok::<_, std::convert::Infallible>(())
            });
            if added != Ok(true) {
                return None;
            }
            let sha256 = hex::encode(digester.finish(position));
            let digest = Digest { log: position.log, position: position.sequence, sha256, posts, comments };
            *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(digest.clone());
            for asker in askers {
                // Ignore a dropped receiver.
                asker.send(digest.clone()).ok();
            }
            None
        });
    }

    fn start(&mut self, name: &str, work: impl FnOnce() -> Option<Position> + Send + 'static) {
        match thread::Builder::new().name(name.to_owned()).spawn(work) {
            Ok(thread) => self.cutting = Some(thread),
            Err(error) => tracing::error!(%error, name, "a thread cannot be started"),
        }
    }

    /// Waits for what goes through the model.
    fn join(&mut self) {
        let ended = self.cutting.take().map(JoinHandle::join);
        if let Some(begun) = self.digesting.take() {
            self.next_digest = Instant::now() + 9 * begun.elapsed();
        }
        match ended {
            Some(Ok(Some(position))) => self.kept = position,
            Some(Ok(None)) | None => {}
            Some(Err(_)) => tracing::error!("a snapshot or digest panicked"),
        }
    }
}
