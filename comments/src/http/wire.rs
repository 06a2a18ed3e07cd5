//! What goes over the wire: the bodies of requests and answers, and the document that describes them.

use contract::{CommentId, PostId, Revision, Status, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::openapi::path::Operation;
use utoipa::{OpenApi, ToSchema};

use crate::store::Stored;
use crate::thread::{self, Sight};

/// Something to say
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "content": "Well said.", "authorName": "Ada" }))]
pub(super) struct CommentRequest {
    /// The text
    #[schema(min_length = 1, max_length = 10_000)]
    pub content: String,
    /// The comment that it answers, which must stand under the same post and not be deleted
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Option<CommentId>,
    /// The name that the author goes by
    #[schema(max_length = 60)]
    pub author_name: Option<String>,
}

/// The new text
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "content": "Very well said." }))]
pub(super) struct EditRequest {
    /// The text
    #[schema(min_length = 1, max_length = 10_000)]
    pub content: String,
}

/// What is wrong with a comment
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "reason": "Advertisement" }))]
pub(super) struct ReportRequest {
    /// In the reporter's words
    #[schema(min_length = 1, max_length = 1_000)]
    pub reason: String,
}

/// A report that was passed on
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportBody {
    /// The comment
    #[schema(value_type = String, format = Uuid)]
    comment_id: CommentId,
    /// Always `reported`
    status: &'static str,
}

impl ReportBody {
    /// A report of this comment.
    pub(super) fn of(comment_id: CommentId) -> Self {
        Self { comment_id, status: "reported" }
    }
}

/// A comment
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommentBody {
    /// Its id
    #[schema(value_type = String, format = Uuid)]
    id: CommentId,
    /// The post it stands under
    #[schema(value_type = String, format = Uuid)]
    post_id: PostId,
    /// The comment it answers
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    parent_id: Option<CommentId>,
    /// Its revision: 1 at first, one more with every edit; absent once it is deleted
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    revision: Option<Revision>,
    /// The text; `null` if it is withheld from this reader, or deleted
    content: Option<String>,
    /// Whether there is a text that this reader may not see
    #[serde(skip_serializing_if = "is_false")]
    withheld: bool,
    /// Whether it is deleted, and only its place is left
    #[serde(skip_serializing_if = "is_false")]
    deleted: bool,
    /// Whether it has been judged: `pending`, `approved` or `rejected`; absent once it is deleted
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "pending")]
    status: Option<Status>,
    /// Why it was judged so, for its author
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The name that the author goes by; withheld with the text
    #[serde(skip_serializing_if = "Option::is_none")]
    author_name: Option<String>,
    /// When it was written
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last edited
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Timestamp>,
}

impl CommentBody {
    /// What the holder of this owner key (its hash), or anyone, sees of it; `None` if it is not there.
    pub(super) fn of(stored: &Stored, owner: Option<&str>) -> Option<Self> {
        let is_author = stored.comment.is_owned_by(owner);
        Self::with(stored, thread::sight(&stored.comment, stored.place, owner), is_author)
    }

    /// What its author sees of it, who need not have a key.
    pub(super) fn to_author(stored: &Stored) -> Option<Self> {
        Self::with(stored, Sight::Text, true).filter(|body| body.content.is_some())
    }

    fn with(stored: &Stored, sight: Sight, is_author: bool) -> Option<Self> {
        if sight == Sight::Nothing {
            return None;
        }
        let comment = &stored.comment;
        let origin = comment.origin()?;
        let version = comment.item.version.as_ref();
        Some(Self {
            id: comment.id,
            post_id: comment.post_id,
            parent_id: origin.parent_id,
            revision: comment.revision(),
            content: version.filter(|_| sight == Sight::Text).map(|version| version.content.clone()),
            withheld: sight == Sight::Withheld,
            deleted: sight == Sight::Tombstone,
            status: comment.is_there().then(|| comment.status()),
            reason: comment.reason().filter(|_| is_author).map(str::to_owned),
            author_name: origin.author_name.clone().filter(|_| sight == Sight::Text),
            created_at: origin.created_at,
            edited_at: version.and_then(|version| version.edited_at),
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Comments: what people answer to posts and to each other
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Folkmoot comments",
        description = "What people answer to posts and to each other: withheld until it is judged, told to the bus."
    ),
    // Relative to the document: right on the own port and under the front door.
    servers((url = "..")),
    paths(super::create, super::list, super::read, super::edit, super::delete, super::report),
    components(schemas(CommentRequest, EditRequest, ReportRequest, CommentBody, ReportBody))
)]
struct Document;

/// The OpenAPI document of these routes, as JSON.
pub fn openapi() -> String {
    let mut document = Document::openapi();
    if let Some(thread) = document.paths.paths.get("/posts/{postId}/comments") {
        let mut alias = thread.clone();
        for operation in [&mut alias.get, &mut alias.post] {
            rename(operation.as_mut());
        }
        document.paths.paths.insert("/post/{postId}/comments".to_owned(), alias);
    }
    chassis::openapi::document(document)
}

/// An operation's id must be its own.
fn rename(operation: Option<&mut Operation>) {
    if let Some(id) = operation.and_then(|operation| operation.operation_id.as_mut()) {
        id.push_str("_alias");
    }
}
