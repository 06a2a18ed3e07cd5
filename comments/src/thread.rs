//! Comments among each other: who may stand under what, what stays of a deleted one, and who sees which text.
//!
//! A deleted comment keeps its place for as long as something stands under it, and goes when the last reply has gone.
//! So a comment's place counts the replies that stand, and a change climbs: whoever starts or ceases to stand changes
//! the count of the one above.

use std::fmt;
use std::str::FromStr;

use contract::PostId;

use crate::comment::{Comment, Refusal};

/// How many comments may stand above one: a reply to one at this depth is refused. Deeper threads could be drawn by
/// no screen, and every reader that walks a branch may rely on this end.
pub const MAX_DEPTH: u32 = 50;

/// What is known of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostState {
    /// Nothing: it does not exist, or its creation has not arrived.
    Unknown,
    /// It takes comments.
    Open,
    /// It was deleted, and takes none.
    Closed,
}

/// Where a comment stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// How many comments are above it: 0 for one that answers none.
    pub depth: u32,
    /// How many replies stand right under it.
    pub replies: u32,
}

/// The place of a new comment.
///
/// # Errors
/// If the post takes no comments, or the comment to answer takes no answer.
pub fn place(post: PostState, post_id: PostId, parent: Parent<'_>) -> Result<Place, Refusal> {
    match (post, parent) {
        (PostState::Unknown, _) => Err(Refusal::PostUnknown),
        (PostState::Closed, _) => Err(Refusal::PostDeleted),
        (PostState::Open, Parent::None) => Ok(Place::default()),
        (PostState::Open, Parent::Unknown) => Err(Refusal::ParentUnknown),
        (PostState::Open, Parent::Known(parent, above)) => {
            if parent.post_id != post_id || parent.origin().is_none() {
                Err(Refusal::ParentUnknown)
            } else if !parent.is_there() {
                Err(Refusal::ParentDeleted)
            } else if above.depth >= MAX_DEPTH {
                Err(Refusal::ParentTooDeep)
            } else {
                Ok(Place { depth: above.depth + 1, replies: 0 })
            }
        }
    }
}

/// The comment that a new one answers.
#[derive(Debug, Clone, Copy)]
pub enum Parent<'a> {
    /// It answers the post.
    None,
    /// The comment that it names is not known.
    Unknown,
    /// This one, which stands there.
    Known(&'a Comment, Place),
}

/// Whether a comment has a place in its thread, be it as a tombstone.
pub fn stands(comment: &Comment, place: Place) -> bool {
    comment.origin().is_some() && (comment.item.deleted.is_none() || place.replies > 0)
}

/// What a reader sees of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Nothing: it is not there.
    Nothing,
    /// That there was one, and what stands under it.
    Tombstone,
    /// That there is one, without the text.
    Withheld,
    /// The text.
    Text,
}

/// What the holder of this owner key (its hash), or anyone, sees of a comment.
pub fn sight(comment: &Comment, place: Place, owner_key: Option<&str>) -> Sight {
    if !stands(comment, place) {
        Sight::Nothing
    } else if comment.item.deleted.is_some() {
        Sight::Tombstone
    } else if comment.is_shown() || comment.is_owned_by(owner_key) {
        Sight::Text
    } else {
        Sight::Withheld
    }
}

/// Where a page of a thread ended: the number of its last comment. Opaque to readers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub i64);

/// A text that no page's link has held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that a page's link gave")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        match i64::from_str_radix(text, 16) {
            Ok(number) if number >= 0 && text.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(Self(number)),
            _ => Err(CursorError),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::{Change, CommentId, DeletedBy, Timestamp, Verdict};
    use contract::{Revision, Status};

    use super::*;
    use crate::comment::NewComment;
    use crate::draft::Draft;

    fn comment(post_id: PostId) -> Comment {
        let draft = Draft { content: "text".to_owned(), parent_id: None, author_name: None };
        let new = NewComment { id: CommentId::new(), post_id, draft, owner_key: Some("ada".to_owned()) };
        Comment::create(new, Timestamp::EPOCH).0
    }

    fn judged(mut comment: Comment, status: Status) -> Comment {
        let verdict =
            Verdict { revision: Revision::FIRST, decision: 1, status, reason: None, rule: None, decided_by: None };
        comment.hear(Change::Moderated(verdict));
        comment
    }

    fn deleted(mut comment: Comment) -> Comment {
        comment.hear(Change::Deleted(DeletedBy::Author));
        comment
    }

    #[test]
    fn where_a_comment_may_stand() {
        let (here, elsewhere) = (PostId::new(), PostId::new());
        let (fine, other, gone) = (comment(here), comment(elsewhere), deleted(comment(here)));
        let unheard = Comment::unknown(CommentId::new(), here);
        let at = |depth| Place { depth, replies: 0 };
        let cases = [
            (PostState::Unknown, Parent::None, Err(Refusal::PostUnknown)),
            (PostState::Unknown, Parent::Known(&fine, at(0)), Err(Refusal::PostUnknown)),
            (PostState::Closed, Parent::None, Err(Refusal::PostDeleted)),
            (PostState::Open, Parent::None, Ok(at(0))),
            (PostState::Open, Parent::Unknown, Err(Refusal::ParentUnknown)),
            (PostState::Open, Parent::Known(&unheard, at(0)), Err(Refusal::ParentUnknown)),
            (PostState::Open, Parent::Known(&other, at(0)), Err(Refusal::ParentUnknown)),
            (PostState::Open, Parent::Known(&gone, at(0)), Err(Refusal::ParentDeleted)),
            (PostState::Open, Parent::Known(&fine, at(0)), Ok(at(1))),
            (PostState::Open, Parent::Known(&fine, at(MAX_DEPTH - 1)), Ok(at(MAX_DEPTH))),
            (PostState::Open, Parent::Known(&fine, at(MAX_DEPTH)), Err(Refusal::ParentTooDeep)),
        ];
        for (post, parent, expected) in cases {
            assert_eq!(place(post, here, parent), expected, "{post:?} {parent:?}");
        }
    }

    #[test]
    fn who_sees_what() {
        let new = || comment(PostId::new());
        let (bare, answered) = (Place::default(), Place { depth: 0, replies: 1 });
        let cases = [
            (Comment::unknown(CommentId::new(), PostId::new()), answered, Sight::Nothing, Sight::Nothing),
            (new(), bare, Sight::Withheld, Sight::Text),
            (judged(new(), Status::Approved), bare, Sight::Text, Sight::Text),
            (judged(new(), Status::Rejected), bare, Sight::Withheld, Sight::Text),
            (deleted(new()), bare, Sight::Nothing, Sight::Nothing),
            (deleted(new()), answered, Sight::Tombstone, Sight::Tombstone),
            (deleted(judged(new(), Status::Approved)), answered, Sight::Tombstone, Sight::Tombstone),
        ];
        for (comment, place, everyone, author) in cases {
            assert_eq!(sight(&comment, place, None), everyone, "{comment:?}");
            assert_eq!(sight(&comment, place, Some("bob")), everyone, "{comment:?}");
            assert_eq!(sight(&comment, place, Some("ada")), author, "{comment:?}");
        }
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for number in [0, 1, 255, i64::MAX] {
            assert_eq!(Cursor(number).to_string().parse(), Ok(Cursor(number)));
        }
        for bad in ["", "-1", "+1", "x", "1 ", "ffffffffffffffff", "\u{0661}"] {
            assert_eq!(bad.parse::<Cursor>(), Err(CursorError), "{bad:?}");
        }
    }
}
