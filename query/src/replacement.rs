//! What readers see while a lost log is being filled again: the model of the old one, until the model of the new one has
//! everything that was in it.
//!
//! The services publish again what they own, each by itself, within seconds. Until then the new log holds a part of the
//! board, and its fold may show what the old one withheld: posts come before the verdicts on them. So it is folded
//! aside, and takes the old model's place once nothing is missing. What never comes back (events of foreign producers,
//! a database that is lost too) is waited for only as long as anything comes at all; but a text that was withheld and
//! would show is waited for without end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Item, PostId, Showing, Verdict};

use crate::applied::REMEMBERED;
use crate::heard::EventKey;
use crate::post::Post;
use crate::store::Store;

/// How often what would leak is looked for, which goes through the whole model.
const LOOK: Duration = Duration::from_secs(1);

/// A model that is to take another one's place.
#[derive(Debug)]
pub struct Replacement {
    old: Arc<Store>,
    /// The old model's posts that were not found whole in the new one so far.
    missing: Vec<PostId>,
    /// The latest events that were folded aside: they count as applied once their model is shown.
    keys: VecDeque<EventKey>,
    /// When the last event came.
    last: Instant,
    looked: Option<Instant>,
}

impl Replacement {
    /// Of this model.
    pub fn of(old: Arc<Store>) -> Self {
        let missing = old.all(|id, _| id);
        Self { old, missing, keys: VecDeque::new(), last: Instant::now(), looked: None }
    }

    /// Of the same model, by another log still.
    #[must_use]
    pub fn again(self) -> Self {
        Self::of(self.old)
    }

    /// These were folded aside.
    pub fn folded(&mut self, keys: &[EventKey]) {
        self.last = Instant::now();
        self.keys.extend(keys);
        let beyond = self.keys.len().saturating_sub(REMEMBERED);
        self.keys.drain(..beyond);
    }

    /// What was folded aside.
    pub fn keys(self) -> Vec<EventKey> {
        self.keys.into()
    }

    /// How many posts are not whole yet.
    pub fn missing(&self) -> usize {
        self.missing.len()
    }

    /// Whether this model can take the old one's place: nothing is missing, or nothing has come for `quiet`, and nothing
    /// that was withheld would show.
    pub fn may_be(&mut self, new: &Store, quiet: Duration) -> bool {
        while let Some(id) = self.missing.last() {
            if !has(&self.old, new, *id) {
                break;
            }
            self.missing.pop();
        }
        if self.missing.is_empty() {
            return true;
        }
        if self.last.elapsed() < quiet || self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return false;
        }
        self.looked = Some(Instant::now());
        !new.all(|id, post| would_leak(&self.old, id, post)).contains(&true)
    }
}

/// Whether the new model has all that the old one has of this post.
fn has(old: &Store, new: &Store, id: PostId) -> bool {
    let whole = |before: &Post| {
        let look = |now: &Post| {
            let has_comments = || {
                before
                    .thread
                    .items()
                    .all(|(id, item)| now.thread.get(*id).is_some_and(|there| covers(item, &there.item)))
            };
            covers(&before.item, &now.item) && (now.item.deleted.is_some() || has_comments())
        };
        new.look(id, look).unwrap_or(false)
    };
    old.look(id, whole).unwrap_or(true)
}

/// Whether one knows of an item what the other one does, or more.
fn covers<C, O>(before: &Item<C, O>, now: &Item<C, O>) -> bool {
    let mark = |item: &Item<C, O>| item.verdict.as_ref().map(Verdict::mark);
    let revision = |item: &Item<C, O>| item.version.as_ref().map(|version| version.revision);
    now.deleted.is_some()
        || (before.deleted.is_none()
            && (before.origin.is_none() || now.origin.is_some())
            && revision(before) <= revision(now)
            && mark(before) <= mark(now)
            && before.reopened <= now.reopened)
}

/// Whether everyone would see something of this post that the old model knows and withholds.
fn would_leak(old: &Store, id: PostId, now: &Post) -> bool {
    let leaks = |before: &Post| {
        if !now.is_shown() {
            return false;
        }
        let shown_comment = |(id, item): (&contract::CommentId, &contract::CommentItem)| {
            let before = before.thread.get(*id);
            item.is_shown(Showing::OnceApproved) && before.is_some_and(|b| !b.item.is_shown(Showing::OnceApproved))
        };
        !before.is_shown() || now.thread.items().any(shown_comment)
    };
    old.look(id, leaks).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::{
        Change, CommentChange, CommentCreated, CommentId, DeletedBy, PostChange, PostCreated, Revision, Status,
        Timestamp,
    };

    use super::*;
    use crate::store::Moves;

    fn apply(store: &Store, change: &PostChange) {
        store.change(change.id, &mut Moves::default(), |post| post.apply(change.change.clone()));
    }

    fn apply_comment(store: &Store, change: &CommentChange) {
        store.change(change.post_id, &mut Moves::default(), |post| post.apply_comment(change.clone()));
    }

    fn created(id: PostId) -> PostChange {
        PostChange::from(PostCreated {
            id,
            revision: Revision::FIRST,
            title: "title".to_owned(),
            content: None,
            author_id: None,
            author_name: None,
            owner_key: None,
            created_at: Timestamp::EPOCH,
        })
    }

    fn verdict(decision: u32, status: Status) -> Verdict {
        Verdict { revision: Revision::FIRST, decision, status, reason: None, rule: None, decided_by: None }
    }

    fn judged(id: PostId, decision: u32, status: Status) -> PostChange {
        PostChange { id, change: Change::Moderated(verdict(decision, status)) }
    }

    fn comment(post: PostId, id: CommentId) -> CommentChange {
        CommentChange::from(CommentCreated {
            id,
            revision: Revision::FIRST,
            post_id: post,
            parent_id: None,
            content: "text".to_owned(),
            status: Status::Pending,
            author_id: None,
            author_name: None,
            owner_key: None,
            created_at: Timestamp::EPOCH,
        })
    }

    const LONG: Duration = Duration::from_mins(10);

    #[test]
    fn nothing_may_be_missing_whatever_order_it_comes_in() {
        let (old, new) = (Arc::<Store>::default(), Store::default());
        let (post, gone, remark) = (PostId::new(), PostId::new(), CommentId::new());
        let deleted = PostChange { id: gone, change: Change::Deleted(DeletedBy::Author) };
        let approved =
            CommentChange { change: Change::Moderated(verdict(1, Status::Approved)), ..comment(post, remark) };
        for change in [created(post), judged(post, 2, Status::Rejected), created(gone), deleted.clone()] {
            apply(&old, &change);
        }
        for change in [comment(post, remark), approved.clone()] {
            apply_comment(&old, &change);
        }
        let mut replacement = Replacement::of(Arc::clone(&old));
        let mut is_whole = || replacement.may_be(&new, LONG);
        assert!(!is_whole());
        apply(&new, &created(PostId::new()));
        apply(&new, &deleted);
        apply(&new, &created(post));
        assert!(!is_whole(), "a verdict is missing");
        apply(&new, &judged(post, 2, Status::Rejected));
        assert!(!is_whole(), "a comment is missing");
        apply_comment(&new, &approved);
        assert!(!is_whole(), "its text is missing");
        apply_comment(&new, &comment(post, remark));
        assert!(is_whole());
    }

    #[test]
    fn what_never_comes_back_is_not_waited_for_but_what_was_withheld_does_not_show() {
        let (old, new) = (Arc::<Store>::default(), Store::default());
        let (post, lost) = (PostId::new(), PostId::new());
        for change in [created(post), judged(post, 1, Status::Rejected), created(lost)] {
            apply(&old, &change);
        }
        let mut replacement = Replacement::of(Arc::clone(&old));
        apply(&new, &created(post));
        assert!(!replacement.may_be(&new, Duration::ZERO), "it would show what was rejected");
        apply(&new, &judged(post, 1, Status::Rejected));
        replacement.looked = None;
        assert!(!replacement.may_be(&new, LONG), "the other one may still come");
        assert!(replacement.may_be(&new, Duration::ZERO));
        assert!(replacement.missing() > 0);
    }
}
