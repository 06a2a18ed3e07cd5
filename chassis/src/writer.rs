//! The one thread that writes: it takes what has queued up, runs each command in a savepoint, commits once, answers all.
//!
//! What a command asks to be done after the commit ([`Tx::after_commit`]) runs on this thread, in the order of the
//! commits and before any answer: that is how a log hands new entries to its readers in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Envelope, EventId, LogId, Sequence};
use diesel::connection::TransactionManager;
use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::Checkpointer;
use crate::outbox::{self, Backlog};
use crate::savepoint::Scope;
use crate::store::{Connection, DbError, StoreError};
use crate::{inbox, measure, savepoint};

type Manager = <Connection as diesel::Connection>::TransactionManager;

/// A group is closed at this many commands, or when it has run this long: those behind it must not starve.
const GROUP: usize = 512;
const GROUP_TIME: Duration = Duration::from_millis(25);

/// Why a write did not happen. In every case nothing of it was kept.
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
            Self::Overloaded | Self::OutboxFull => StoreError::Database(self.to_string()),
        }
    }
}

/// What a command writes with: the connection inside the group's transaction, and what to say and do once it is
/// committed.
pub struct Tx<'a> {
    connection: &'a mut Connection,
    backlog: &'a Backlog,
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

/// One queued command with the place for its answer.
pub(crate) trait Job: Send {
    /// Runs the command; an error says that its changes must be taken back.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError>;
    /// Answers the caller: with the command's own result, or with why the group was lost.
    fn answer(self: Box<Self>, lost: Option<&StoreError>);
}

type Reply<T, E> = oneshot::Sender<Result<T, WriteError<E>>>;

/// The [`Job`] made of a closure.
pub(crate) struct Write<F, T, E> {
    command: Option<F>,
    result: Option<Result<T, WriteError<E>>>,
    reply: Reply<T, E>,
}

impl<F, T, E> Write<F, T, E> {
    pub(crate) fn new(command: F, reply: Reply<T, E>) -> Self {
        Self { command: Some(command), result: None, reply }
    }
}

impl<F, T, E> Job for Write<F, T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, WriteError<E>> + Send,
    T: Send,
    E: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        let Some(command) = self.command.take() else { return Ok(()) };
        let result =
            catch_unwind(AssertUnwindSafe(|| command(tx))).unwrap_or(Err(WriteError::Failed(StoreError::Panicked)));
        let result = if tx.outbox_full { Err(WriteError::OutboxFull) } else { result };
        let result = if tx.log_older { Err(WriteError::Failed(StoreError::LogOlder)) } else { result };
        let outcome = if result.is_ok() { Ok(()) } else { Err(DbError::RollbackTransaction) };
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, lost: Option<&StoreError>) {
        let result = match (self.result, lost) {
            (Some(Ok(_)) | None, Some(error)) => Err(WriteError::Failed(error.clone())),
            (Some(result), _) => result,
            (None, None) => Err(WriteError::Failed(StoreError::Closed)),
        };
        // A caller that has gone away does not mind.
        drop(self.reply.send(result));
    }
}

/// The writer thread's state.
pub(crate) struct Writer {
    /// None after a lost group, until a new connection can be opened.
    connection: Option<Connection>,
    connect: Box<dyn Fn() -> Result<Connection, StoreError> + Send>,
    queue: mpsc::Receiver<Box<dyn Job>>,
    backlog: Arc<Backlog>,
    checkpointer: Checkpointer,
    metrics: measure::StoreMetrics,
}

impl Writer {
    pub(crate) fn new(
        name: &str,
        connection: Connection,
        connect: Box<dyn Fn() -> Result<Connection, StoreError> + Send>,
        queue: mpsc::Receiver<Box<dyn Job>>,
        backlog: Arc<Backlog>,
        checkpointer: Checkpointer,
    ) -> Self {
        Self {
            connection: Some(connection),
            connect,
            queue,
            backlog,
            checkpointer,
            metrics: measure::StoreMetrics::new(name),
        }
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
        self.checkpointer.end();
    }

    /// Runs and commits one group. On an error nothing of it holds, and the connection is given up: closing it takes
    /// back whatever state a failed statement left (a full disk may have ended the transaction under our feet, and
    /// what ran after it would be committed by itself).
    fn group(&mut self, first: Box<dyn Job>, group: &mut Vec<Box<dyn Job>>) -> Result<(), StoreError> {
        group.push(first);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => (self.connect)()?,
        };
        match self.run_group(&mut connection, group) {
            Ok(()) => {
                self.connection = Some(connection);
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, commands = group.len(), "a group of writes was lost; none was acknowledged");
                self.metrics.failed();
                Err(error.into())
            }
        }
    }

    fn run_group(&mut self, connection: &mut Connection, group: &mut Vec<Box<dyn Job>>) -> Result<(), DbError> {
        let started = Instant::now();
        let mut tx = Tx {
            connection,
            backlog: &self.backlog,
            said_bytes: 0,
            outbox_full: false,
            log_older: false,
            after: Vec::new(),
        };
        Manager::begin_transaction(tx.connection)?;
        let mut index = 0;
        while let Some(job) = group.get_mut(index) {
            match tx.within(Scope::Command, |tx| job.run(tx)) {
                Ok(()) | Err(DbError::RollbackTransaction) => {}
                Err(error) => return Err(error),
            }
            (tx.outbox_full, tx.log_older) = (false, false);
            index += 1;
            if index < GROUP && started.elapsed() < GROUP_TIME {
                group.extend(self.queue.try_recv().ok());
            }
        }
        let Tx { connection, after, said_bytes, .. } = tx;
        let committing = Instant::now();
        Manager::commit_transaction(connection)?;
        self.metrics.committed(group.len(), committing.elapsed());
        self.checkpointer.written();
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
