//! What SQLite is asked about its file and its write-ahead log.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::{Connection, DbError, StoreError};

/// How far the write-ahead log is copied into the database file, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copied {
    /// In the log.
    pub(crate) frames: u64,
    /// Of these, copied.
    pub(crate) copied: u64,
}

impl Copied {
    pub(crate) fn is_all(self) -> bool {
        self.copied >= self.frames
    }
}

#[derive(QueryableByName)]
struct Checkpointed {
    #[diesel(sql_type = Integer)]
    busy: i32,
    #[diesel(sql_type = Integer)]
    log: i32,
    #[diesel(sql_type = Integer, column_name = "checkpointed")]
    copied: i32,
}

/// Copies what is in the write-ahead log into the database file, as far as that makes no one wait.
pub(crate) fn copy_log(connection: &mut Connection) -> Result<Copied, DbError> {
    let row: Checkpointed = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(connection)?;
    let frames = |count: i32| u64::try_from(count).unwrap_or(0);
    Ok(Copied { frames: frames(row.log), copied: frames(row.copied) })
}

/// How many frames of the write-ahead log everyone knows of. It copies nothing.
pub(crate) fn frames(connection: &mut Connection) -> Result<u64, DbError> {
    let row: Checkpointed = diesel::sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(connection)?;
    Ok(u64::try_from(row.log).unwrap_or(0))
}

/// Empties the write-ahead log, which must have been copied. False if a reader still needs it.
pub(crate) fn empty_log(connection: &mut Connection) -> Result<bool, DbError> {
    let row: Checkpointed = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(connection)?;
    Ok(row.busy == 0)
}

/// Begins to read, so that until [`let_log_go`] nothing beyond what is there now is copied, and the log does not begin
/// again.
pub(crate) fn hold_log(connection: &mut Connection) -> Result<(), DbError> {
    connection.batch_execute("BEGIN; SELECT count(*) FROM sqlite_schema")
}

/// Ends what [`hold_log`] began.
pub(crate) fn let_log_go(connection: &mut Connection) -> Result<(), DbError> {
    connection.batch_execute("COMMIT")
}

#[derive(QueryableByName)]
struct PageSize {
    #[diesel(sql_type = Integer)]
    page_size: i32,
}

/// The bytes of a page.
pub(crate) fn page_size(connection: &mut Connection) -> Result<u32, DbError> {
    let row: PageSize = diesel::sql_query("PRAGMA page_size").get_result(connection)?;
    Ok(row.page_size.unsigned_abs())
}

/// The oldest SQLite that is safe here. Those before may damage a database in which one connection checkpoints while
/// another begins the write-ahead log again, which is what a store does all day (<https://sqlite.org/wal.html#walresetbug>).
pub const SAFE_SQLITE: (u32, u32, u32) = (3, 51, 3);

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The version of the SQLite that runs in this process.
///
/// # Errors
/// If it cannot be asked, or answers with no version.
pub fn sqlite_version() -> Result<(u32, u32, u32), StoreError> {
    let asked = || StoreError::Database("SQLite does not say its version".to_owned());
    let mut connection = <Connection as diesel::Connection>::establish(":memory:").map_err(|_| asked())?;
    let row: Version = diesel::sql_query("SELECT sqlite_version() AS version").get_result(&mut connection)?;
    let mut parts = row.version.split('.').map(|part| part.parse().ok());
    let mut next = || parts.next().flatten().ok_or_else(asked);
    Ok((next()?, next()?, next()?))
}

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Text)]
    owner: String,
}

/// The table or index that a page belongs to, as far as a damaged file lets that be found out.
pub(crate) fn owner_of(connection: &mut Connection, page: u32) -> String {
    let query = "SELECT CASE WHEN s.type = 'index' THEN 'index ' || s.name || ' of table ' || s.tbl_name \
                 ELSE 'table ' || d.name END AS owner \
                 FROM dbstat AS d LEFT JOIN sqlite_schema AS s ON s.name = d.name WHERE d.pageno = ?";
    match diesel::sql_query(query).bind::<BigInt, _>(i64::from(page)).get_result::<Owner>(connection) {
        Ok(row) => row.owner,
        Err(DbError::NotFound) => "no table: the page is free".to_owned(),
        Err(_) => "a table that cannot be told, since the file cannot be walked".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_sqlite_that_runs_is_a_safe_one() {
        let version = sqlite_version().unwrap();
        assert!(version >= SAFE_SQLITE, "{version:?}");
    }
}
