//! The log of what was decided: a row for each verdict that was said, in its transaction. Rows are never changed, and
//! hold no text of what was judged, so that nothing in here goes when a text is deleted.

use std::fmt;
use std::str::FromStr;

use chassis::store::columns::{VerdictColumns, bytes, count, damaged, uuid};
use chassis::store::{Connection, DbError};
use contract::{PostId, Timestamp, Verdict};
use diesel::prelude::*;

use super::CursorError;
use crate::item::Key;

diesel::table! {
    verdicts (number) {
        number -> BigInt,
        at -> BigInt,
        kind -> Text,
        id -> Binary,
        post_id -> Binary,
        revision -> BigInt,
        decision -> BigInt,
        status -> Text,
        reason -> Nullable<Text>,
        rule -> Nullable<Text>,
        decided_by -> Text,
        undoes -> Nullable<BigInt>,
    }
}

/// Where a page of the log begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogCursor(i64);

impl fmt::Display for LogCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LogCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        text.parse().map(Self).map_err(|_| CursorError)
    }
}

/// A verdict that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The item.
    pub key: Key,
    /// The post that it stands under, or is.
    pub post_id: PostId,
    /// The verdict.
    pub verdict: Verdict,
    /// The number of the verdict that it takes back, if it takes one back.
    pub undoes: Option<u32>,
}

/// A part of the log, latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// What was said.
    pub entries: Vec<Entry>,
    /// What the next page continues from; `None` if this is the last one.
    pub next: Option<LogCursor>,
}

/// Notes a verdict. One that is noted already stays as it is.
pub(super) fn note(
    connection: &mut Connection,
    key: Key,
    post_id: PostId,
    verdict: &Verdict,
    undoes: Option<u32>,
    at: Timestamp,
) -> Result<(), DbError> {
    let decided_by = verdict.decided_by.as_ref().map_or("", |by| by.as_str());
    let row = (
        verdicts::at.eq(at.millis()),
        verdicts::kind.eq(key.kind.as_str()),
        verdicts::id.eq(bytes(key.id)),
        verdicts::post_id.eq(bytes(post_id.uuid())),
        verdicts::revision.eq(i64::from(verdict.revision.get())),
        verdicts::decision.eq(i64::from(verdict.decision)),
        verdicts::status.eq(verdict.status.as_str()),
        verdicts::reason.eq(verdict.reason.as_deref()),
        verdicts::rule.eq(verdict.rule.as_deref()),
        verdicts::decided_by.eq(decided_by),
        verdicts::undoes.eq(undoes.map(i64::from)),
    );
    diesel::insert_or_ignore_into(verdicts::table).values(row).execute(connection).map(drop)
}

/// What was said last, before `after`.
pub(super) fn page(connection: &mut Connection, after: Option<LogCursor>, limit: usize) -> Result<Logged, DbError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX - 1);
    let mut query =
        verdicts::table.order(verdicts::number.desc()).limit(limit + 1).select(Row::as_select()).into_boxed();
    if let Some(LogCursor(number)) = after {
        query = query.filter(verdicts::number.lt(number));
    }
    let mut rows = query.load(connection)?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| LogCursor(row.number));
    let entries = rows.into_iter().map(Row::read).collect::<Result<_, _>>()?;
    Ok(Logged { entries, next })
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = verdicts)]
#[diesel(check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    number: i64,
    at: i64,
    kind: String,
    id: Vec<u8>,
    post_id: Vec<u8>,
    revision: i64,
    decision: i64,
    status: String,
    reason: Option<String>,
    rule: Option<String>,
    decided_by: String,
    undoes: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Entry, DbError> {
        let verdict = VerdictColumns {
            revision: Some(self.revision),
            decision: Some(self.decision),
            status: Some(self.status),
            reason: self.reason,
            rule: self.rule,
            by: Some(self.decided_by),
        };
        Ok(Entry {
            at: Timestamp::from_millis(self.at),
            key: Key { kind: self.kind.parse().map_err(damaged::<String>)?, id: uuid(&self.id)? },
            post_id: PostId::from_uuid(uuid(&self.post_id)?),
            verdict: verdict.read()?.ok_or_else(|| damaged("a row of the log without a verdict"))?,
            undoes: self.undoes.map(count).transpose()?,
        })
    }
}
