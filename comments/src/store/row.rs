//! A comment as a row: the contract's lifecycle item in columns, and back.

use chassis::store::DbError;
use chassis::store::columns::{self, VerdictColumns, bytes, count, uuid};
use contract::{CommentId, CommentItem, CommentOrigin, DeletedBy, PostId, Timestamp, UserId, Version};
use diesel::prelude::*;

use super::Stored;
use super::table::comment;
use crate::comment::Comment;
use crate::thread::Place;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = comment, primary_key(id), treat_none_as_null = true)]
pub(super) struct Row {
    pub(super) id: Vec<u8>,
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

impl Row {
    pub(super) fn of(stored: &Stored) -> Self {
        let item = &stored.comment.item;
        let (origin, version) = (item.origin.as_ref(), item.version.as_ref());
        let verdict = VerdictColumns::from(item.verdict.clone());
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
            verdict_revision: verdict.revision,
            verdict_decision: verdict.decision,
            verdict_status: verdict.status,
            verdict_reason: verdict.reason,
            verdict_rule: verdict.rule,
            verdict_by: verdict.by,
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

pub(super) fn stored(row: Row) -> Result<Stored, DbError> {
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
    let version = match (row.revision, row.content) {
        (Some(number), Some(content)) => Some(Version {
            revision: columns::revision(number)?,
            edited_at: row.edited_at.map(Timestamp::from_millis),
            content,
        }),
        _ => None,
    };
    let verdict = VerdictColumns {
        revision: row.verdict_revision,
        decision: row.verdict_decision,
        status: row.verdict_status,
        reason: row.verdict_reason,
        rule: row.verdict_rule,
        by: row.verdict_by,
    };
    let item = CommentItem {
        origin,
        version,
        verdict: verdict.read()?,
        reopened: columns::mark(row.reopened_revision, row.reopened_decision)?,
        deleted: row.deleted_by.as_deref().map(DeletedBy::from),
    };
    Ok(Stored {
        comment: Comment { id, post_id, item },
        place: Place { depth: count(row.depth)?, replies: count(row.replies)? },
        last_event: row.last_event.as_deref().map(columns::event_id).transpose()?,
        digest: row.digest,
        replayed: false,
    })
}
