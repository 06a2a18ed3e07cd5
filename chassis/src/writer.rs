//! The one thread that writes: it takes what has queued up, runs each command in a savepoint, commits once, answers all.
//!
//! What a command asks to be done after the commit ([`Tx::after_commit`]) runs on this thread, in the order of the
//! commits and before any answer: that is how a log hands new entries to its readers in order.

mod job;
mod lost;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Envelope, EventId, LogId, Sequence};
use diesel::connection::TransactionManager;
use tokio::sync::mpsc;

pub(crate) use self::job::{Job, Write};
use self::lost::Lost;
use crate::checkpoint::{Checkpointer, Turn};
use crate::damage::Alarm;
use crate::mark::MarkFile;
use crate::outbox::{self, Backlog};
use crate::savepoint::Scope;
use crate::store::{Connection, DbError, StoreError, file, position};
use crate::{inbox, measure, pages, savepoint};

type Manager = <Connection as diesel::Connection>::TransactionManager;

/// A group is closed at this many commands, or when it has run this long: those behind it must not starve.
const GROUP: usize = 512;
const GROUP_TIME: Duration = Duration::from_millis(25);

/// Why a write did not happen. Nothing of it was kept, unless the store itself says that it does not know
/// ([`StoreError::Unknown`]).
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The command itself said no.
    #[error("refused")]
    Refused(E),
    /// Too many commands are waiting.
    #[error("too many writes are waiting")]
    Overloaded,
    /// Too many bytes wait for the bus.
    #[error("the outbox is full: the bus has been away for too long")]
    OutboxFull,
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl<E> From<DbError> for WriteError<E> {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl<E> WriteError<E> {
    /// The same error with another refusal type.
    pub fn map<F>(self, refusal: impl FnOnce(E) -> F) -> WriteError<F> {
        match self {
            Self::Refused(e) => WriteError::Refused(refusal(e)),
            Self::Overloaded => WriteError::Overloaded,
            Self::OutboxFull => WriteError::OutboxFull,
            Self::Failed(e) => WriteError::Failed(e),
        }
    }
}

impl WriteError<std::convert::Infallible> {
    /// For commands that never say no, where nobody is there to be told to come again.
    pub fn into_store_error(self) -> StoreError {
        match self {
            Self::Failed(error) => error,
            Self::Overloaded | Self::OutboxFull => StoreError::Busy,
        }
    }
}

/// What a command writes with: the connection inside the group's transaction, and what to say and do once it is
/// committed.
pub struct Tx<'a> {
    connection: &'a mut Connection,
    backlog: &'a Backlog,
    alarm: &'a Alarm,
    said_bytes: u64,
    outbox_full: bool,
    log_older: bool,
    after: Vec<Box<dyn FnOnce() + Send>>,
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("said_bytes", &self.said_bytes).finish_non_exhaustive()
    }
}

impl Tx<'_> {
    /// The connection, inside the transaction.
    pub fn connection(&mut self) -> &mut Connection {
        self.connection
    }

    /// Puts an event into the outbox, in this transaction. An event that was said before (same id) is not said again;
    /// the answer tells whether it was new.
    ///
    /// # Errors
    /// If the database fails, or the outbox is full (the write is then answered with [`WriteError::OutboxFull`]), or the
    /// bus's log is an older one ([`StoreError::LogOlder`]).
    pub fn say(&mut self, event: &Envelope) -> Result<bool, DbError> {
        if self.backlog.standing().is_older() {
            self.log_older = true;
            return Err(DbError::RollbackTransaction);
        }
        let body = event.to_json();
        let bytes = body.len() as u64;
        if !self.backlog.has_room_for(self.said_bytes + bytes) {
            self.outbox_full = true;
            return Err(DbError::RollbackTransaction);
        }
        let new = outbox::put(self.connection, event, &body)?;
        if new {
            self.said_bytes += bytes;
        }
        Ok(new)
    }

    /// Keeps an event of this service that comes back from the log, as one that was sent: should the log be lost one day,
    /// it is published again with all others.
    ///
    /// # Errors
    /// If the database fails.
    pub fn keep(&mut self, event: &Envelope) -> Result<(), DbError> {
        let event = Envelope { sequence: None, ..event.clone() };
        outbox::keep(self.connection, &event, &event.to_json()).map(drop)
    }

    /// Whether an event was applied here before it came from this log: a lost log is filled again with what was in it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn heard_elsewhere(&mut self, log: LogId, event: &EventId) -> Result<bool, DbError> {
        inbox::has_from_another(self.connection, log, event)
    }

    /// Notes that an event was applied here. False if it was noted before: then it must not be applied again.
    ///
    /// # Errors
    /// If the database fails.
    pub fn heard(&mut self, log: LogId, sequence: Sequence, event: &EventId) -> Result<bool, DbError> {
        inbox::note(self.connection, log, sequence, event)
    }

    /// Does something once the commit is on disk; forgotten if the command or the commit fails.
    pub fn after_commit(&mut self, action: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(action));
    }

    /// Runs a part of the command that may fail by itself: on an error its changes are taken back, the rest stays.
    ///
    /// # Errors
    /// Whatever `part` fails with; or the database's own failure, after which the whole command must fail.
    pub fn savepoint<T, E: From<DbError>>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.within(Scope::Part, part)
    }

    fn within<T, E: From<DbError>>(
        &mut self,
        scope: Scope,
        part: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let (after, said) = (self.after.len(), self.said_bytes);
        savepoint::begin(self.connection, scope)?;
        match part(self) {
            Ok(value) => {
                savepoint::release(self.connection, scope)?;
                Ok(value)
            }
            Err(error) => {
                self.after.truncate(after);
                self.said_bytes = said;
                savepoint::take_back(self.connection, scope)?;
                Err(error)
            }
        }
    }
}

/// The writer thread's state.
pub(crate) struct Writer {
    /// None after a lost group, until a new connection can be opened.
    connection: Option<Connection>,
    connect: Box<dyn Fn() -> Result<Connection, StoreError> + Send>,
    queue: mpsc::Receiver<Box<dyn Job>>,
    backlog: Arc<Backlog>,
    place: Place,
    metrics: measure::StoreMetrics,
}

/// What notes how far the writer has come, and what follows it.
pub(crate) struct Place {
    pub(crate) turn: Arc<Turn>,
    pub(crate) mark: MarkFile,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) alarm: Arc<Alarm>,
    /// The file of the write-ahead log.
    pub(crate) log: PathBuf,
}

impl Writer {
    pub(crate) fn new(
        name: &str,
        connection: Connection,
        connect: Box<dyn Fn() -> Result<Connection, StoreError> + Send>,
        queue: mpsc::Receiver<Box<dyn Job>>,
        backlog: Arc<Backlog>,
        place: Place,
    ) -> Self {
        Self { connection: Some(connection), connect, queue, backlog, place, metrics: measure::StoreMetrics::new(name) }
    }

    /// Runs until every handle on the store is gone and the queue is empty.
    pub(crate) fn run(mut self) {
        let mut group = Vec::with_capacity(GROUP);
        while let Some(first) = self.queue.blocking_recv() {
            let outcome = self.group(first, &mut group);
            for job in group.drain(..) {
                job.answer(outcome.as_ref().err());
            }
        }
        if let Err(error) = self.place.mark.sync() {
            tracing::warn!(%error, "the mark was not brought to the disk");
        }
        let pages = self.place.checkpointer.end();
        drop(self.connection);
        drop(pages);
    }

    /// Runs and commits one group. On an error none of it is acknowledged, and the connection is given up: closing it
    /// takes back whatever state a failed statement left (a full disk may have ended the transaction under our feet, and
    /// what ran after it would be committed by itself).
    fn group(&mut self, first: Box<dyn Job>, group: &mut Vec<Box<dyn Job>>) -> Result<(), StoreError> {
        group.push(first);
        let turn = Arc::clone(&self.place.turn);
        let mut position = turn.take();
        let mut connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let mut connection = (self.connect)()?;
            *position = position::of(&mut connection)?.position.max(*position);
            connection
        };
        match self.run_group(&mut connection, group, &mut position) {
            Ok(()) => {
                self.connection = Some(connection);
                Ok(())
            }
            Err(Lost { error, may_be_kept }) => {
                drop(connection);
                self.metrics.failed();
                self.place.alarm.met(&error);
                let known = !may_be_kept || self.surely_gone(&mut position);
                tracing::error!(
                    %error, commands = group.len(), surely_gone = known,
                    "a group of writes was lost; none was acknowledged"
                );
                Err(if known { error } else { StoreError::Unknown(error.to_string()) })
            }
        }
    }

    /// Makes sure that nothing of a group is on the disk whose commit failed. It is, if the log has no end of a
    /// transaction behind what everyone knows of; else another commit takes its place there. Frames are chained by
    /// their checksums, so what is left of the lost group behind that one is no longer part of the log.
    fn surely_gone(&mut self, position: &mut i64) -> bool {
        match self.overwrite(*position) {
            Ok((connection, now)) => {
                if now > *position {
                    *position = now;
                    self.place.mark.write(now);
                }
                self.connection = Some(connection);
                true
            }
            Err(error) => {
                tracing::error!(%error, "whether the lost group is on the disk cannot be found out");
                false
            }
        }
    }

    fn overwrite(&self, position: i64) -> Result<(Connection, i64), StoreError> {
        let mut connection = (self.connect)()?;
        if position::of(&mut connection)?.position != position {
            return Err(StoreError::Unknown("it is in the database".to_owned()));
        }
        let frames = file::frames(&mut connection)?;
        let left = pages::is_ended_behind(&self.place.log, frames);
        if !left.map_err(|e| StoreError::Unwritable(e.to_string()))? {
            return Ok((connection, position));
        }
        Manager::begin_transaction(&mut connection)?;
        // One more than the lost group's: so the two can be told apart.
        position::put(&mut connection, position + 2)?;
        Manager::commit_transaction(&mut connection)?;
        Ok((connection, position + 2))
    }

    fn run_group(
        &mut self,
        connection: &mut Connection,
        group: &mut Vec<Box<dyn Job>>,
        position: &mut i64,
    ) -> Result<(), Lost> {
        let started = Instant::now();
        let mut tx = Tx {
            connection,
            backlog: &self.backlog,
            alarm: &self.place.alarm,
            said_bytes: 0,
            outbox_full: false,
            log_older: false,
            after: Vec::new(),
        };
        Manager::begin_transaction(tx.connection)?;
        let before = position::changes(tx.connection)?;
        let mut index = 0;
        while let Some(job) = group.get_mut(index) {
            match tx.within(Scope::Command, |tx| job.run(tx)) {
                Ok(()) | Err(DbError::RollbackTransaction) => {}
                Err(error) => return Err(error.into()),
            }
            (tx.outbox_full, tx.log_older) = (false, false);
            index += 1;
            if index < GROUP && started.elapsed() < GROUP_TIME {
                group.extend(self.queue.try_recv().ok());
            }
        }
        let Tx { connection, after, said_bytes, .. } = tx;
        // A group that changes nothing needs no flush, and raises nothing.
        let raised = position::changes(connection)? > before;
        if raised {
            position::put(connection, *position + 1)?;
        }
        let committing = Instant::now();
        Manager::commit_transaction(connection).map_err(Lost::by_commit)?;
        if raised {
            *position += 1;
            self.place.mark.write(*position);
        }
        self.metrics.committed(group.len(), committing.elapsed());
        self.place.checkpointer.written();
        for action in after {
            if catch_unwind(AssertUnwindSafe(action)).is_err() {
                tracing::error!("an action after a commit panicked");
            }
        }
        if said_bytes > 0 {
            self.backlog.add(said_bytes);
        }
        Ok(())
    }
}
