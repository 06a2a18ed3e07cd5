//! Moves what was committed from the write-ahead log into the database file, beside the writer and not in its way, and
//! checks the file's pages.
//!
//! SQLite would let the commit that fills the log do the copying, and everyone behind that commit would wait for it and
//! its flushes. Here a thread of its own does a little of it every second in which something was written, makes the
//! checksums of what was copied ([`crate::pages`]), and looks through a little of the file. It makes the writer wait in
//! two cases only: where the log has grown large, for it begins again only once all of it is copied; and when nothing
//! was written for some seconds, and at the end, to empty the log. What is not in the log cannot be lost with it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::damage::Alarm;
use crate::mark::Mark;
use crate::pages::{DamagedPage, Pages};
use crate::store::file::{self, Copied};
use crate::store::{Connection, DbError};

const EVERY: Duration = Duration::from_secs(1);

/// After this many seconds without a commit the log is emptied.
const IDLE: u32 = 3;

/// A log of this many frames is copied to its end, however much is being written.
const LARGE: u64 = 16_000;

/// So much is checked before the store is used.
const AT_START: u64 = 32 << 20;

/// The writer's turn, and how far the database has come. Whoever holds it is alone with the log's end.
#[derive(Debug)]
pub(crate) struct Turn {
    position: Mutex<i64>,
    database: Uuid,
    wanted: AtomicBool,
}

impl Turn {
    pub(crate) fn new(mark: Mark) -> Self {
        Self { position: Mutex::new(mark.position), database: mark.database, wanted: AtomicBool::new(false) }
    }

    /// For the writer, group by group.
    pub(crate) fn take(&self) -> MutexGuard<'_, i64> {
        if self.wanted.load(Ordering::Relaxed) {
            // A lock that is taken again at once is not handed on.
            std::thread::sleep(Duration::from_millis(1));
        }
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_from_the_writer(&self) -> MutexGuard<'_, i64> {
        self.wanted.store(true, Ordering::Relaxed);
        let position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        self.wanted.store(false, Ordering::Relaxed);
        position
    }
}

/// What the thread works with.
pub(crate) struct Work {
    pub(crate) service: String,
    /// Copies; it waits for readers for a moment only.
    pub(crate) connection: Connection,
    /// Holds the log while sums are made.
    pub(crate) holder: Connection,
    pub(crate) pages: Pages,
    pub(crate) turn: Arc<Turn>,
    pub(crate) alarm: Arc<Alarm>,
    /// Bytes that are checked in a second.
    pub(crate) check_rate: u64,
    pub(crate) check_every: Duration,
}

/// Why a round was not done; the next one tries again.
#[derive(Debug, thiserror::Error)]
enum Undone {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error("checksums: {0}")]
    Sums(#[from] io::Error),
}

/// The thread, owned by the writer's.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    written: Arc<AtomicBool>,
    stop: mpsc::Sender<()>,
    thread: JoinHandle<Pages>,
}

impl Checkpointer {
    /// Checks the beginning of the file, and starts the thread.
    pub(crate) fn start(mut work: Work) -> io::Result<Self> {
        // Whatever a kill has left in the log is copied and emptied like what was written just now.
        let written = Arc::new(AtomicBool::new(true));
        let (stop, stopped) = mpsc::channel();
        work.check(AT_START);
        let seen = Arc::clone(&written);
        let thread = std::thread::Builder::new()
            .name(format!("{}-checkpoint", work.service))
            .spawn(move || work.run(&seen, &stopped))?;
        Ok(Self { written, stop, thread })
    }

    /// Something was committed.
    pub(crate) fn written(&self) {
        self.written.store(true, Ordering::Relaxed);
    }

    /// Copies what is left, ends the thread and closes its connections. What it gives back has the database file open,
    /// and is to be dropped after the last connection.
    pub(crate) fn end(self) -> Option<Pages> {
        drop(self.stop);
        let ended = self.thread.join();
        if ended.is_err() {
            tracing::error!("the checkpointer panicked");
        }
        ended.ok()
    }
}

impl Work {
    fn run(mut self, written: &AtomicBool, stopped: &mpsc::Receiver<()>) -> Pages {
        let mut quiet = 0;
        let mut emptied = false;
        let mut round_begins = Instant::now();
        while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            let result = if written.swap(false, Ordering::Relaxed) {
                (quiet, emptied) = (0, false);
                self.copy()
            } else {
                quiet += 1;
                if quiet >= IDLE && !emptied { self.copy_all(true).map(|empty| emptied = empty) } else { Ok(()) }
            };
            if let Err(error) = result {
                let service = &*self.service;
                tracing::warn!(service, %error, "the write-ahead log was not copied; trying again");
                written.store(true, Ordering::Relaxed);
            }
            if !self.pages.came_round() || round_begins <= Instant::now() {
                if self.pages.came_round() {
                    round_begins = Instant::now() + self.check_every;
                }
                self.check(self.check_rate);
            }
        }
        if let Err(error) = self.copy_all(true) {
            tracing::warn!(service = self.service, %error, "the write-ahead log was not emptied at the end");
        }
        self.pages
    }

    /// Copies what there is, beside the writer.
    fn copy(&mut self) -> Result<(), Undone> {
        file::hold_log(&mut self.holder)?;
        let copied = self.copy_and_sum();
        let let_go = file::let_log_go(&mut self.holder);
        let copied = copied?;
        let_go?;
        if copied.frames >= LARGE && !copied.is_all() {
            self.copy_all(false)?;
        }
        Ok(())
    }

    fn copy_and_sum(&mut self) -> Result<Copied, Undone> {
        let before = self.pages.log()?;
        let copied = file::copy_log(&mut self.connection)?;
        // Where all was copied before, nothing holds the log: it may begin again at any moment.
        if self.pages.log()? == before {
            self.pages.copied(copied.copied)?;
        }
        self.pages.save(None)?;
        Ok(copied)
    }

    /// Copies all there is while the writer waits. True if the log is empty then, which readers may prevent for a while.
    fn copy_all(&mut self, empty: bool) -> Result<bool, Undone> {
        let turn = Arc::clone(&self.turn);
        let position = turn.take_from_the_writer();
        let copied = file::copy_log(&mut self.connection)?;
        self.pages.copied(copied.copied)?;
        if !copied.is_all() {
            self.pages.save(None)?;
            return Ok(false);
        }
        self.pages.save(Some(Mark { database: turn.database, position: *position }))?;
        Ok(empty && file::empty_log(&mut self.connection)?)
    }

    fn check(&mut self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        match self.pages.check(bytes) {
            Ok(damaged) => {
                for DamagedPage(page) in damaged {
                    let connection = &mut self.connection;
                    self.alarm.page(page, || file::owner_of(connection, page));
                }
                if let Err(error) = self.pages.save(None) {
                    tracing::warn!(service = self.service, %error, "checksums of pages cannot be kept");
                }
            }
            Err(error) => tracing::warn!(service = self.service, %error, "the database file cannot be checked"),
        }
    }
}
