//! The tables, and nothing of what they mean: posts, comments and reports as rows.
//!
//! A row of `comment` is the contract's lifecycle item in columns, so that what was heard in any order is kept as it
//! was joined. Functions are called inside a transaction of the writer, or on a reader.

use chassis::store::{Connection, DbError};
use contract::{
    CommentId, CommentItem, CommentOrigin, DecidedBy, DeletedBy, EventId, Mark, PostId, Revision, Timestamp, UserId,
    Verdict, Version,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::Stored;
use crate::comment::Comment;
use crate::thread::{Cursor, Place, PostState, stands};

diesel::table! {
    post (id) {
        id -> Binary,
        created -> Bool,
        deleted -> Bool,
    }
}

diesel::table! {
    comment (id) {
        number -> BigInt,
        id -> Binary,
        post_id -> Binary,
        created_at -> Nullable<BigInt>,
        parent_id -> Nullable<Binary>,
        author_id -> Nullable<Binary>,
        author_name -> Nullable<Text>,
        owner_key -> Nullable<Text>,
        revision -> Nullable<BigInt>,
        edited_at -> Nullable<BigInt>,
        content -> Nullable<Text>,
        verdict_revision -> Nullable<BigInt>,
        verdict_decision -> Nullable<BigInt>,
        verdict_status -> Nullable<Text>,
        verdict_reason -> Nullable<Text>,
        verdict_rule -> Nullable<Text>,
        verdict_by -> Nullable<Text>,
        reopened_revision -> Nullable<BigInt>,
        reopened_decision -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
        depth -> BigInt,
        replies -> BigInt,
        last_event -> Nullable<Text>,
        digest -> Nullable<Text>,
    }
}

diesel::table! {
    report (comment_id, reporter) {
        comment_id -> Binary,
        reporter -> Text,
        event_id -> Text,
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = comment, primary_key(id), treat_none_as_null = true)]
struct Row {
    id: Vec<u8>,
    post_id: Vec<u8>,
    created_at: Option<i64>,
    parent_id: Option<Vec<u8>>,
    author_id: Option<Vec<u8>>,
    author_name: Option<String>,
    owner_key: Option<String>,
    revision: Option<i64>,
    edited_at: Option<i64>,
    content: Option<String>,
    verdict_revision: Option<i64>,
    verdict_decision: Option<i64>,
    verdict_status: Option<String>,
    verdict_reason: Option<String>,
    verdict_rule: Option<String>,
    verdict_by: Option<String>,
    reopened_revision: Option<i64>,
    reopened_decision: Option<i64>,
    deleted_by: Option<String>,
    depth: i64,
    replies: i64,
    last_event: Option<String>,
    digest: Option<String>,
}

/// What is known of a post.
pub(super) fn post_state(connection: &mut Connection, id: PostId) -> Result<PostState, DbError> {
    let row: Option<(bool, bool)> =
        post::table.find(bytes(id.uuid())).select((post::created, post::deleted)).first(connection).optional()?;
    Ok(match row {
        Some((_, true)) => PostState::Closed,
        Some((true, false)) => PostState::Open,
        Some((false, false)) | None => PostState::Unknown,
    })
}

/// Notes that a post was created.
pub(super) fn post_created(connection: &mut Connection, id: PostId) -> Result<(), DbError> {
    diesel::insert_into(post::table)
        .values((post::id.eq(bytes(id.uuid())), post::created.eq(true), post::deleted.eq(false)))
        .on_conflict(post::id)
        .do_update()
        .set(post::created.eq(true))
        .execute(connection)
        .map(drop)
}

/// Notes that a post was deleted, which may be heard before its creation.
pub(super) fn post_deleted(connection: &mut Connection, id: PostId) -> Result<(), DbError> {
    diesel::insert_into(post::table)
        .values((post::id.eq(bytes(id.uuid())), post::created.eq(false), post::deleted.eq(true)))
        .on_conflict(post::id)
        .do_update()
        .set(post::deleted.eq(true))
        .execute(connection)
        .map(drop)
}

/// A comment by its id, whatever is known of it.
pub(super) fn find(connection: &mut Connection, id: CommentId) -> Result<Option<Stored>, DbError> {
    let row = comment::table.find(bytes(id.uuid())).select(Row::as_select()).first(connection).optional()?;
    row.map(stored).transpose()
}

/// What stands under a post after `cursor`, oldest first, at most `limit`; each with the cursor behind it.
pub(super) fn page(
    connection: &mut Connection,
    post_id: PostId,
    cursor: Cursor,
    limit: usize,
) -> Result<Vec<(Cursor, Stored)>, DbError> {
    let rows: Vec<(i64, Row)> = comment::table
        .filter(comment::post_id.eq(bytes(post_id.uuid())))
        .filter(comment::number.gt(cursor.0))
        .filter(comment::created_at.is_not_null())
        .filter(comment::deleted_by.is_null().or(comment::replies.gt(0)))
        .order(comment::number)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((comment::number, Row::as_select()))
        .load(connection)?;
    rows.into_iter().map(|(number, row)| Ok((Cursor(number), stored(row)?))).collect()
}

/// Keeps a comment as it is now. `before` is what was kept of it until now. If it begins or ceases to stand, those
/// above it are brought up to date.
pub(super) fn save(connection: &mut Connection, before: Option<&Stored>, now: &Stored) -> Result<(), DbError> {
    let row = Row::of(now);
    match before {
        None => diesel::insert_into(comment::table).values(&row).execute(connection)?,
        Some(_) => diesel::update(comment::table.find(&row.id)).set(&row).execute(connection)?,
    };
    let stood = before.is_some_and(|before| stands(&before.comment, before.place));
    climb(connection, now.comment.origin().and_then(|o| o.parent_id), stood, stands(&now.comment, now.place))
}

/// The place of a comment whose creation is heard, not made, here: others may have been heard of before it.
pub(super) fn place_of(connection: &mut Connection, heard: &Comment) -> Result<Place, DbError> {
    let parent = heard.origin().and_then(|origin| origin.parent_id);
    let above: Option<i64> = match parent {
        Some(parent) => {
            comment::table.find(bytes(parent.uuid())).select(comment::depth).first(connection).optional()?
        }
        None => None,
    };
    let replies: i64 = comment::table
        .filter(comment::parent_id.eq(bytes(heard.id.uuid())))
        .filter(comment::deleted_by.is_null().or(comment::replies.gt(0)))
        .count()
        .get_result(connection)?;
    Ok(Place { depth: above.map_or(0, |depth| small(depth) + 1), replies: small(replies) })
}

/// Tells those above a comment that it begins or ceases to stand.
fn climb(
    connection: &mut Connection,
    mut parent: Option<CommentId>,
    mut stood: bool,
    mut stands_now: bool,
) -> Result<(), DbError> {
    while let Some(id) = parent
        && stood != stands_now
    {
        let Some(mut above) = find(connection, id)? else { return Ok(()) };
        let before = stands(&above.comment, above.place);
        let replies = above.place.replies;
        above.place.replies = if stands_now { replies + 1 } else { replies.saturating_sub(1) };
        diesel::update(comment::table.find(bytes(id.uuid())))
            .set(comment::replies.eq(i64::from(above.place.replies)))
            .execute(connection)?;
        parent = above.comment.origin().and_then(|origin| origin.parent_id);
        (stood, stands_now) = (before, stands(&above.comment, above.place));
    }
    Ok(())
}

/// The event of this person's report of this comment, if there is one.
pub(super) fn report_by(connection: &mut Connection, id: CommentId, reporter: &str) -> Result<Option<EventId>, DbError> {
    let event: Option<String> = report::table
        .find((bytes(id.uuid()), reporter))
        .select(report::event_id)
        .first(connection)
        .optional()?;
    event.map(|event| EventId::parse(&event).map_err(unreadable)).transpose()
}

/// Keeps that this person has reported this comment.
pub(super) fn keep_report(
    connection: &mut Connection,
    id: CommentId,
    reporter: &str,
    event: &EventId,
) -> Result<(), DbError> {
    diesel::insert_into(report::table)
        .values((
            report::comment_id.eq(bytes(id.uuid())),
            report::reporter.eq(reporter),
            report::event_id.eq(event.as_str()),
        ))
        .execute(connection)
        .map(drop)
}

impl Row {
    fn of(stored: &Stored) -> Self {
        let item = &stored.comment.item;
        let (origin, version, verdict) = (item.origin.as_ref(), item.version.as_ref(), item.verdict.as_ref());
        Self {
            id: bytes(stored.comment.id.uuid()),
            post_id: bytes(stored.comment.post_id.uuid()),
            created_at: origin.map(|o| o.created_at.millis()),
            parent_id: origin.and_then(|o| o.parent_id).map(|id| bytes(id.uuid())),
            author_id: origin.and_then(|o| o.author_id).map(|id| bytes(id.uuid())),
            author_name: origin.and_then(|o| o.author_name.clone()),
            owner_key: origin.and_then(|o| o.owner_key.clone()),
            revision: version.map(|v| v.revision.get().into()),
            edited_at: version.and_then(|v| v.edited_at).map(Timestamp::millis),
            content: version.map(|v| v.content.clone()),
            verdict_revision: verdict.map(|v| v.revision.get().into()),
            verdict_decision: verdict.map(|v| v.decision.into()),
            verdict_status: verdict.map(|v| v.status.as_str().to_owned()),
            verdict_reason: verdict.and_then(|v| v.reason.clone()),
            verdict_rule: verdict.and_then(|v| v.rule.clone()),
            verdict_by: verdict.and_then(|v| v.decided_by.as_ref()).map(|by| by.as_str().to_owned()),
            reopened_revision: item.reopened.map(|mark| mark.revision.get().into()),
            reopened_decision: item.reopened.map(|mark| mark.decision.into()),
            deleted_by: item.deleted.as_ref().map(|by| by.as_str().to_owned()),
            depth: stored.place.depth.into(),
            replies: stored.place.replies.into(),
            last_event: stored.last_event.as_ref().map(|event| event.as_str().to_owned()),
            digest: stored.digest.clone(),
        }
    }
}

fn stored(row: Row) -> Result<Stored, DbError> {
    let id = CommentId::from_uuid(uuid(&row.id)?);
    let post_id = PostId::from_uuid(uuid(&row.post_id)?);
    let optional = |bytes: Option<Vec<u8>>| bytes.map(|bytes| uuid(&bytes)).transpose();
    let (parent_id, author_id) = (optional(row.parent_id)?, optional(row.author_id)?);
    let origin = row.created_at.map(|created_at| CommentOrigin {
        created_at: Timestamp::from_millis(created_at),
        post_id,
        parent_id: parent_id.map(CommentId::from_uuid),
        author_id: author_id.map(UserId::from_uuid),
        author_name: row.author_name,
        owner_key: row.owner_key,
    });
    let version = row.revision.and_then(revision).zip(row.content).map(|(revision, content)| Version {
        revision,
        edited_at: row.edited_at.map(Timestamp::from_millis),
        content,
    });
    let status = row.verdict_status.map(|status| status.parse().map_err(unreadable)).transpose()?;
    let verdict = row.verdict_revision.and_then(revision).zip(status).map(|(revision, status)| Verdict {
        revision,
        decision: row.verdict_decision.map_or(0, small),
        status,
        reason: row.verdict_reason,
        rule: row.verdict_rule,
        decided_by: row.verdict_by.as_deref().map(DecidedBy::from),
    });
    let reopened = row.reopened_revision.and_then(revision).zip(row.reopened_decision);
    let item = CommentItem {
        origin,
        version,
        verdict,
        reopened: reopened.map(|(revision, decision)| Mark { revision, decision: small(decision) }),
        deleted: row.deleted_by.as_deref().map(DeletedBy::from),
    };
    Ok(Stored {
        comment: Comment { id, post_id, item },
        place: Place { depth: small(row.depth), replies: small(row.replies) },
        last_event: row.last_event.map(|event| EventId::parse(&event).map_err(unreadable)).transpose()?,
        digest: row.digest,
    })
}

fn bytes(uuid: Uuid) -> Vec<u8> {
    uuid.as_bytes().to_vec()
}

fn uuid(bytes: &[u8]) -> Result<Uuid, DbError> {
    Uuid::from_slice(bytes).map_err(unreadable)
}

fn revision(number: i64) -> Option<Revision> {
    u32::try_from(number).ok().and_then(Revision::new)
}

/// Counts that were written from a `u32`.
fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> DbError {
    DbError::DeserializationError(Box::new(error))
}
