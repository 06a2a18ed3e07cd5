//! The read model with all that belongs to it, as requests see it: cheap to clone, always there.
//!
//! Whether it is ready, and whether it is stale, are two questions. It is ready once it has reached the head that the
//! log had when the stream was opened; or, if the bus cannot be reached, once it has been waited for long enough and
//! there is a snapshot. It is stale while it has not been up with the log for longer than the setting allows. Being
//! ready is for good; only the loss of the log takes it back, for then there is nothing to show yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use chassis::ops::Readiness;
use contract::Sequence;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::applied::Applied;
use crate::canonical::Position;
use crate::desk::Desk;
use crate::live::Live;
use crate::store::Store;

/// What readiness waits for.
pub const CONDITION: &str = "log";
/// How long a text that is read for the first time may wait for its turn to be rendered.
const RENDER_PATIENCE: Duration = Duration::from_secs(5);

/// The read model.
#[derive(Debug, Clone)]
pub struct Model {
    /// Posts and comments.
    pub store: Arc<Store>,
    /// Who listens.
    pub live: Live,
    /// Where texts are rendered.
    pub desk: Desk,
    /// Which events have been applied.
    pub applied: Arc<Applied>,
    /// Whether it may be read.
    pub ready: Readiness,
    position: watch::Sender<Position>,
    link: Arc<Mutex<Link>>,
    stale_after: Duration,
}

/// How things stand with the bus.
#[derive(Debug)]
struct Link {
    /// Counts connections, so that what one of them said is not taken for the word of the next.
    connection: u64,
    /// The log's last sequence when the stream was opened.
    head: Sequence,
    /// Since when the bus cannot be reached.
    away: Option<Instant>,
    /// Since when the model has not been up with the log.
    behind: Option<Instant>,
}

impl Model {
    /// An empty model that has not spoken with a bus.
    pub fn new(listeners: usize, stale_after: Duration) -> Self {
        let now = Some(Instant::now());
        // Half of the processors: the rest is for those who read and for the fold.
        let desk = Desk::new(thread::available_parallelism().map_or(1, usize::from) / 2, RENDER_PATIENCE);
        Self {
            store: Arc::default(),
            live: Live::new(listeners, desk.clone()),
            desk,
            applied: Arc::default(),
            ready: Readiness::new(&[CONDITION]),
            position: watch::Sender::new(Position::default()),
            link: Arc::new(Mutex::new(Link { connection: 0, head: Sequence::ZERO, away: now, behind: now })),
            stale_after,
        }
    }

    /// How far it is.
    pub fn position(&self) -> Position {
        *self.position.borrow()
    }

    /// Tells whenever it has come further.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.position.subscribe()
    }

    /// It has come so far.
    pub fn set_position(&self, position: Position) {
        self.position.send_replace(position);
    }

    /// How many events are known to be ahead of it.
    pub fn behind(&self) -> u64 {
        self.link().head.get().saturating_sub(self.position().sequence.get())
    }

    /// The stream is open. What is given back names the connection.
    pub fn opened(&self, head: Sequence) -> u64 {
        let mut link = self.link();
        link.connection += 1;
        link.head = head;
        link.away = None;
        link.connection
    }

    /// This connection has brought everything up to the head.
    pub fn caught_up(&self, connection: u64) {
        let mut link = self.link();
        if link.connection == connection && link.away.is_none() {
            link.behind = None;
            drop(link);
            self.ready.set(CONDITION, true);
        }
    }

    /// The bus cannot be reached.
    pub fn away(&self) {
        let mut link = self.link();
        let now = Instant::now();
        link.away.get_or_insert(now);
        link.behind.get_or_insert(now);
    }

    /// When the bus will have been out of reach for too long; `None` while it is there.
    pub fn waits_until(&self) -> Option<Instant> {
        self.link().away.map(|since| since + self.stale_after)
    }

    /// The log is another: nothing of this model is worth anything.
    pub fn lost(&self) {
        self.ready.set(CONDITION, false);
        let mut link = self.link();
        // The other log's is not known yet.
        link.head = Sequence::ZERO;
        link.behind.get_or_insert(Instant::now());
    }

    /// Has it not been up with the log for too long?
    pub fn is_stale(&self) -> bool {
        self.link().behind.is_some_and(|since| since.elapsed() >= self.stale_after)
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
