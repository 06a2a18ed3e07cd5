//! The fold: events of the log, in order, into the read model.
//!
//! It is pure in what matters: it reads no clock and no setting, so the model is a function of the log. It is total: no
//! event stops it, whatever it holds; what cannot be applied is counted by its reason. And it may be fed anything twice:
//! the place in the log guards against what has been folded, and below that the lifecycle of posts and comments
//! against everything else.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use contract::{CommentId, Effect, LogId, PostId, Sequence, Why};

use crate::canonical::Position;
use crate::heard::{EventKey, Heard, Skipped, Word};
use crate::store::{Moves, Store};

/// The read model being made.
#[derive(Debug)]
pub struct Projection {
    store: Arc<Store>,
    position: Position,
}

/// What an event changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// The event's place in the log.
    pub sequence: Sequence,
    /// The post.
    pub post: PostId,
    /// The comment below it; `None` if it is the post itself.
    pub comment: Option<CommentId>,
}

/// What came of folding some events: what the rest of the service has to know.
#[derive(Debug, Default)]
pub struct Folded {
    /// What was changed, in order.
    pub touched: Vec<Touched>,
    /// All events, whether they changed anything or not.
    pub keys: Vec<EventKey>,
    /// How many changed nothing, by their reason, in the order of [`Skipped::ALL`].
    pub skipped: [u64; Skipped::ALL.len()],
    moves: Moves,
}

impl Projection {
    /// Goes on from where the store is.
    pub const fn new(store: Arc<Store>, position: Position) -> Self {
        Self { store, position }
    }

    /// How far it is.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// What it folds into.
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Folds some events. When this returns, every reader sees them.
    pub fn fold(&mut self, events: impl IntoIterator<Item = Heard>, folded: &mut Folded) {
        for heard in events {
            let sequence = heard.sequence;
            let applied = catch_unwind(AssertUnwindSafe(|| self.apply(heard, folded)));
            if let Err(panic) = applied {
                // Half of a change may have been made: nothing is folded on top of it. The fold's loop ends with this.
                tracing::error!(%sequence, "the fold of this event panicked");
                resume_unwind(panic);
            }
        }
        self.store.settle(&mut folded.moves);
    }

    /// Everything up to here is folded; behind the last event there may have been what was not sent.
    pub fn reached(&mut self, upto: Sequence) {
        self.position.sequence = self.position.sequence.max(upto);
    }

    /// Names the log that is folded.
    pub const fn name_log(&mut self, log: LogId) {
        self.position.log = Some(log);
    }

    fn apply(&mut self, heard: Heard, folded: &mut Folded) {
        if heard.sequence <= self.position.sequence {
            folded.skipped[Skipped::Passed as usize] += 1;
            return;
        }
        self.position.sequence = heard.sequence;
        folded.keys.push(heard.key);
        let (post, comment, effect) = match heard.word {
            Word::Post(change) => {
                let id = change.id;
                (id, None, self.store.change(id, &mut folded.moves, |post| post.apply(change.change)))
            }
            Word::Comment(change) => {
                let (id, comment) = (change.post_id, change.id);
                (id, Some(comment), self.store.change(id, &mut folded.moves, |post| post.apply_comment(change)))
            }
            Word::Nothing(why) => {
                folded.skipped[why as usize] += 1;
                return;
            }
        };
        match effect {
            Effect::Changed => folded.touched.push(Touched { sequence: heard.sequence, post, comment }),
            Effect::Nothing(why) => folded.skipped[reason(why) as usize] += 1,
        }
    }
}

const fn reason(why: Why) -> Skipped {
    match why {
        Why::Known => Skipped::Known,
        Why::Outdated => Skipped::Outdated,
        Why::Deleted => Skipped::Deleted,
    }
}
