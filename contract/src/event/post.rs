//! What is said about posts.

use crate::{DecidedBy, DeletedBy, PostId, Revision, Status, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Somebody posted. Said by posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostCreated {
    /// The post.
    pub id: PostId,
    /// Always the first.
    pub revision: Revision,
    /// The title.
    pub title: String,
    /// The text below it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The account that posted. Its name is never in an event: readers join it from what users says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<UserId>,
    /// The name that somebody without an account chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// The lower-case hexadecimal SHA-256 of the secret by which an author without an account is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_key: Option<String>,
    /// When it was posted.
    pub created_at: Timestamp,
}

/// A post has a new version, which has not been judged. Said by posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostUpdated {
    /// The post.
    pub id: PostId,
    /// The new version's number.
    pub revision: Revision,
    /// The title as it is now.
    pub title: String,
    /// The text as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// When it was edited.
    pub edited_at: Timestamp,
}

/// A post is gone, and its thread closed: nothing more is said of each comment. Said by posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostDeleted {
    /// The post.
    pub id: PostId,
    /// Who deleted it.
    pub deleted_by: DeletedBy,
}

/// One version of a post was judged. Said by moderation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostModerated {
    /// The post.
    pub id: PostId,
    /// The version that was judged.
    pub revision: Revision,
    /// How many verdicts this post has had, this one included: of several on one version the last one counts.
    #[serde(default)]
    pub decision: u32,
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
