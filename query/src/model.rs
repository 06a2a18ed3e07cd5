//! The read model with all that belongs to it, as requests see it: cheap to clone, always there.
//!
//! Whether it is ready, and whether it is stale, are two questions. It is ready once it has reached the head that the
//! log had when the stream was opened; or, if the bus cannot be reached, once it has been waited for long enough and
//! there is a snapshot. It is stale while it has not been up with the log for longer than the setting allows. Being
//! ready is for good; only the loss of the log takes it back, where there is nothing to show meanwhile
//! ([`crate::replacement`]).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
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
    shelf: Shelf,
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
    /// Whether the model of a lost log is shown, while that of the present one is being made.
    aside: bool,
    /// Whether the present connection has brought everything up to the head.
    reached: bool,
}

/// Where readers find posts and comments: another model may take the place of the one that is shown. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<RwLock<Arc<Store>>>);

impl Shelf {
    /// What is shown now.
    pub fn store(&self) -> Arc<Store> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, store: &Arc<Store>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(store);
    }
}

impl Model {
    /// An empty model that has not spoken with a bus.
    pub fn new(listeners: usize, stale_after: Duration) -> Self {
        let now = Some(Instant::now());
        // Half of the processors: the rest is for those who read and for the fold.
        let desk = Desk::new(thread::available_parallelism().map_or(1, usize::from) / 2, RENDER_PATIENCE);
        Self {
            shelf: Shelf::default(),
            live: Live::new(listeners, desk.clone()),
            desk,
            applied: Arc::default(),
            ready: Readiness::new(&[CONDITION]),
            position: watch::Sender::new(Position::default()),
            link: Arc::new(Mutex::new(Link {
                connection: 0,
                head: Sequence::ZERO,
                away: now,
                behind: now,
                aside: false,
                reached: false,
            })),
            stale_after,
        }
    }

    /// Posts and comments, as they are shown.
    pub fn store(&self) -> Arc<Store> {
        self.shelf.store()
    }

    /// Where they are found also after another model has taken their place.
    pub const fn shelf(&self) -> &Shelf {
        &self.shelf
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
        link.reached = false;
        link.connection
    }

    /// This connection has brought everything up to the head.
    pub fn caught_up(&self, connection: u64) {
        let mut link = self.link();
        if link.connection == connection && link.away.is_none() {
            link.reached = true;
            if link.aside {
                return;
            }
            link.behind = None;
            drop(link);
            self.ready.set(CONDITION, true);
        }
    }

    /// Whether the bus is there, and has brought everything up to the head.
    pub fn has_reached_the_head(&self) -> bool {
        let link = self.link();
        link.reached && link.away.is_none()
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

    /// The log is another. `aside`: what is shown goes on being shown, as stale, until [`Self::show`]; otherwise there is
    /// nothing to show.
    pub fn lost(&self, aside: bool) {
        self.ready.set(CONDITION, aside);
        let mut link = self.link();
        (link.aside, link.reached) = (aside, false);
        // The other log's is not known yet.
        link.head = Sequence::ZERO;
        link.behind.get_or_insert(Instant::now());
    }

    /// Shows this model from now on. It is up with the log if the head has been reached.
    pub fn show(&self, store: &Arc<Store>) {
        self.shelf.put(store);
        let mut link = self.link();
        if std::mem::take(&mut link.aside) && link.reached && link.away.is_none() {
            link.behind = None;
        }
    }

    /// After so long without the bus the model is stale.
    pub const fn stale_after(&self) -> Duration {
        self.stale_after
    }

    /// Has it not been up with the log for too long?
    pub fn is_stale(&self) -> bool {
        let link = self.link();
        link.aside || link.behind.is_some_and(|since| since.elapsed() >= self.stale_after)
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
