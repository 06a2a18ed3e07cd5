//! What events say about posts.

use super::{Change, Item, Verdict, Version};
use crate::{Event, PostCreated, PostDeleted, PostId, PostModerated, PostUpdated, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// A post, as far as it has been heard of.
pub type PostItem = Item<PostText, PostOrigin>;

/// What a post's edits replace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PostText {
    /// The title.
    pub title: String,
    /// The text below it, if there is one.
    pub content: Option<String>,
}

/// What a post's creation said once and for all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PostOrigin {
    /// When it was posted.
    pub created_at: Timestamp,
    /// The account that posted.
    pub author_id: Option<UserId>,
    /// The name that somebody without an account chose.
    pub author_name: Option<String>,
    /// The hash of the secret by which an author without an account is known again.
    pub owner_key: Option<String>,
}

/// What one event says about one post.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PostChange {
    /// The post.
    pub id: PostId,
    /// What is said of it.
    pub change: Change<PostText, PostOrigin>,
}

impl PostChange {
    /// What this event says about a post; `None` if it is not about one.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::PostCreated(data) => Some(data.clone().into()),
            Event::PostUpdated(data) => Some(data.clone().into()),
            Event::PostDeleted(data) => Some(data.clone().into()),
            Event::PostModerated(data) => Some(data.clone().into()),
            _ => None,
        }
    }
}

impl From<PostCreated> for PostChange {
    fn from(data: PostCreated) -> Self {
        let origin = PostOrigin {
            created_at: data.created_at,
            author_id: data.author_id,
            author_name: data.author_name,
            owner_key: data.owner_key,
        };
        let content = PostText { title: data.title, content: data.content };
        let version = Version { revision: data.revision, edited_at: None, content };
        Self { id: data.id, change: Change::Created { origin, version } }
    }
}

impl From<PostUpdated> for PostChange {
    fn from(data: PostUpdated) -> Self {
        let content = PostText { title: data.title, content: data.content };
        let version = Version { revision: data.revision, edited_at: Some(data.edited_at), content };
        Self { id: data.id, change: Change::Updated { version, verdict: None } }
    }
}

impl From<PostDeleted> for PostChange {
    fn from(data: PostDeleted) -> Self {
        Self { id: data.id, change: Change::Deleted(data.deleted_by) }
    }
}

impl From<PostModerated> for PostChange {
    fn from(data: PostModerated) -> Self {
        let verdict = Verdict {
            revision: data.revision,
            decision: data.decision,
            status: data.status,
            reason: data.reason,
            rule: data.rule,
            decided_by: Some(data.decided_by),
        };
        Self { id: data.id, change: Change::Moderated(verdict) }
    }
}
