//! A part of a thread that is of a bounded size, whatever the thread's shape is.
//!
//! A part is a run of the thread's order. It ends behind a branch where it can, and inside one where the branch is too
//! large. Then there are two ways on: what comes next in order, which visits every comment once; or, for who shows the
//! thread as a tree, the rest of that branch ([`Cut::rest`]) apart from what stands behind it ([`Cut::behind`]).

use std::fmt;
use std::str::FromStr;

use contract::CommentId;

use super::walk::Walk;
use super::{Comment, Spot, Thread};
use crate::place::PlaceError;

/// A part has so many comments at most.
pub const MOST: usize = 200;
/// A part ends with the comment with which it has so many bytes.
pub const MOST_BYTES: usize = 256 * 1024;
/// What is left of a branch is counted up to here: a count must not cost more than a part.
pub const COUNTED: usize = 1000;

/// Where a part begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// Behind the branch of this root.
    Branch(Spot),
    /// Behind this comment.
    After(CommentId),
    /// Behind this comment, and only what is left of its branch.
    Within(CommentId),
}

/// A part of a thread.
#[derive(Debug)]
pub struct Part<'a> {
    /// The comments, in the thread's order.
    pub comments: Vec<(CommentId, &'a Comment)>,
    /// Where the next part begins; `None` if nothing is left.
    pub next: Option<Cursor>,
    /// The branch that the part ends in, if its root is in the part.
    pub cut: Option<Cut>,
}

/// A branch that did not fit into a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Which of the part's comments is its root.
    pub root: usize,
    /// How many of its comments are left, counted up to [`COUNTED`].
    pub count: usize,
    /// Where these begin.
    pub rest: Cursor,
    /// Where the next branch begins; `None` if this is the last one.
    pub behind: Option<Cursor>,
}

/// The comment that the cursor names stands in no branch of this thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown;

impl Thread {
    /// The part that begins at `cursor`. It ends behind the branch with which it has `least` comments, and in any case at
    /// [`MOST`] comments and [`MOST_BYTES`]. `size` is asked for the bytes of each comment, in order, once.
    ///
    /// # Errors
    /// If the cursor names a comment that is not there.
    pub fn part<'a>(
        &'a self,
        cursor: Option<Cursor>,
        least: usize,
        mut size: impl FnMut(CommentId, &'a Comment) -> usize,
    ) -> Result<Part<'a>, Unknown> {
        let behind = |root: Spot| self.roots.partition_point(|one| *one <= root);
        let (mut at, mut begun) = match cursor {
            None => (0, None),
            Some(Cursor::Branch(root)) => (behind(root), None),
            Some(Cursor::After(id) | Cursor::Within(id)) => {
                let (root, walk) = Walk::behind(self, id).ok_or(Unknown)?;
                (behind(root), Some(walk))
            }
        };
        let only = matches!(cursor, Some(Cursor::Within(_)));
        let (mut comments, mut bytes) = (Vec::new(), 0);
        loop {
            let has_root = begun.is_none();
            let first = comments.len();
            let mut walk = if let Some(walk) = begun.take() {
                walk
            } else {
                let Some(root) = self.roots.get(at) else { return Ok(Part { comments, next: None, cut: None }) };
                at += 1;
                Walk::new(self, root.id)
            };
            while let Some((id, comment)) = walk.next() {
                bytes += size(id, comment);
                comments.push((id, comment));
                if comments.len() < MOST && bytes < MOST_BYTES {
                    continue;
                }
                let count = walk.take(COUNTED).count();
                let behind = self.behind(at).filter(|_| !only);
                if count == 0 {
                    return Ok(Part { comments, next: behind, cut: None });
                }
                let next = Some(if only { Cursor::Within(id) } else { Cursor::After(id) });
                let cut = has_root.then_some(Cut { root: first, count, rest: Cursor::Within(id), behind });
                return Ok(Part { comments, next, cut });
            }
            if only || comments.len() >= least {
                let next = self.behind(at).filter(|_| !only);
                return Ok(Part { comments, next, cut: None });
            }
        }
    }

    /// The first comments in the thread's order, at most so many; branches may be cut. And whether these are all.
    pub fn first(&self, most: usize) -> (Vec<(CommentId, &Comment)>, bool) {
        // One more than wanted, to know whether there is more.
        let all = self.roots.iter().flat_map(|root| Walk::new(self, root.id));
        let mut comments: Vec<_> = all.take(most.saturating_add(1)).collect();
        let complete = comments.len() <= most;
        comments.truncate(most);
        (comments, complete)
    }

    /// The way to what stands from the root with this number on, if anything of it is to be shown.
    fn behind(&self, at: usize) -> Option<Cursor> {
        let root = self.roots.get(at.checked_sub(1)?)?;
        let left = self.roots[at..].iter().any(|root| Walk::new(self, root.id).next().is_some());
        left.then_some(Cursor::Branch(*root))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(root) => root.fmt(f),
            Self::After(id) => write!(f, "after.{id}"),
            Self::Within(id) => write!(f, "within.{id}"),
        }
    }
}

impl FromStr for Cursor {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let id = |id: &str| id.parse().map_err(|_| PlaceError);
        match text.split_once('.') {
            Some(("after", comment)) => Ok(Self::After(id(comment)?)),
            Some(("within", comment)) => Ok(Self::Within(id(comment)?)),
            _ => Ok(Self::Branch(text.parse()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::Timestamp;

    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_written() {
        let id = CommentId::new();
        let root = Spot { at: Timestamp::from_millis(1_700_000_000_123), id };
        for cursor in [Cursor::Branch(root), Cursor::After(id), Cursor::Within(id)] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in ["", "after", "after.", "within.x", "1.x", "before.0190a3c4-0000-7000-8000-000000000000"] {
            assert_eq!(bad.parse::<Cursor>(), Err(PlaceError), "{bad}");
        }
    }
}
