//! What is said about comments. Their subject is the post they stand under, so that a thread arrives in order.

use crate::{CommentId, DecidedBy, DeletedBy, PostId, Revision, Status, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Somebody commented; the comment has not been judged. Said by comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentCreated {
    /// The comment.
    pub id: CommentId,
    /// Always the first.
    pub revision: Revision,
    /// The post it stands under.
    pub post_id: PostId,
    /// The comment it answers, if it answers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<CommentId>,
    /// The text.
    pub content: String,
    /// Always pending.
    pub status: Status,
    /// The account that commented. Its name is never in an event: readers join it from what users says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<UserId>,
    /// The name that somebody without an account chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// The lower-case hexadecimal SHA-256 of the secret by which an author without an account is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_key: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

/// One version of a comment was judged. Said by moderation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentModerated {
    /// The comment.
    pub id: CommentId,
    /// The version that was judged.
    pub revision: Revision,
    /// How many verdicts this comment has had, this one included: of several on one version the last one counts.
    #[serde(default)]
    pub decision: u32,
    /// The post it stands under.
    pub post_id: PostId,
    /// The verdict.
    pub status: Status,
    /// Why, for the author and for moderators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The name of the rule that decided, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Who decided.
    pub decided_by: DecidedBy,
}

/// A comment as it stands after an edit or after a verdict: a version, and the verdict on it if there is one. Said by
/// comments, and all that a reader needs for showing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentUpdated {
    /// The comment.
    pub id: CommentId,
    /// The version that stands.
    pub revision: Revision,
    /// How many verdicts the comment has had when `status` was reached; 0 if it has not been judged.
    #[serde(default)]
    pub decision: u32,
    /// The post it stands under.
    pub post_id: PostId,
    /// The comment it answers, if it answers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<CommentId>,
    /// The text as it is now.
    pub content: String,
    /// The verdict on this version, or pending.
    pub status: Status,
    /// Why, for the author and for moderators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was edited, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
}

/// A comment is gone; where others answer it a tombstone stays. Said by comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentDeleted {
    /// The comment.
    pub id: CommentId,
    /// The post it stood under.
    pub post_id: PostId,
    /// Who deleted it.
    pub deleted_by: DeletedBy,
}

/// Somebody asks moderators to look at a comment. Said by comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentReported {
    /// The comment.
    pub id: CommentId,
    /// The version that was seen.
    pub revision: Revision,
    /// The post it stands under.
    pub post_id: PostId,
    /// The account that reported it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter_id: Option<UserId>,
    /// What is wrong with it, in the reporter's words.
    pub reason: String,
}
