//! The tables, and nothing of what they mean: posts, comments and reports as rows.
//!
//! A row of `comment` is the contract's lifecycle item in columns, so that what was heard in any order is kept as it
//! was joined. Functions are called inside a transaction of the writer, or on a reader.

use chassis::store::columns::{bytes, count, event_id};
use chassis::store::{Connection, DbError};
use contract::{CommentId, EventId, PostId};
use diesel::prelude::*;

use super::Stored;
use super::row::{Row, stored};
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
    // It stands in the thread where its creation was heard, whatever was heard of it before.
    let begins = now.comment.origin().is_some() && before.is_some_and(|before| before.comment.origin().is_none());
    if begins {
        diesel::delete(comment::table.find(&row.id)).execute(connection)?;
    }
    match before {
        Some(_) if !begins => diesel::update(comment::table.find(&row.id)).set(&row).execute(connection)?,
        _ => diesel::insert_into(comment::table).values(&row).execute(connection)?,
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
    let depth = above.map(count).transpose()?.map_or(0, |depth| depth + 1);
    Ok(Place { depth, replies: count(replies)? })
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
pub(super) fn report_by(
    connection: &mut Connection,
    id: CommentId,
    reporter: &str,
) -> Result<Option<EventId>, DbError> {
    let event: Option<String> =
        report::table.find((bytes(id.uuid()), reporter)).select(report::event_id).first(connection).optional()?;
    event.as_deref().map(event_id).transpose()
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
