//! What goes over the wire: the bodies of requests and answers, and the document that describes them.

use contract::{ItemStatus, Status, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::store::Stored;

/// Something to post
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "title": "Hello", "content": "First!", "authorName": "Ada" }))]
pub(super) struct PostRequest {
    /// The title, on one line
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    /// The text below it
    #[schema(max_length = 40_000)]
    pub content: Option<String>,
    /// The name that the author goes by
    #[schema(max_length = 60)]
    pub author_name: Option<String>,
}

/// What to change; at least one of the two
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "title": "Hello again" }))]
pub(super) struct EditRequest {
    /// The new title
    #[schema(min_length = 1, max_length = 300)]
    pub title: Option<String>,
    /// The new text; `null` takes it away
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 40_000)]
    #[expect(clippy::option_option, reason = "the outer one says whether the field is there")]
    pub content: Option<Option<String>>,
}

/// Tells `null` from what is not there.
#[expect(clippy::option_option, reason = "the outer one says whether the field is there")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A post
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostBody {
    /// Its id
    #[schema(value_type = String, format = Uuid)]
    id: contract::PostId,
    /// Its revision: 1 at first, one more with every edit
    #[schema(value_type = u32)]
    revision: contract::Revision,
    /// Its title
    title: String,
    /// The text below it
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// The name that the author goes by
    #[serde(skip_serializing_if = "Option::is_none")]
    author_name: Option<String>,
    /// Whether it has been judged: `pending`, `approved`, or `rejected`, which only its author sees
    #[schema(value_type = String, example = "pending")]
    status: Status,
    /// Why it was judged so
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it was posted
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last edited
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Timestamp>,
}

impl PostBody {
    /// What there is to show of a post; `None` if it is not there, or no more.
    pub(super) fn of(stored: Stored) -> Option<Self> {
        let status = match stored.item.status() {
            ItemStatus::Pending => Status::Pending,
            ItemStatus::Approved => Status::Approved,
            ItemStatus::Rejected => Status::Rejected,
            ItemStatus::Unknown | ItemStatus::Deleted => return None,
        };
        let reason = stored.item.standing_verdict().and_then(|verdict| verdict.reason.clone());
        let (origin, version) = (stored.item.origin?, stored.item.version?);
        Some(Self {
            id: stored.id,
            revision: version.revision,
            title: version.content.title,
            content: version.content.content,
            author_name: origin.author_name,
            status,
            reason,
            created_at: origin.created_at,
            edited_at: version.edited_at,
        })
    }
}

/// Posts: what people post
#[derive(OpenApi)]
#[openapi(
    info(title = "Folkmoot posts", description = "What people post: kept, changed by its author, told to the bus."),
    // Relative to the document: right on the own port and under the front door.
    servers((url = "..")),
    paths(super::create, super::create_by_alias, super::list, super::read, super::edit, super::delete),
    components(schemas(PostRequest, EditRequest, PostBody))
)]
pub(super) struct Document;
