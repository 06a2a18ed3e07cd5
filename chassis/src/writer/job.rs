//! A command in the writer's queue: run in a group, answered after its commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::{Tx, WriteError};
use crate::store::{DbError, StoreError};

/// One queued command with the place for its answer.
pub(crate) trait Job: Send {
    /// Runs the command; an error says that its changes must be taken back.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError>;
    /// Answers the caller: with the command's own result, or with why the group was lost.
    fn answer(self: Box<Self>, lost: Option<&StoreError>);
}

/// Where the answer goes.
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
        if let Err(WriteError::Failed(error)) = &result {
            tx.alarm.met(error);
        }
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
