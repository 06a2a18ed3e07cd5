//! What can go wrong with a database, by kind: each is answered differently.

use diesel::result::{DatabaseErrorKind, Error};

use super::DbError;

/// Why the database could not be opened, read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the folder.
    #[error("{0} is in use by another process: stop it, choose another --data-dir, or wait longer (--lock-timeout)")]
    Locked(String),
    /// The process was asked to end while it waited for the folder.
    #[error("asked to end while {0} was in use by another process")]
    Stopped(String),
    /// The folder or a file in it cannot be used.
    #[error("cannot use {path}: {reason}")]
    Folder {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// The tables could not be brought to this version's shape.
    #[error("cannot migrate {path}: {reason}")]
    Migration {
        /// The database file.
        path: String,
        /// What went wrong.
        reason: String,
    },
    /// The database lacks what was acknowledged, or is another one.
    #[error(transparent)]
    Older(#[from] crate::mark::Older),
    /// There is no room on the disk; nothing was kept.
    #[error("there is no room left: {0}")]
    Full(String),
    /// The disk or the file does not take writes, or does not answer; nothing was kept.
    #[error("the disk does not take it: {0}")]
    Unwritable(String),
    /// The commit failed, and whether it is on the disk all the same could not be found out.
    #[error("the commit failed, and may be on the disk all the same: {0}")]
    Unknown(String),
    /// What was read is not what was written.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A statement or a commit failed for another reason; nothing was kept.
    #[error("database: {0}")]
    Database(String),
    /// The writes before it still wait; nothing was kept.
    #[error("too many writes are waiting")]
    Busy,
    /// The command's own code panicked; its changes were taken back.
    #[error("a database command panicked")]
    Panicked,
    /// The store is shut down.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same write may well be taken later: the store has no room, or is not there, just now.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Unwritable(_) | Self::Unknown(_) | Self::Busy | Self::Closed)
    }
}

/// What SQLite says, word for word, of the failures that are answered differently. Diesel hands on its message and no
/// code; `sqlite3ErrStr` has kept these words since 2004, and `store::error::tests` asks the library that is built in.
const FULL: &str = "database or disk is full";
const DAMAGED: [&str; 2] = ["database disk image is malformed", "file is not a database"];
const UNWRITABLE: [&str; 5] = [
    "disk I/O error",
    "attempt to write a readonly database",
    "unable to open database file",
    "database is locked",
    "locking protocol",
];

/// After a disk that is full or fails SQLite may end the transaction by itself, and then this is what is met next.
const ENDED: &str = "no such savepoint";

/// Whether a statement or a commit failed because of what was to be written, and not because of where.
pub(crate) fn violates_a_constraint(error: &DbError) -> bool {
    matches!(error, Error::DatabaseError(kind, _) if !matches!(kind, DatabaseErrorKind::Unknown))
}

impl From<DbError> for StoreError {
    fn from(error: DbError) -> Self {
        let text = error.to_string();
        match error {
            Error::DatabaseError(DatabaseErrorKind::Unknown, words) => match words.message() {
                FULL => Self::Full(text),
                words if DAMAGED.contains(&words) || words.starts_with(DAMAGED[0]) => Self::Damaged(text),
                words if UNWRITABLE.contains(&words) || words.starts_with(ENDED) => Self::Unwritable(text),
                _ => Self::Database(text),
            },
            // A column that cannot be what this code wrote.
            Error::DeserializationError(_) => Self::Damaged(text),
            _ => Self::Database(text),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, SqliteConnection};

    use super::*;

    fn said(path: &str, sql: &str) -> StoreError {
        let mut connection = SqliteConnection::establish(path).unwrap();
        connection.batch_execute(sql).unwrap_err().into()
    }

    #[test]
    fn each_kind_of_failure_is_told_by_the_words_of_the_library_that_is_built_in() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let full = "CREATE TABLE t (x); PRAGMA max_page_count = 3; INSERT INTO t VALUES (zeroblob(100000));";
        assert!(matches!(said(&at("full"), full), StoreError::Full(_)));
        let read_only = "PRAGMA query_only = 1; CREATE TABLE t (x);";
        assert!(matches!(said(&at("read-only"), read_only), StoreError::Unwritable(_)));
        std::fs::write(at("other"), "no database, and long enough to be looked at: ".repeat(100)).unwrap();
        assert!(matches!(said(&at("other"), "SELECT * FROM sqlite_schema"), StoreError::Damaged(_)));
        assert!(matches!(said(&at("wrong"), "SELECT * FROM nothing"), StoreError::Database(_)));
    }
}
