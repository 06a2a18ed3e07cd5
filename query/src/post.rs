//! A post with its thread, as far as both have been heard of.
//!
//! The fold of one post's events is this file and [`crate::thread`]: pure, total, and the same for every order in which
//! the events come. Comments on a post that has not been heard of are kept for it. A post's deletion closes its
//! thread: what was in it is dropped, and what comes later is not taken in.

use std::borrow::Cow;
use std::sync::OnceLock;

use bytes::Bytes;
use contract::{
    Change, CommentChange, CommentId, CommentItem, Effect, ItemStatus, PostId, PostItem, PostOrigin, PostText, Showing,
    Timestamp, Why,
};

use crate::html::{Html, Text};
use crate::render;
use crate::thread::Thread;

/// A post with its thread.
#[derive(Debug, Default)]
pub struct Post {
    /// What has been heard of the post itself.
    pub item: PostItem,
    /// Its comments; empty once the post is deleted.
    pub thread: Thread,
    /// The text below the title as HTML. Comments and verdicts leave it as it is.
    html: Html,
    /// The post as lists show it to everyone; made when first asked for.
    listed: OnceLock<Listed>,
}

/// A post as lists show it to everyone.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The post with its first comments, as a JSON object.
    pub json: Bytes,
    /// Changes whenever the JSON does.
    pub tag: [u8; 16],
    /// Whether these are all of its comments.
    pub complete: bool,
}

/// What lists order posts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// When it was posted.
    pub created: Timestamp,
    /// When it was posted, or the last comment that everyone may see was written.
    pub active: Timestamp,
}

impl Post {
    /// A post as a snapshot kept it.
    pub fn restore(item: PostItem, comments: Vec<(CommentId, CommentItem)>) -> Self {
        Self { item, thread: Thread::restore(comments), ..Self::default() }
    }

    /// Joins what an event says about the post to what is known.
    pub fn apply(&mut self, change: Change<PostText, PostOrigin>) -> Effect {
        let is_same_text = change.version().is_none_or(|version| self.item.version.as_ref() == Some(version));
        let effect = self.item.apply(change);
        if effect.is_changed() {
            if !is_same_text {
                self.html = Html::default();
            }
            self.listed = OnceLock::new();
            if self.item.deleted.is_some() {
                self.thread = Thread::default();
            }
        }
        effect
    }

    /// Joins what an event says about one of its comments to what is known.
    pub fn apply_comment(&mut self, change: CommentChange) -> Effect {
        if self.item.deleted.is_some() {
            return Effect::Nothing(Why::Deleted);
        }
        let effect = self.thread.apply(change.id, change.change);
        if effect.is_changed() {
            self.listed = OnceLock::new();
        }
        effect
    }

    /// Where lists have it; `None` if not everyone may see it.
    pub fn listing(&self) -> Option<Listing> {
        if !self.is_shown() {
            return None;
        }
        let created = self.item.origin.as_ref()?.created_at;
        Some(Listing { created, active: self.last_activity(created) })
    }

    /// May everyone see it?
    pub fn is_shown(&self) -> bool {
        self.item.is_shown(Showing::UntilRejected)
    }

    /// Is there such a post, whoever may see it?
    pub fn exists(&self) -> bool {
        !matches!(self.item.status(), ItemStatus::Unknown | ItemStatus::Deleted)
    }

    /// When something was last written here that everyone may see.
    pub fn last_activity(&self, created: Timestamp) -> Timestamp {
        self.thread.last_shown().map_or(created, |shown| shown.max(created))
    }

    /// The text below the title as HTML; `None` if there is none. An error is the text that is to be rendered first.
    pub fn html(&self) -> Option<Result<Cow<'_, str>, Text>> {
        let text = self.item.version.as_ref()?.content.content.as_deref()?;
        Some(self.html.of(text))
    }

    /// The post as lists show it to everyone.
    ///
    /// # Errors
    /// The texts that are to be rendered first.
    pub fn listed(&self, id: PostId) -> Result<&Listed, Vec<Text>> {
        if let Some(listed) = self.listed.get() {
            return Ok(listed);
        }
        let listed = render::listed(id, self)?;
        Ok(self.listed.get_or_init(|| listed))
    }
}
