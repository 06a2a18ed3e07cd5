//! What a comment is, and what may be done to it: decisions only, no I/O.
//!
//! A comment is the contract's [`CommentItem`]: whatever was said of it, joined. Commands decide by it and give back
//! the comment as it then is together with the event that tells of it; verdicts are joined to it, and are worth an
//! event only if they change what a reader may know. So no path in here can show a text under a verdict on another
//! version: a verdict counts for the revision it names, and an edit takes a revision that no verdict has named.

use chassis::author::{self, Caller, Denied};
use chassis::creation::NotRepeated;
use contract::{
    Change, CommentCreated, CommentDeleted, CommentId, CommentItem, CommentOrigin, CommentReported, CommentUpdated,
    DeletedBy, Event, ItemStatus, PostId, Revision, Showing, Status, Timestamp, Version,
};

use crate::draft::Draft;

/// A comment as far as it has been heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The post it stands under.
    pub post_id: PostId,
    /// What was said of it.
    pub item: CommentItem,
}

/// A comment to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComment {
    /// The id it will have.
    pub id: CommentId,
    /// The post it goes under.
    pub post_id: PostId,
    /// What it says.
    pub draft: Draft,
    /// The hash of its author's secret.
    pub owner_key: Option<String>,
}

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The post has not been heard of.
    #[error("the post is not known")]
    PostUnknown,
    /// The post was deleted, and its thread closed.
    #[error("the post was deleted")]
    PostDeleted,
    /// The comment to answer is not known, or stands under another post.
    #[error("the comment to answer does not stand under this post")]
    ParentUnknown,
    /// The comment to answer was deleted.
    #[error("the comment to answer was deleted")]
    ParentDeleted,
    /// The comment to answer is as deep as comments go.
    #[error("the comment to answer is too deep in its thread")]
    ParentTooDeep,
    /// It is not what the request made before.
    #[error(transparent)]
    NotRepeated(#[from] NotRepeated),
    /// There is no such comment, or no longer.
    #[error("there is no such comment")]
    Unknown,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl Comment {
    /// A comment of which nothing was heard.
    pub fn unknown(id: CommentId, post_id: PostId) -> Self {
        Self { id, post_id, item: CommentItem::new() }
    }

    /// A comment that somebody writes at this time, and the event that tells of it.
    pub fn create(new: NewComment, now: Timestamp) -> (Self, Event) {
        let event = CommentCreated {
            id: new.id,
            revision: Revision::FIRST,
            post_id: new.post_id,
            parent_id: new.draft.parent_id,
            content: new.draft.content,
            status: Status::Pending,
            author_id: None,
            author_name: new.draft.author_name,
            owner_key: new.owner_key,
            created_at: now,
        };
        let mut comment = Self::unknown(new.id, new.post_id);
        let origin = CommentOrigin {
            created_at: now,
            post_id: event.post_id,
            parent_id: event.parent_id,
            author_id: None,
            author_name: event.author_name.clone(),
            owner_key: event.owner_key.clone(),
        };
        let version = Version { revision: event.revision, edited_at: None, content: event.content.clone() };
        comment.item.apply(Change::Created { origin, version });
        (comment, event.into())
    }

    /// What the creation said; `None` until it is heard.
    pub fn origin(&self) -> Option<&CommentOrigin> {
        self.item.origin.as_ref()
    }

    /// The revision that stands; `None` for one that is unknown or deleted.
    pub fn revision(&self) -> Option<Revision> {
        self.item.version.as_ref().map(|version| version.revision)
    }

    /// Whether there is a text: neither unknown nor deleted.
    pub fn is_there(&self) -> bool {
        !matches!(self.item.status(), ItemStatus::Unknown | ItemStatus::Deleted)
    }

    /// Whether it was created and then deleted.
    pub fn is_tombstone(&self) -> bool {
        self.item.origin.is_some() && self.item.deleted.is_some()
    }

    /// Whether everyone may read the text.
    pub fn is_shown(&self) -> bool {
        self.item.is_shown(Showing::OnceApproved)
    }

    /// Whether this is the hash of its author's secret.
    pub fn is_owned_by(&self, owner_key: Option<&str>) -> bool {
        author::is_same(self.author(), owner_key)
    }

    fn author(&self) -> Option<&str> {
        self.origin()?.owner_key.as_deref()
    }

    /// The status of the text that stands; pending for what has none.
    pub fn status(&self) -> Status {
        self.item.standing_verdict().map_or(Status::Pending, |verdict| verdict.status)
    }

    /// Why it has that status, if that was said.
    pub fn reason(&self) -> Option<&str> {
        self.item.standing_verdict()?.reason.as_deref()
    }

    /// Whether the caller may change it.
    fn check_change(&self, caller: &Caller) -> Result<(), Refusal> {
        let Some(revision) = self.revision().filter(|_| self.is_there()) else { return Err(Refusal::Unknown) };
        Ok(caller.may_change(self.author(), revision)?)
    }

    /// Replaces the text. The new version has not been judged, whatever the old one was. `None` if the text is that
    /// already.
    ///
    /// # Errors
    /// If there is no text to replace, or the caller may not.
    pub fn edit(&mut self, content: String, caller: &Caller, now: Timestamp) -> Result<Option<Event>, Refusal> {
        self.check_change(caller)?;
        if self.item.version.as_ref().is_some_and(|version| version.content == content) {
            return Ok(None);
        }
        let version = Version { revision: self.next_revision(), edited_at: Some(now), content };
        self.item.apply(Change::Updated { version, verdict: None });
        Ok(self.told().map(Event::from))
    }

    /// Takes it away; where it is answered, its place stays. `None` if its author has done so before.
    ///
    /// # Errors
    /// If there is nothing to take away, or the caller may not.
    pub fn delete(&mut self, caller: &Caller) -> Result<Option<Event>, Refusal> {
        if self.is_tombstone() && self.is_owned_by(caller.owner.as_deref()) {
            return Ok(None);
        }
        self.check_change(caller)?;
        self.item.apply(Change::Deleted(DeletedBy::Author));
        Ok(Some(CommentDeleted { id: self.id, post_id: self.post_id, deleted_by: DeletedBy::Author }.into()))
    }

    /// Asks moderators to look at it.
    ///
    /// # Errors
    /// If there is nothing to look at.
    pub fn report(&self, reason: String) -> Result<Event, Refusal> {
        let Some(revision) = self.revision().filter(|_| self.is_there()) else { return Err(Refusal::Unknown) };
        let report = CommentReported { id: self.id, revision, post_id: self.post_id, reporter_id: None, reason };
        Ok(report.into())
    }

    /// Joins what an event says.
    pub fn hear(&mut self, change: Change<String, CommentOrigin>) -> Reaction {
        // A verdict on another version is kept, and is nobody's business until that version is here.
        let is_verdict = matches!(&change, Change::Moderated(verdict) if Some(verdict.revision) == self.revision());
        let before = self.is_there().then(|| (self.status(), self.reason().map(str::to_owned)));
        if !self.item.apply(change).is_changed() {
            return Reaction::Nothing;
        }
        let after = self.is_there().then(|| (self.status(), self.reason().map(str::to_owned)));
        match self.told() {
            Some(told) if is_verdict && before != after => Reaction::Say(told.into()),
            _ => Reaction::Keep,
        }
    }

    /// One more than every revision that was heard of: a verdict may be known on a version that is not (a database
    /// that was put back from an old copy), and must not count for another text.
    fn next_revision(&self) -> Revision {
        let item = &self.item;
        let known = [
            item.version.as_ref().map(|version| version.revision),
            item.verdict.as_ref().map(|verdict| verdict.revision),
            item.reopened.map(|mark| mark.revision),
        ];
        known.into_iter().flatten().max().map_or(Revision::FIRST, Revision::next)
    }

    /// It as it stands, for all who read.
    fn told(&self) -> Option<CommentUpdated> {
        let (origin, version) = (self.item.origin.as_ref()?, self.item.version.as_ref()?);
        let reopened = self.item.reopened.filter(|mark| mark.revision == version.revision);
        let verdict = self.item.standing_verdict();
        let decision = verdict.map(|verdict| verdict.decision).or(reopened.map(|mark| mark.decision));
        Some(CommentUpdated {
            id: self.id,
            revision: version.revision,
            decision: decision.unwrap_or(0),
            post_id: self.post_id,
            parent_id: origin.parent_id,
            content: version.content.clone(),
            status: self.status(),
            reason: self.reason().map(str::to_owned),
            edited_at: version.edited_at,
        })
    }
}

/// What to do about something that was heard of a comment.
#[derive(Debug, Clone, PartialEq)]
pub enum Reaction {
    /// Nothing: it was known, or is outdated.
    Nothing,
    /// Keep it; nobody else needs to know.
    Keep,
    /// Keep it, and say this.
    Say(Event),
}

#[cfg(test)]
mod tests;
