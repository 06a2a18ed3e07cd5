//! What events say about comments.

use super::{Change, Item, Verdict, Version};
use crate::{
    CommentCreated, CommentDeleted, CommentId, CommentModerated, CommentUpdated, Event, PostId, Status, Timestamp,
    UserId,
};
use serde::{Deserialize, Serialize};

/// A comment, as far as it has been heard of. Its content is its text.
pub type CommentItem = Item<String, CommentOrigin>;

/// What a comment's creation said once and for all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommentOrigin {
    /// When it was written.
    pub created_at: Timestamp,
    /// The post it stands under.
    pub post_id: PostId,
    /// The comment it answers, if it answers one.
    pub parent_id: Option<CommentId>,
    /// The account that commented.
    pub author_id: Option<UserId>,
    /// The name that somebody without an account chose.
    pub author_name: Option<String>,
    /// The hash of the secret by which an author without an account is known again.
    pub owner_key: Option<String>,
}

/// What one event says about one comment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CommentChange {
    /// The comment.
    pub id: CommentId,
    /// The post it stands under, which every event about it tells.
    pub post_id: PostId,
    /// What is said of it.
    pub change: Change<String, CommentOrigin>,
}

impl CommentChange {
    /// What this event says about a comment; `None` if it changes none. (A report changes none.)
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::CommentCreated(data) => Some(data.clone().into()),
            Event::CommentUpdated(data) => Some(data.clone().into()),
            Event::CommentModerated(data) => Some(data.clone().into()),
            Event::CommentDeleted(data) => Some(data.clone().into()),
            _ => None,
        }
    }
}

impl From<CommentCreated> for CommentChange {
    fn from(data: CommentCreated) -> Self {
        let origin = CommentOrigin {
            created_at: data.created_at,
            post_id: data.post_id,
            parent_id: data.parent_id,
            author_id: data.author_id,
            author_name: data.author_name,
            owner_key: data.owner_key,
        };
        let version = Version { revision: data.revision, edited_at: None, content: data.content };
        Self { id: data.id, post_id: data.post_id, change: Change::Created { origin, version } }
    }
}

/// A version and, if it has been judged (or is to be judged anew), the verdict on it: one piece of knowledge, so that
/// no reader ever sees the one without the other.
impl From<CommentUpdated> for CommentChange {
    fn from(data: CommentUpdated) -> Self {
        let judged = data.status != Status::Pending || data.decision > 0;
        let verdict = judged.then_some(Verdict {
            revision: data.revision,
            decision: data.decision,
            status: data.status,
            reason: data.reason,
            rule: None,
            decided_by: None,
        });
        let version = Version { revision: data.revision, edited_at: data.edited_at, content: data.content };
        Self { id: data.id, post_id: data.post_id, change: Change::Updated { version, verdict } }
    }
}

impl From<CommentModerated> for CommentChange {
    fn from(data: CommentModerated) -> Self {
        let verdict = Verdict {
            revision: data.revision,
            decision: data.decision,
            status: data.status,
            reason: data.reason,
            rule: data.rule,
            decided_by: Some(data.decided_by),
        };
        Self { id: data.id, post_id: data.post_id, change: Change::Moderated(verdict) }
    }
}

impl From<CommentDeleted> for CommentChange {
    fn from(data: CommentDeleted) -> Self {
        Self { id: data.id, post_id: data.post_id, change: Change::Deleted(data.deleted_by) }
    }
}
