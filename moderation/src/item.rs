//! What is moderated: posts and comments, looked at alike.
//!
//! What events add up to is the contract's lifecycle. All that differs here is what a judge and a moderator need to
//! see: a text with or without a title, and who wrote it. Owner keys are nothing to moderation.

use std::fmt;
use std::str::FromStr;

use contract::{
    Change, CommentChange, CommentId, CommentModerated, Event, PostChange, PostId, PostModerated, Timestamp, UserId,
    Verdict, Version,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Kind {
    /// A post.
    Post,
    /// A comment.
    Comment,
}

impl Kind {
    /// The word on the wire, in rules, and in the store's column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Comment => "comment",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "post" => Ok(Self::Post),
            "comment" => Ok(Self::Comment),
            other => Err(format!("`{other}` is not a kind: write post or comment")),
        }
    }
}

/// Through text, so that anything else is told as a wrong value and not as broken JSON.
impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse()
    }
}

/// Which item is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Its id among its kind.
    pub id: Uuid,
}

impl Key {
    /// This post.
    pub fn post(id: PostId) -> Self {
        Self { kind: Kind::Post, id: id.uuid() }
    }

    /// This comment.
    pub fn comment(id: CommentId) -> Self {
        Self { kind: Kind::Comment, id: id.uuid() }
    }
}

/// What a version says.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text {
    /// A post's title.
    pub title: Option<String>,
    /// A comment's text, or a post's below its title.
    pub content: Option<String>,
}

/// What a moderator may know of where it came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// When it was written.
    pub created_at: Timestamp,
    /// The account that wrote it.
    pub author_id: Option<UserId>,
    /// The name that somebody without an account chose.
    pub author_name: Option<String>,
    /// The comment that a comment answers.
    pub parent_id: Option<CommentId>,
}

/// A post or comment, as far as it has been heard of.
pub type Item = contract::Item<Text, Origin>;

/// What one event says about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The item.
    pub key: Key,
    /// The post that it stands under, or is.
    pub post_id: PostId,
    /// What is said of it.
    pub change: Change<Text, Origin>,
}

impl News {
    /// What this event says; `None` if it changes no item.
    pub fn of(event: &Event) -> Option<Self> {
        PostChange::of(event).map(Self::from).or_else(|| CommentChange::of(event).map(Self::from))
    }

    /// The name that it is under, if this event says whose it is: `Some(None)` is without a name.
    pub fn author_name(&self) -> Option<Option<&str>> {
        match &self.change {
            Change::Created { origin, .. } => Some(origin.author_name.as_deref()),
            Change::Updated { .. } | Change::Moderated(_) | Change::Deleted(_) => None,
        }
    }

    /// The version that it brings to be judged. One that comes with a verdict has been; one whose verdict was taken
    /// back waits for a person.
    pub fn to_judge(&self) -> Option<&Version<Text>> {
        match &self.change {
            Change::Created { version, .. } | Change::Updated { version, verdict: None } => Some(version),
            Change::Updated { .. } | Change::Moderated(_) | Change::Deleted(_) => None,
        }
    }
}

impl From<PostChange> for News {
    fn from(heard: PostChange) -> Self {
        let change = match heard.change {
            Change::Created { origin, version } => Change::Created {
                origin: Origin {
                    created_at: origin.created_at,
                    author_id: origin.author_id,
                    author_name: origin.author_name,
                    parent_id: None,
                },
                version: with_text(version, |text| Text { title: Some(text.title), content: text.content }),
            },
            Change::Updated { version, verdict } => Change::Updated {
                version: with_text(version, |text| Text { title: Some(text.title), content: text.content }),
                verdict,
            },
            Change::Moderated(verdict) => Change::Moderated(verdict),
            Change::Deleted(by) => Change::Deleted(by),
        };
        Self { key: Key::post(heard.id), post_id: heard.id, change }
    }
}

impl From<CommentChange> for News {
    fn from(heard: CommentChange) -> Self {
        let change = match heard.change {
            Change::Created { origin, version } => Change::Created {
                origin: Origin {
                    created_at: origin.created_at,
                    author_id: origin.author_id,
                    author_name: origin.author_name,
                    parent_id: origin.parent_id,
                },
                version: with_text(version, |content| Text { title: None, content: Some(content) }),
            },
            Change::Updated { version, verdict } => Change::Updated {
                version: with_text(version, |content| Text { title: None, content: Some(content) }),
                verdict,
            },
            Change::Moderated(verdict) => Change::Moderated(verdict),
            Change::Deleted(by) => Change::Deleted(by),
        };
        Self { key: Key::comment(heard.id), post_id: heard.post_id, change }
    }
}

fn with_text<C>(version: Version<C>, text: impl FnOnce(C) -> Text) -> Version<Text> {
    Version { revision: version.revision, edited_at: version.edited_at, content: text(version.content) }
}

/// The event that tells of a verdict.
pub fn moderated(key: Key, post_id: PostId, verdict: Verdict) -> Event {
    let decided_by = verdict.decided_by.unwrap_or(contract::DecidedBy::Rules);
    let Verdict { revision, decision, status, reason, rule, .. } = verdict;
    match key.kind {
        Kind::Post => {
            PostModerated { id: PostId::from_uuid(key.id), revision, decision, status, reason, rule, decided_by }.into()
        }
        Kind::Comment => {
            let id = CommentId::from_uuid(key.id);
            CommentModerated { id, revision, decision, post_id, status, reason, rule, decided_by }.into()
        }
    }
}
