//! What a post or a comment has come to, from whatever events about it have been heard, in whatever order.
//!
//! Events about one item come in order when all is well. But they are delivered at least once, what was parked comes
//! late, a replay may stand between any two, and edits race verdicts. So an [`Item`] is a *join-semilattice*: each
//! event stands for a piece of knowledge, and hearing it joins that piece to what is known. Joining is commutative,
//! associative and idempotent, so any order and any number of repetitions of the same events end in the same item,
//! by construction and not by care. Each part of an item only ever rises in an order of its own:
//!
//! | part | rises by |
//! |---|---|
//! | `origin` | absent, then what the creation said |
//! | `version` | revision; then time of edit and content, so that even a contradiction is settled alike everywhere |
//! | `verdict` | revision, then decision; then rejected over approved, then its words |
//! | `reopened` | revision, then decision |
//! | `deleted` | absent, then who did it |
//!
//! A deleted item keeps `origin` (where its tombstone stands) and `deleted`, and nothing else: text that was deleted
//! is not to be had from it, whatever comes after.
//!
//! **The table.** What an item is seen as ([`ItemStatus`]), and what an event does to it. *r* is the event's
//! revision, *v* the item's; "later" compares (revision, decision) with those of the verdict at hand.
//!
//! | | Created | Updated | Moderated | Deleted |
//! |---|---|---|---|---|
//! | **unknown** (no creation heard) | takes its status from what was recorded, else pending | recorded | recorded | deleted |
//! | **pending** | nothing | *r* > *v*: pending, or what the verdict it carries says; else nothing but that verdict | *r* = *v*: the verdict; else recorded, if later | deleted |
//! | **approved**, **rejected** | nothing | *r* > *v*: as above; *r* = *v*: the verdict it carries, if later; *r* < *v*: nothing | *r* = *v*, later: the verdict (pending: taken back, and to be judged anew); *r* > *v*: recorded; *r* < *v*: nothing | deleted |
//! | **deleted** | origin recorded, else nothing | nothing | nothing | nothing (or who did it, if another claims it) |
//!
//! What is recorded counts once the rest is heard: a verdict on a version that has not come, or on one that has
//! passed (for [`Item::last_verdict_rejected`] and [`Item::last_verdict_taken_back`]). No verdict ever counts for
//! another version than the one it was reached on, and while a verdict is known on a later version than the text at
//! hand, that text is outdated and is not shown at all.

mod change;
mod effect;

mod comment;
mod post;

use crate::{DeletedBy, Status};
use serde::{Deserialize, Serialize};

pub use change::{Change, Mark, Verdict, Version};
pub use effect::{Effect, ItemStatus, Showing, Why};

pub use comment::{CommentChange, CommentItem, CommentOrigin};
pub use post::{PostChange, PostItem, PostOrigin, PostText};

/// A post or comment, as far as it has been heard of.
///
/// `C` is its content, which edits replace; `O` is what its creation said once and for all. Both are ordered only so
/// that contradictions, which an honest producer never says, are settled alike everywhere.
///
/// The fields are open so that a store can keep them in columns and put them back. If `deleted` is there, `version`,
/// `verdict` and `reopened` are not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Item<C, O = ()> {
    /// What the creation said; absent until it is heard.
    pub origin: Option<O>,
    /// The latest version of the content.
    pub version: Option<Version<C>>,
    /// The latest verdict, on whatever version.
    pub verdict: Option<Verdict>,
    /// The latest decision to judge anew.
    pub reopened: Option<Mark>,
    /// Who deleted it; absent while it is there.
    pub deleted: Option<DeletedBy>,
}

impl<C, O> Default for Item<C, O> {
    fn default() -> Self {
        Self { origin: None, version: None, verdict: None, reopened: None, deleted: None }
    }
}

impl<C, O> Item<C, O> {
    /// Nothing has been heard of it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What it is seen as.
    pub fn status(&self) -> ItemStatus {
        if self.deleted.is_some() {
            return ItemStatus::Deleted;
        }
        let (Some(_), Some(version)) = (&self.origin, &self.version) else { return ItemStatus::Unknown };
        match &self.verdict {
            Some(verdict) if verdict.revision == version.revision && self.reopened <= Some(verdict.mark()) => {
                match verdict.status {
                    Status::Pending => ItemStatus::Pending,
                    Status::Approved => ItemStatus::Approved,
                    Status::Rejected => ItemStatus::Rejected,
                }
            }
            _ => ItemStatus::Pending,
        }
    }

    /// The verdict that counts: the one on the latest version, unless that is to be judged anew.
    pub fn standing_verdict(&self) -> Option<&Verdict> {
        matches!(self.status(), ItemStatus::Approved | ItemStatus::Rejected).then_some(self.verdict.as_ref()).flatten()
    }

    /// Was the last verdict that there was, on whatever version, a rejection? If so a text that shows before it is
    /// judged stays hidden after an edit: whoever was rejected does not get another try in public.
    pub fn last_verdict_rejected(&self) -> bool {
        self.verdict.as_ref().is_some_and(|verdict| verdict.status == Status::Rejected)
    }

    /// Was the last verdict taken back, on whatever version? What was shown under it, or hidden, is then no measure: a
    /// text that shows before it is judged stays hidden until it is judged again.
    pub fn last_verdict_taken_back(&self) -> bool {
        self.reopened > self.verdict.as_ref().map(Verdict::mark)
    }

    /// Is the text at hand older than what has been judged? Then its successor is on its way, and what was said of
    /// the text at hand may be forgotten.
    pub fn is_outdated(&self) -> bool {
        let judged = self.verdict.as_ref().map(|verdict| verdict.revision);
        let reopened = self.reopened.map(|mark| mark.revision);
        judged.max(reopened) > self.version.as_ref().map(|version| version.revision)
    }

    /// May everyone see the text at hand?
    pub fn is_shown(&self, showing: Showing) -> bool {
        match self.status() {
            ItemStatus::Approved => !self.is_outdated(),
            ItemStatus::Pending => {
                showing == Showing::UntilRejected
                    && !self.last_verdict_rejected()
                    && !self.last_verdict_taken_back()
                    && !self.is_outdated()
            }
            ItemStatus::Unknown | ItemStatus::Rejected | ItemStatus::Deleted => false,
        }
    }
}

impl<C: Ord, O: Ord> Item<C, O> {
    /// Joins what the change says to what is known.
    pub fn apply(&mut self, change: Change<C, O>) -> Effect {
        let mut rise = Rise::default();
        match change {
            Change::Created { origin, version } => {
                rise.of(&mut self.origin, origin);
                self.rise_version(version, &mut rise);
            }
            Change::Updated { version, verdict } => {
                self.rise_version(version, &mut rise);
                if let Some(verdict) = verdict {
                    self.rise_verdict(verdict, &mut rise);
                }
            }
            Change::Moderated(verdict) => self.rise_verdict(verdict, &mut rise),
            Change::Deleted(by) => {
                rise.of(&mut self.deleted, by);
                (self.version, self.verdict, self.reopened) = (None, None, None);
            }
        }
        rise.effect()
    }

    fn rise_version(&mut self, version: Version<C>, rise: &mut Rise) {
        match self.deleted {
            None => rise.of(&mut self.version, version),
            Some(_) => rise.deleted = true,
        }
    }

    fn rise_verdict(&mut self, verdict: Verdict, rise: &mut Rise) {
        match (&self.deleted, verdict.status) {
            (Some(_), _) => rise.deleted = true,
            (None, Status::Pending) => rise.of(&mut self.reopened, verdict.mark()),
            (None, Status::Approved | Status::Rejected) => rise.of(&mut self.verdict, verdict),
        }
    }
}

/// Raises parts of an item, and remembers what came of it.
#[derive(Default)]
struct Rise {
    changed: bool,
    outdated: bool,
    deleted: bool,
}

impl Rise {
    fn of<T: Ord>(&mut self, part: &mut Option<T>, heard: T) {
        let heard = Some(heard);
        if *part < heard {
            *part = heard;
            self.changed = true;
        } else if *part > heard {
            self.outdated = true;
        }
    }

    fn effect(&self) -> Effect {
        if self.changed {
            Effect::Changed
        } else if self.deleted {
            Effect::Nothing(Why::Deleted)
        } else if self.outdated {
            Effect::Nothing(Why::Outdated)
        } else {
            Effect::Nothing(Why::Known)
        }
    }
}
