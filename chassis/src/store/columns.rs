//! How the contract's types stand in columns, and back: ids, revisions, verdicts.
//!
//! The parts of a lifecycle item stand side by side, each NULL where nothing is known of it, so that the lifecycle's
//! knowledge survives a restart as it is. Whatever does not read back was not written by this code: a database error.

use contract::{DecidedBy, EventId, Mark, Revision, Verdict};
use uuid::Uuid;

use super::DbError;

/// A verdict in its six columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerdictColumns {
    /// The revision that was judged.
    pub revision: Option<i64>,
    /// The number of the verdict.
    pub decision: Option<i64>,
    /// The status, as on the wire.
    pub status: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The rule that decided.
    pub rule: Option<String>,
    /// Who decided, as on the wire.
    pub by: Option<String>,
}

impl From<Option<Verdict>> for VerdictColumns {
    fn from(verdict: Option<Verdict>) -> Self {
        let Some(verdict) = verdict else { return Self::default() };
        Self {
            revision: Some(verdict.revision.get().into()),
            decision: Some(verdict.decision.into()),
            status: Some(verdict.status.as_str().to_owned()),
            reason: verdict.reason,
            rule: verdict.rule,
            by: verdict.decided_by.map(|by| by.as_str().to_owned()),
        }
    }
}

impl VerdictColumns {
    /// The verdict, if there is one.
    ///
    /// # Errors
    /// If the columns are damaged.
    pub fn read(self) -> Result<Option<Verdict>, DbError> {
        let (Some(mark), Some(status)) = (mark(self.revision, self.decision)?, self.status) else { return Ok(None) };
        Ok(Some(Verdict {
            revision: mark.revision,
            decision: mark.decision,
            status: status.parse().map_err(damaged)?,
            reason: self.reason,
            rule: self.rule,
            decided_by: self.by.as_deref().map(DecidedBy::from),
        }))
    }
}

/// A mark from its two columns: revision and decision.
///
/// # Errors
/// If a column is damaged.
pub fn mark(number: Option<i64>, decision: Option<i64>) -> Result<Option<Mark>, DbError> {
    let (Some(number), Some(decision)) = (number, decision) else { return Ok(None) };
    Ok(Some(Mark { revision: revision(number)?, decision: count(decision)? }))
}

/// A revision from its column.
///
/// # Errors
/// If the column is damaged.
pub fn revision(number: i64) -> Result<Revision, DbError> {
    Revision::try_from(count(number)?).map_err(damaged)
}

/// What was written from a `u32`.
///
/// # Errors
/// If the column is damaged.
pub fn count(number: i64) -> Result<u32, DbError> {
    u32::try_from(number).map_err(damaged)
}

/// A UUID as its column holds it: 16 bytes.
pub fn bytes(uuid: Uuid) -> Vec<u8> {
    uuid.into_bytes().to_vec()
}

/// A UUID from its column.
///
/// # Errors
/// If the column is damaged.
pub fn uuid(bytes: &[u8]) -> Result<Uuid, DbError> {
    Uuid::from_slice(bytes).map_err(damaged)
}

/// An event's id from its column.
///
/// # Errors
/// If the column is damaged.
pub fn event_id(text: &str) -> Result<EventId, DbError> {
    EventId::parse(text).map_err(damaged)
}

/// What stands in the database was not written by this code.
pub fn damaged<E: Into<Box<dyn std::error::Error + Send + Sync>>>(error: E) -> DbError {
    DbError::DeserializationError(error.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::Status;

    use super::*;

    #[test]
    fn a_verdict_reads_back_as_it_was() {
        let verdict = Verdict {
            revision: Revision::FIRST,
            decision: 2,
            status: Status::Rejected,
            reason: Some("orange".to_owned()),
            rule: None,
            decided_by: Some(DecidedBy::Moderator),
        };
        for verdict in [Some(verdict), None] {
            assert_eq!(VerdictColumns::from(verdict.clone()).read().unwrap(), verdict);
        }
    }

    #[test]
    fn what_nobody_wrote_is_an_error_and_not_a_guess() {
        assert!(mark(Some(0), Some(1)).is_err());
        assert!(mark(Some(1), Some(-1)).is_err());
        assert!(uuid(&[1; 15]).is_err());
        let strange = VerdictColumns {
            revision: Some(1),
            decision: Some(1),
            status: Some("perhaps".to_owned()),
            ..VerdictColumns::default()
        };
        assert!(strange.read().is_err());
    }
}
