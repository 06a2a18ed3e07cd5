//! The table of posts: a [`PostItem`] in columns, and back.
//!
//! The item's parts stand side by side, each NULL where nothing is known of it, so that the lifecycle's knowledge
//! survives a restart as it is. Only `shown` is worked out: lists are selected by it.

use chassis::store::columns::{self, VerdictColumns};
use chassis::store::{Connection, DbError};
use contract::{DeletedBy, PostId, PostItem, PostOrigin, PostText, Timestamp, Version};
use diesel::prelude::*;

use super::{Listed, Stored};
use crate::post;

diesel::table! {
    posts (number) {
        number -> BigInt,
        id -> Binary,
        shown -> Bool,
        last_event -> Nullable<Text>,
        request_digest -> Nullable<Text>,
        created_at -> Nullable<BigInt>,
        author_name -> Nullable<Text>,
        owner_key -> Nullable<Text>,
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
    }
}

/// What is written of a post. `request_digest` is written once, by [`insert`].
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = posts, primary_key(id), treat_none_as_null = true)]
#[diesel(check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    id: Vec<u8>,
    shown: bool,
    last_event: Option<String>,
    created_at: Option<i64>,
    author_name: Option<String>,
    owner_key: Option<String>,
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
}

/// The post with this id.
pub(super) fn find(connection: &mut Connection, id: PostId) -> Result<Option<Stored>, DbError> {
    let row = by_id(id).select(Row::as_select()).first(connection).optional()?;
    row.map(Row::read).transpose()
}

/// The digest of the request that made this post.
pub(super) fn request_digest(connection: &mut Connection, id: PostId) -> Result<Option<String>, DbError> {
    by_id(id).select(posts::request_digest).first(connection).optional().map(Option::flatten)
}

/// Puts a post in that is not there. A plain insert, because that is prepared once: upserts and updates are prepared
/// anew each time.
pub(super) fn insert(connection: &mut Connection, stored: &Stored, digest: Option<&str>) -> Result<(), DbError> {
    let values = (Row::of(stored), posts::request_digest.eq(digest));
    diesel::insert_into(posts::table).values(values).execute(connection).map(drop)
}

/// Takes out what was noted of a post before it was there.
pub(super) fn remove(connection: &mut Connection, id: PostId) -> Result<(), DbError> {
    diesel::delete(by_id(id)).execute(connection).map(drop)
}

/// Writes a post that is there.
pub(super) fn update(connection: &mut Connection, stored: &Stored) -> Result<(), DbError> {
    diesel::update(by_id(stored.id)).set(Row::of(stored)).execute(connection).map(drop)
}

/// The newest posts that everyone may see, below `before`.
pub(super) fn list(connection: &mut Connection, before: Option<i64>, limit: usize) -> Result<Listed, DbError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX - 1);
    let mut rows: Vec<(i64, Row)> = posts::table
        .filter(posts::shown.eq(true))
        .filter(posts::number.lt(before.unwrap_or(i64::MAX)))
        .order(posts::number.desc())
        .limit(limit + 1)
        .select((posts::number, Row::as_select()))
        .load(connection)?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|(number, _)| *number);
    let posts = rows.into_iter().map(|(_, row)| row.read()).collect::<Result<_, _>>()?;
    Ok(Listed { posts, next })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn by_id(id: PostId) -> _ {
    let bytes: Vec<u8> = columns::bytes(id.uuid());
    posts::table.filter(posts::id.eq(bytes))
}

impl Row {
    fn of(stored: &Stored) -> Self {
        let PostItem { origin, version, verdict, reopened, deleted } = stored.item.clone();
        let (created_at, author_name, owner_key) = match origin {
            Some(origin) => (Some(origin.created_at.millis()), origin.author_name, origin.owner_key),
            None => (None, None, None),
        };
        let (revision, edited_at, text) = match version {
            Some(version) => (Some(version.revision), version.edited_at, Some(version.content)),
            None => (None, None, None),
        };
        let (title, content) = text.map_or((None, None), |text| (Some(text.title), text.content));
        let verdict = VerdictColumns::from(verdict);
        Self {
            id: columns::bytes(stored.id.uuid()),
            shown: post::is_shown(&stored.item),
            last_event: stored.last_event.as_ref().map(|event| event.as_str().to_owned()),
            created_at,
            author_name,
            owner_key,
            revision: revision.map(|revision| revision.get().into()),
            title,
            content,
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
        }
    }

    fn read(self) -> Result<Stored, DbError> {
        let origin = self.created_at.map(|created_at| PostOrigin {
            created_at: Timestamp::from_millis(created_at),
            author_id: None,
            author_name: self.author_name,
            owner_key: self.owner_key,
        });
        let version = match (self.revision, self.title) {
            (Some(number), Some(title)) => Some(Version {
                revision: columns::revision(number)?,
                edited_at: self.edited_at.map(Timestamp::from_millis),
                content: PostText { title, content: self.content },
            }),
            _ => None,
        };
        let verdict = VerdictColumns {
            revision: self.verdict_revision,
            decision: self.verdict_decision,
            status: self.verdict_status,
            reason: self.verdict_reason,
            rule: self.verdict_rule,
            by: self.verdict_by,
        };
        let item = PostItem {
            origin,
            version,
            verdict: verdict.read()?,
            reopened: columns::mark(self.reopened_revision, self.reopened_decision)?,
            deleted: self.deleted_by.as_deref().map(DeletedBy::from),
        };
        let id = PostId::from_uuid(columns::uuid(&self.id)?);
        let last_event = self.last_event.as_deref().map(columns::event_id).transpose()?;
        Ok(Stored { id, item, last_event, replayed: false })
    }
}
