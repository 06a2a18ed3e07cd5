//! The table of items: a [`Record`] in columns, and back.
//!
//! The item's parts stand side by side, each NULL where nothing is known of it, so that the lifecycle's knowledge
//! survives a restart as it is.

use chassis::store::columns::{self, VerdictColumns, bytes, uuid};
use chassis::store::{Connection, DbError};
use contract::{Cause, CommentId, DeletedBy, PostId, Timestamp, UserId, Version};
use diesel::prelude::*;

use super::{Cursor, Listed};
use crate::item::{Item, Key, Kind, Origin, Text};
use crate::verdict::{Queued, Record};

diesel::table! {
    items (number) {
        number -> BigInt,
        kind -> Text,
        id -> Binary,
        post_id -> Binary,
        created_at -> Nullable<BigInt>,
        author_id -> Nullable<Binary>,
        author_name -> Nullable<Text>,
        revision -> Nullable<BigInt>,
        title -> Nullable<Text>,
        content -> Nullable<Text>,
        edited_at -> Nullable<BigInt>,
        verdict_revision -> Nullable<BigInt>,
        verdict_decision -> Nullable<BigInt>,
        verdict_status -> Nullable<Text>,
        verdict_reason -> Nullable<Text>,
        verdict_rule -> Nullable<Text>,
        verdict_by -> Nullable<Text>,
        reopened_revision -> Nullable<BigInt>,
        reopened_decision -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
        queued_rule -> Nullable<Text>,
        queued_reason -> Nullable<Text>,
        queued_since -> Nullable<BigInt>,
        reports -> BigInt,
        owed_cause -> Nullable<Text>,
        owed_correlation -> Nullable<Text>,
        owed_time -> Nullable<BigInt>,
        before -> Nullable<Text>,
        parent_id -> Nullable<Binary>,
    }
}

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = items, treat_none_as_null = true)]
#[diesel(check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    kind: String,
    id: Vec<u8>,
    post_id: Vec<u8>,
    created_at: Option<i64>,
    author_id: Option<Vec<u8>>,
    author_name: Option<String>,
    revision: Option<i64>,
    title: Option<String>,
    content: Option<String>,
    edited_at: Option<i64>,
    verdict_revision: Option<i64>,
    verdict_decision: Option<i64>,
    verdict_status: Option<String>,
    verdict_reason: Option<String>,
    verdict_rule: Option<String>,
    verdict_by: Option<String>,
    reopened_revision: Option<i64>,
    reopened_decision: Option<i64>,
    deleted_by: Option<String>,
    queued_rule: Option<String>,
    queued_reason: Option<String>,
    queued_since: Option<i64>,
    reports: i64,
    owed_cause: Option<String>,
    owed_correlation: Option<String>,
    owed_time: Option<i64>,
    before: Option<String>,
    parent_id: Option<Vec<u8>>,
}

/// What is written over everything that was known of an item when it goes: by whom, and nothing else.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = items, treat_none_as_null = true)]
struct Gone {
    deleted_by: Option<String>,
    created_at: Option<i64>,
    author_id: Option<Vec<u8>>,
    author_name: Option<String>,
    revision: Option<i64>,
    title: Option<String>,
    content: Option<String>,
    edited_at: Option<i64>,
    verdict_revision: Option<i64>,
    verdict_decision: Option<i64>,
    verdict_status: Option<String>,
    verdict_reason: Option<String>,
    verdict_rule: Option<String>,
    verdict_by: Option<String>,
    reopened_revision: Option<i64>,
    reopened_decision: Option<i64>,
    queued_rule: Option<String>,
    queued_reason: Option<String>,
    queued_since: Option<i64>,
    owed_cause: Option<String>,
    owed_correlation: Option<String>,
    owed_time: Option<i64>,
    before: Option<String>,
    parent_id: Option<Vec<u8>>,
}

/// All that is kept of this item.
pub(super) fn find(connection: &mut Connection, key: Key) -> Result<Option<Record>, DbError> {
    let row = by_key(key).select(Row::as_select()).first(connection).optional()?;
    row.map(Row::read).transpose()
}

/// Puts an item in.
pub(super) fn insert(connection: &mut Connection, record: &Record) -> Result<(), DbError> {
    diesel::insert_into(items::table).values(Row::of(record)?).execute(connection).map(drop)
}

/// Writes an item that is there.
pub(super) fn update(connection: &mut Connection, record: &Record) -> Result<(), DbError> {
    diesel::update(by_key(record.key)).set(Row::of(record)?).execute(connection).map(drop)
}

/// Who deleted a post, if it is known to be.
pub(super) fn post_deleted(connection: &mut Connection, id: PostId) -> Result<Option<DeletedBy>, DbError> {
    let by: Option<Option<String>> = by_key(Key::post(id)).select(items::deleted_by).first(connection).optional()?;
    Ok(by.flatten().as_deref().map(DeletedBy::from))
}

/// Deletes everything that stands under a post; the answer is how much of it was in the queue.
pub(super) fn close_thread(connection: &mut Connection, id: PostId, by: &DeletedBy) -> Result<i64, DbError> {
    let thread = items::table
        .filter(items::post_id.eq(bytes(id.uuid())))
        .filter(items::kind.eq(Kind::Comment.as_str()))
        .filter(items::deleted_by.is_null());
    let queued = thread.clone().filter(items::queued_since.is_not_null()).count().get_result(connection)?;
    let gone = Gone { deleted_by: Some(by.as_str().to_owned()), ..Gone::default() };
    diesel::update(thread).set(gone).execute(connection)?;
    Ok(queued)
}

/// How many items are in the queue.
pub(super) fn queued(connection: &mut Connection) -> Result<i64, DbError> {
    items::table.filter(items::queued_since.is_not_null()).count().get_result(connection)
}

/// The items that have waited longest, behind `after`.
pub(super) fn queue(connection: &mut Connection, after: Option<Cursor>, limit: usize) -> Result<Listed, DbError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX - 1);
    let mut query = items::table
        .filter(items::queued_since.is_not_null())
        .order((items::queued_since, items::number))
        .limit(limit + 1)
        .select((items::number, Row::as_select()))
        .into_boxed();
    if let Some(Cursor { since, number }) = after {
        let later = items::queued_since.gt(since).or(items::queued_since.eq(since).and(items::number.gt(number)));
        query = query.filter(later.assume_not_null());
    }
    let mut rows: Vec<(i64, Row)> = query.load(connection)?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
    if more {
        rows.pop();
    }
    let last = rows.last().filter(|_| more);
    let next = last.and_then(|(number, row)| Some(Cursor { since: row.queued_since?, number: *number }));
    let records = rows.into_iter().map(|(_, row)| row.read()).collect::<Result<_, _>>()?;
    Ok(Listed { records, next })
}

/// Items that a verdict is owed to, with the text to be judged.
pub(super) fn owed(connection: &mut Connection, limit: usize) -> Result<Vec<(Key, Text, Option<String>)>, DbError> {
    let rows: Vec<Row> = items::table
        .filter(items::owed_cause.is_not_null())
        .order(items::number)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(Row::as_select())
        .load(connection)?;
    let mut owed = Vec::with_capacity(rows.len());
    for row in rows {
        let Record { key, item, .. } = row.read()?;
        let name = item.origin.and_then(|origin| origin.author_name);
        owed.extend(item.version.map(|version| (key, version.content, name)));
    }
    Ok(owed)
}

/// The name that an item is under.
pub(super) fn author_name(connection: &mut Connection, key: Key) -> Result<Option<String>, DbError> {
    let found = by_key(key).select(items::author_name).first::<Option<String>>(connection).optional()?;
    Ok(found.flatten())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn by_key(key: Key) -> _ {
    let id: Vec<u8> = bytes(key.id);
    let kind: &'static str = key.kind.as_str();
    items::table.filter(items::id.eq(id)).filter(items::kind.eq(kind))
}

impl Row {
    fn of(record: &Record) -> Result<Self, DbError> {
        let Record { key, post_id, item, queued, reports, owed, before } = record.clone();
        let Item { origin, version, verdict, reopened, deleted } = item;
        let (created_at, author_id, author_name, parent_id) = match origin {
            Some(origin) => (Some(origin.created_at.millis()), origin.author_id, origin.author_name, origin.parent_id),
            None => (None, None, None, None),
        };
        let (revision, edited_at, text) = match version {
            Some(version) => (Some(version.revision), version.edited_at, version.content),
            None => (None, None, Text::default()),
        };
        let verdict = VerdictColumns::from(verdict);
        let (queued_rule, queued_reason, queued_since) = match queued {
            Some(queued) => (Some(queued.rule), queued.reason, Some(queued.since.millis())),
            None => (None, None, None),
        };
        let (owed_cause, owed_correlation, owed_time) = match owed {
            Some(Cause { id, correlation, time }) => {
                (Some(id.as_str().to_owned()), Some(correlation.as_str().to_owned()), Some(time.millis()))
            }
            None => (None, None, None),
        };
        let before = before.map(|before| serde_json::to_string(&before)).transpose();
        Ok(Self {
            kind: key.kind.as_str().to_owned(),
            id: bytes(key.id),
            post_id: bytes(post_id.uuid()),
            created_at,
            author_id: author_id.map(|id| bytes(id.uuid())),
            author_name,
            revision: revision.map(|revision| revision.get().into()),
            title: text.title,
            content: text.content,
            edited_at: edited_at.map(Timestamp::millis),
            verdict_revision: verdict.revision,
            verdict_decision: verdict.decision,
            verdict_status: verdict.status,
            verdict_reason: verdict.reason,
            verdict_rule: verdict.rule,
            verdict_by: verdict.by,
            reopened_revision: reopened.map(|mark| mark.revision.get().into()),
            reopened_decision: reopened.map(|mark| mark.decision.into()),
            deleted_by: deleted.map(|by| by.as_str().to_owned()),
            queued_rule,
            queued_reason,
            queued_since,
            reports: reports.into(),
            owed_cause,
            owed_correlation,
            owed_time,
            before: before.map_err(|error| DbError::SerializationError(error.into()))?,
            parent_id: parent_id.map(|id| bytes(id.uuid())),
        })
    }

    fn read(self) -> Result<Record, DbError> {
        let key = Key { kind: self.kind.parse().map_err(columns::damaged::<String>)?, id: uuid(&self.id)? };
        let author_id = self.author_id.as_deref().map(uuid).transpose()?.map(UserId::from_uuid);
        let parent_id = self.parent_id.as_deref().map(uuid).transpose()?.map(CommentId::from_uuid);
        let origin = self.created_at.map(|created_at| Origin {
            created_at: Timestamp::from_millis(created_at),
            author_id,
            author_name: self.author_name,
            parent_id,
        });
        let version = match self.revision {
            Some(number) => Some(Version {
                revision: columns::revision(number)?,
                edited_at: self.edited_at.map(Timestamp::from_millis),
                content: Text { title: self.title, content: self.content },
            }),
            None => None,
        };
        let verdict = VerdictColumns {
            revision: self.verdict_revision,
            decision: self.verdict_decision,
            status: self.verdict_status,
            reason: self.verdict_reason,
            rule: self.verdict_rule,
            by: self.verdict_by,
        };
        let verdict = verdict.read()?;
        let queued = match (self.queued_rule, self.queued_since) {
            (Some(rule), Some(since)) => {
                Some(Queued { rule, reason: self.queued_reason, since: Timestamp::from_millis(since) })
            }
            _ => None,
        };
        let owed = match (self.owed_cause, self.owed_correlation, self.owed_time) {
            (Some(id), Some(correlation), Some(time)) => Some(Cause {
                id: columns::event_id(&id)?,
                correlation: columns::event_id(&correlation)?,
                time: Timestamp::from_millis(time),
            }),
            _ => None,
        };
        let reopened = columns::mark(self.reopened_revision, self.reopened_decision)?;
        let deleted = self.deleted_by.as_deref().map(DeletedBy::from);
        let before = self.before.as_deref().map(serde_json::from_str).transpose().map_err(columns::damaged)?;
        Ok(Record {
            key,
            post_id: PostId::from_uuid(uuid(&self.post_id)?),
            item: Item { origin, version, verdict, reopened, deleted },
            queued,
            reports: columns::count(self.reports)?,
            owed,
            before,
        })
    }
}
