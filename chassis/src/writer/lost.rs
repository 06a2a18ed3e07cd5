//! A group of writes that was lost, and whether that is sure.

use crate::store::{self, DbError, StoreError};

/// A group of which nothing is acknowledged.
pub(super) struct Lost {
    pub(super) error: StoreError,
    /// Whether it may be on the disk all the same.
    pub(super) may_be_kept: bool,
}

impl From<DbError> for Lost {
    /// Without a commit nothing is kept.
    fn from(error: DbError) -> Self {
        Self { error: error.into(), may_be_kept: false }
    }
}

impl Lost {
    /// A commit that violates a constraint has written nothing; one that found no room has not written its last frame,
    /// without which the others are nothing. After all else (a flush that failed) every frame may be there: not for
    /// those who read now, but for whoever recovers the log after a kill.
    pub(super) fn by_commit(error: DbError) -> Self {
        let constraint = store::violates_a_constraint(&error);
        let error = StoreError::from(error);
        let may_be_kept = !constraint && !matches!(error, StoreError::Full(_));
        Self { error, may_be_kept }
    }
}
