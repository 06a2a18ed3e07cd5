//! Savepoints as statements that are prepared once for each connection.
//!
//! Every command of a group has one, every event of a pushed batch too. The transaction manager would spell them anew
//! each time, and SQLite read them anew. All have one name: in SQLite a savepoint hides those of the same name below it
//! until it is released, so they nest as calls do.

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

fixed!(Begin, "SAVEPOINT command");
fixed!(Release, "RELEASE command");
fixed!(TakeBack, "ROLLBACK TO command");

/// Begins one inside the transaction.
///
/// # Errors
/// If the database fails; then so must the transaction.
pub(crate) fn begin(connection: &mut Connection) -> Result<(), DbError> {
    Begin.execute(connection).map(drop)
}

/// Keeps what was done since the latest one.
///
/// # Errors
/// If the database fails; then so must the transaction.
pub(crate) fn release(connection: &mut Connection) -> Result<(), DbError> {
    Release.execute(connection).map(drop)
}

/// Undoes what was done since the latest one, and ends it.
///
/// # Errors
/// If the database fails, or has ended the transaction by itself; then so must the transaction.
pub(crate) fn take_back(connection: &mut Connection) -> Result<(), DbError> {
    TakeBack.execute(connection)?;
    release(connection)
}
