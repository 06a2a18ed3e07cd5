//! Going through one branch, depth first. No recursion: how deep a thread goes is its writers' choice.

use contract::CommentId;

use super::{Comment, Spot, Thread};
use crate::place::Place;

/// The comments of a branch in the thread's order. What was deleted stands only where something below it is left.
pub(super) struct Walk<'a> {
    thread: &'a Thread,
    path: Vec<Level<'a>>,
    entering: Option<(CommentId, &'a Comment)>,
    /// So many levels of the path were given out: always the upper ones.
    given: usize,
    /// So many are to be given out.
    due: usize,
}

struct Level<'a> {
    id: CommentId,
    comment: &'a Comment,
    /// Which reply is next.
    next: usize,
}

impl<'a> Walk<'a> {
    /// Through the branch of this root.
    pub(super) fn new(thread: &'a Thread, root: CommentId) -> Self {
        let entering = thread.get(root).map(|comment| (root, comment));
        Self { thread, path: Vec::new(), entering, given: 0, due: 0 }
    }

    /// On from behind a comment that was given out before, with the root of its branch. `None` if it stands in no branch.
    pub(super) fn behind(thread: &'a Thread, id: CommentId) -> Option<(Spot, Self)> {
        let mut path = Vec::new();
        let mut id = id;
        let mut below: Option<Spot> = None;
        loop {
            let comment = thread.get(id)?;
            let origin = comment.item.origin.as_ref()?;
            let next = below.map_or(0, |below| comment.replies.partition_point(|reply| *reply <= below));
            path.push(Level { id, comment, next });
            let spot = Place { at: origin.created_at, id };
            let is_there = |parent: &CommentId| thread.get(*parent).is_some_and(|parent| parent.item.origin.is_some());
            let Some(parent) = origin.parent_id.filter(is_there) else {
                path.reverse();
                let given = path.len();
                return Some((spot, Self { thread, path, entering: None, given, due: given }));
            };
            // What answers itself has no root.
            if path.len() > thread.comments.len() {
                return None;
            }
            (below, id) = (Some(spot), parent);
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = (CommentId, &'a Comment);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.given < self.due {
                let level = &self.path[self.given];
                self.given += 1;
                return Some((level.id, level.comment));
            }
            if let Some((id, comment)) = self.entering.take() {
                self.path.push(Level { id, comment, next: 0 });
                if comment.item.deleted.is_none() {
                    self.due = self.path.len();
                }
                continue;
            }
            let level = self.path.last_mut()?;
            if let Some(reply) = level.comment.replies.get(level.next) {
                level.next += 1;
                self.entering = self.thread.get(reply.id).map(|comment| (reply.id, comment));
            } else {
                self.path.pop();
                self.given = self.given.min(self.path.len());
                self.due = self.due.min(self.path.len());
            }
        }
    }
}
