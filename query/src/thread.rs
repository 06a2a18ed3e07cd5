//! A post's comments, as they answer each other.
//!
//! What is kept of a comment is its [`CommentItem`]; everything else here follows from those items alone (who answers
//! whom, what stands at the top, how many there are) and is kept up to date with each change, so that no reader pays
//! for it. So a thread that was put together from a snapshot is the one that was folded.
//!
//! The order is: oldest first, replies right after what they answer. A comment whose parent has not been heard of stands
//! at the top until it has. Whatever claims to answer itself, over however many corners, is reachable from nowhere and
//! so never shown.

mod part;
mod walk;

pub use part::{COUNTED, Cursor, Cut, MOST, MOST_BYTES, Part, Unknown};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use contract::{Change, CommentId, CommentItem, CommentOrigin, Effect, Showing, Timestamp};

use crate::html::{Html, Text};
use crate::place::{self, Place};
use crate::render;

/// Where a comment stands: by when it was written.
pub type Spot = Place<CommentId>;

/// One comment.
#[derive(Debug, Default)]
pub struct Comment {
    /// What has been heard of it.
    pub item: CommentItem,
    /// Its answers, oldest first.
    replies: Vec<Spot>,
    /// Its text as HTML. A verdict leaves it as it is.
    html: Html,
    /// What everyone may see of it, as JSON; made when first asked for.
    piece: OnceLock<Box<str>>,
}

impl Comment {
    /// What everyone may see of it, as a JSON object.
    ///
    /// # Errors
    /// The text that is to be rendered first.
    pub fn piece(&self, id: CommentId) -> Result<&str, Text> {
        if let Some(piece) = self.piece.get() {
            return Ok(piece);
        }
        let piece = render::comment(id, &self.item, &self.html, false)?;
        Ok(self.piece.get_or_init(|| piece.into()))
    }

    /// What its author sees of it, as a JSON object.
    ///
    /// # Errors
    /// The text that is to be rendered first.
    pub fn own_piece(&self, id: CommentId) -> Result<Cow<'_, str>, Text> {
        if render::is_withheld(&self.item) {
            return Ok(render::comment(id, &self.item, &self.html, true)?.into());
        }
        Ok(render::marked_own(&self.item, self.piece(id)?).into())
    }

    fn standing(&self, id: CommentId) -> Standing {
        let origin = self.item.origin.as_ref();
        Standing {
            spot: origin.map(|origin| (Place { at: origin.created_at, id }, origin.parent_id)),
            alive: origin.is_some() && self.item.deleted.is_none(),
            shown: self.item.is_shown(Showing::OnceApproved),
        }
    }
}

/// What of a comment matters to its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Standing {
    spot: Option<(Spot, Option<CommentId>)>,
    alive: bool,
    shown: bool,
}

/// All comments of one post.
#[derive(Debug, Default)]
pub struct Thread {
    comments: BTreeMap<CommentId, Box<Comment>>,
    roots: Vec<Spot>,
    alive: usize,
    last_shown: Option<Timestamp>,
}

impl Thread {
    /// Joins what an event says about one comment to what is known.
    pub fn apply(&mut self, id: CommentId, change: Change<String, CommentOrigin>) -> Effect {
        let comment = self.comments.entry(id).or_default();
        let before = comment.standing(id);
        let is_same_text = change.version().is_none_or(|version| comment.item.version.as_ref() == Some(version));
        let effect = comment.item.apply(change);
        if effect.is_changed() {
            if !is_same_text {
                comment.html = Html::default();
            }
            comment.piece = OnceLock::new();
            let after = comment.standing(id);
            self.settle(id, before, after);
        }
        effect
    }

    /// A thread of these items, as a snapshot kept them.
    pub fn restore(items: Vec<(CommentId, CommentItem)>) -> Self {
        let mut thread = Self::default();
        for (id, item) in items {
            let comment = thread.comments.entry(id).or_default();
            let before = comment.standing(id);
            comment.item = item;
            let after = comment.standing(id);
            thread.settle(id, before, after);
        }
        thread
    }

    /// Everything that was heard, in the order of ids.
    pub fn items(&self) -> impl Iterator<Item = (&CommentId, &CommentItem)> {
        let nothing = CommentItem::new();
        self.comments.iter().map(|(id, comment)| (id, &comment.item)).filter(move |(_, item)| **item != nothing)
    }

    /// How many comments there are that were not deleted.
    pub fn count(&self) -> usize {
        self.alive
    }

    /// When the last comment was written that everyone may see.
    pub fn last_shown(&self) -> Option<Timestamp> {
        self.last_shown
    }

    /// One comment, if anything was heard of it.
    pub fn get(&self, id: CommentId) -> Option<&Comment> {
        self.comments.get(&id).map(Box::as_ref)
    }

    /// Brings what follows from the items up to date after one of them changed.
    fn settle(&mut self, id: CommentId, before: Standing, after: Standing) {
        if before.spot != after.spot {
            if let Some((spot, parent)) = before.spot {
                self.unlink(&spot, parent);
            }
            if let Some((spot, parent)) = after.spot {
                self.link(spot, parent);
            }
            if before.spot.is_none() {
                self.adopt(id);
            }
        }
        match (before.alive, after.alive) {
            (false, true) => self.alive += 1,
            (true, false) => self.alive -= 1,
            _ => {}
        }
        if before.shown || after.shown {
            self.settle_last_shown(before, after);
        }
    }

    fn settle_last_shown(&mut self, before: Standing, after: Standing) {
        let at = |standing: Standing| standing.spot.filter(|_| standing.shown).map(|(spot, _)| spot.at);
        let (before, after) = (at(before), at(after));
        if before.is_some() && before == self.last_shown && after < before {
            let shown = self.comments.iter().map(|(id, comment)| comment.standing(*id));
            self.last_shown = shown.filter_map(at).max();
        } else {
            self.last_shown = self.last_shown.max(after);
        }
    }

    fn link(&mut self, spot: Spot, parent: Option<CommentId>) {
        if let Some(parent) = parent {
            let parent = self.comments.entry(parent).or_default();
            place::put(&mut parent.replies, spot);
            if parent.item.origin.is_some() {
                return;
            }
        }
        place::put(&mut self.roots, spot);
    }

    fn unlink(&mut self, spot: &Spot, parent: Option<CommentId>) {
        if let Some(parent) = parent.and_then(|parent| self.comments.get_mut(&parent)) {
            place::take(&mut parent.replies, spot);
        }
        place::take(&mut self.roots, spot);
    }

    /// A comment that has come takes its place above those that came before it and answer it.
    fn adopt(&mut self, id: CommentId) {
        let Some(comment) = self.comments.get(&id) else { return };
        for reply in &comment.replies {
            place::take(&mut self.roots, reply);
        }
    }
}
