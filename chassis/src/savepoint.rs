//! Savepoints as statements that are prepared once for each connection.
//!
//! Every command of a group has one, every event of a pushed batch too. The transaction manager would spell them anew
//! each time, and SQLite read them anew. There are two names, one for commands and one for their parts: in SQLite a
//! savepoint hides those of the same name below it, so parts nest as calls do, and taking back a command takes back every
//! part of it, also one that was left open by a panic.

use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sqlite::Sqlite;
use diesel::{QueryId, RunQueryDsl};

use crate::store::{Connection, DbError};

/// A statement without values.
macro_rules! fixed {
    ($name:ident, $sql:literal) => {
        #[derive(Debug, Clone, Copy, QueryId)]
        struct $name;

        impl QueryFragment<Sqlite> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                out.push_sql($sql);
                Ok(())
            }
        }

        impl RunQueryDsl<Connection> for $name {}
    };
}

fixed!(BeginCommand, "SAVEPOINT command");
fixed!(ReleaseCommand, "RELEASE command");
fixed!(TakeBackCommand, "ROLLBACK TO command");
fixed!(BeginPart, "SAVEPOINT part");
fixed!(ReleasePart, "RELEASE part");
fixed!(TakeBackPart, "ROLLBACK TO part");

/// What a savepoint can take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A command of a group, with everything below it.
    Command,
    /// A part of a command.
    Part,
}

/// Begins one inside the transaction.
///
/// # Errors
/// If the database fails; then so must the transaction.
pub(crate) fn begin(connection: &mut Connection, scope: Scope) -> Result<(), DbError> {
    match scope {
        Scope::Command => BeginCommand.execute(connection).map(drop),
        Scope::Part => BeginPart.execute(connection).map(drop),
    }
}

/// Keeps what was done since the latest one.
///
/// # Errors
/// If the database fails; then so must the transaction.
pub(crate) fn release(connection: &mut Connection, scope: Scope) -> Result<(), DbError> {
    match scope {
        Scope::Command => ReleaseCommand.execute(connection).map(drop),
        Scope::Part => ReleasePart.execute(connection).map(drop),
    }
}

/// Undoes what was done since the latest one, and ends it.
///
/// # Errors
/// If the database fails, or has ended the transaction by itself; then so must the transaction.
pub(crate) fn take_back(connection: &mut Connection, scope: Scope) -> Result<(), DbError> {
    match scope {
        Scope::Command => TakeBackCommand.execute(connection)?,
        Scope::Part => TakeBackPart.execute(connection)?,
    };
    release(connection, scope)
}
