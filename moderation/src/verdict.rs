//! Who decides what: when the rules' ruling becomes a verdict, when it does not, and what a moderator may decide.
//!
//! Pure: each function takes what is known of an item, changes it, and gives the verdict that is to be said of it, if
//! there is one. The numbers: `revision` is the version that was judged, `decision` counts an item's verdicts, so that of
//! several on one version the last one counts, whoever hears them in whatever order.

use std::cmp::Ordering;

use contract::{Cause, Change, DecidedBy, EventId, ItemStatus, PostId, Revision, Status, Timestamp, Verdict, Version};
use serde::{Deserialize, Serialize};

use crate::item::{Item, Key, Origin, Text};
use crate::rules::{Action, Ruling};
use crate::undo::{self, Before};

/// The name under which reports put something into the queue.
pub const REPORTS: &str = "reports";

/// All that is kept of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which item.
    pub key: Key,
    /// The post that it stands under, or is.
    pub post_id: PostId,
    /// What it has come to.
    pub item: Item,
    /// Why a moderator should look at it, if one should.
    pub queued: Option<Queued>,
    /// How often it was reported since a moderator last decided on it.
    pub reports: u32,
    /// The event that a verdict is still owed to.
    pub owed: Option<Cause>,
    /// What stood before the latest verdict, if that was a moderator's.
    pub before: Option<Before>,
}

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The rule that held it, or [`REPORTS`], or [`UNDONE`](crate::undo::UNDONE).
    pub rule: String,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

impl Record {
    /// Nothing has been heard of it.
    pub fn new(key: Key, post_id: PostId) -> Self {
        Self { key, post_id, item: Item::new(), queued: None, reports: 0, owed: None, before: None }
    }

    /// The number of its latest verdict; 0 if there is none.
    pub(crate) fn latest_decision(&self) -> u32 {
        let verdict = self.item.verdict.as_ref().map_or(0, |verdict| verdict.decision);
        let reopened = self.item.reopened.map_or(0, |mark| mark.decision);
        verdict.max(reopened)
    }

    /// The number of its next verdict.
    pub(crate) fn next_decision(&self) -> u32 {
        self.latest_decision().saturating_add(1)
    }

    /// The version that stands.
    pub(crate) fn revision(&self) -> Option<Revision> {
        self.item.version.as_ref().map(|version| version.revision)
    }

    /// Whether there is a verdict on the current version that was not taken back; also where the creation has not been
    /// heard yet.
    pub(crate) fn is_judged(&self) -> bool {
        self.item.verdict.as_ref().is_some_and(|verdict| {
            Some(verdict.revision) == self.revision() && self.item.reopened <= Some(verdict.mark())
        })
    }

    /// Whether a verdict on the current version was taken back, and nothing was decided since.
    pub(crate) fn is_reopened(&self) -> bool {
        self.item.reopened.is_some_and(|mark| Some(mark.revision) == self.revision()) && !self.is_judged()
    }

    /// Nothing of it is to be kept but that it was there.
    fn forget(&mut self) {
        (self.queued, self.owed, self.before, self.item.origin) = (None, None, None, None);
    }

    /// Takes it off the queue or puts it there, by its status and the reports on it. What was held stays until its
    /// version or its status changes.
    pub(crate) fn requeue(&mut self, threshold: u32, now: Timestamp) {
        match self.item.status() {
            ItemStatus::Unknown | ItemStatus::Pending => {}
            ItemStatus::Approved if self.reports >= threshold => {
                if self.queued.as_ref().is_none_or(|queued| queued.rule != REPORTS) {
                    let reason = Some(format!("reported {} times", self.reports));
                    self.queued = Some(Queued { rule: REPORTS.to_owned(), reason, since: now });
                }
            }
            ItemStatus::Approved | ItemStatus::Rejected | ItemStatus::Deleted => self.queued = None,
        }
    }
}

/// What hearing depends on besides the event.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The event. Its time is what time it is here: a database that is filled anew ends as the one that was lost.
    pub cause: &'a Cause,
    /// What the event says that it follows from.
    pub causation: Option<&'a EventId>,
    /// Reports that put an approved item into the queue.
    pub threshold: u32,
    /// Whether verdicts are said; if not, they are owed until [`settle`].
    pub speaking: bool,
}

/// Joins what an event says to an item. If that brings a version that nobody has judged, `ruling`, which is the
/// rules' on that very text, is what becomes of it.
pub fn hear(
    record: &mut Record,
    change: Change<Text, Origin>,
    brought: Option<&Version<Text>>,
    ruling: Option<&Ruling>,
    terms: &Terms<'_>,
) -> Option<Verdict> {
    if let (Change::Moderated(verdict), None) = (&change, &record.item.deleted) {
        undo::hear_verdict(record, verdict, terms);
        return None;
    }
    let before = (record.item.version.clone(), record.item.verdict.clone(), record.item.reopened);
    record.item.apply(change);
    if record.item.deleted.is_some() {
        record.forget();
        return None;
    }
    let version_changed = before.0 != record.item.version;
    let verdict_changed = before.1 != record.item.verdict;
    if version_changed || (verdict_changed && record.is_judged()) {
        (record.queued, record.owed, record.before) = (None, None, None);
    }
    let fresh = version_changed || before.2 != record.item.reopened;
    let contradicted = version_changed && before.0.map(|version| version.revision) == record.revision();
    let unjudged = contradicted || !record.is_judged();
    let mut said = None;
    if fresh && record.is_reopened() {
        undo::hold(record, terms.cause.time);
    } else if fresh && unjudged && brought.is_some() && brought == record.item.version.as_ref() {
        match ruling {
            Some(ruling) if terms.speaking => said = rule(record, ruling, terms.cause.time),
            _ => record.owed = Some(terms.cause.clone()),
        }
    }
    record.requeue(terms.threshold, terms.cause.time);
    said
}

/// Gives an item the verdict that it was owed, if it still is.
pub fn settle(record: &mut Record, judged: &Text, ruling: &Ruling, threshold: u32) -> Option<(Cause, Verdict)> {
    if record.item.version.as_ref().is_none_or(|version| version.content != *judged) {
        return None;
    }
    let cause = record.owed.take()?;
    let said = rule(record, ruling, cause.time);
    record.requeue(threshold, cause.time);
    said.map(|verdict| (cause, verdict))
}

/// Counts a report.
pub fn report(record: &mut Record, threshold: u32, now: Timestamp) {
    if record.item.deleted.is_none() {
        record.reports = record.reports.saturating_add(1);
        record.requeue(threshold, now);
    }
}

/// What a moderator decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The item.
    pub key: Key,
    /// The version that the moderator has seen.
    pub revision: Revision,
    /// Whether everyone may see it.
    pub approve: bool,
    /// Why, for the author and for other moderators.
    pub reason: Option<String>,
}

/// Why a decision does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such item here.
    Unknown,
    /// It was deleted.
    Deleted,
    /// The current version is this one; the moderator has seen one that is not known here.
    Ahead(Revision),
    /// What it is about may still be on its way here.
    Behind,
    /// The current version is this one, and not the one that the moderator has seen.
    Revision(Revision),
    /// The latest verdict is this one, and not the one that is to be taken back; 0 if there is none.
    Decision(u32),
    /// This verdict is the latest, and there is nothing to go back to.
    Final(u32),
    /// What was decided before is still being read back.
    Restoring,
}

/// A moderator decides, on whatever was decided before. What stood is for the caller to keep
/// ([`Before::of`](crate::undo::Before::of)), once it is known which event tells of the verdict.
///
/// # Errors
/// Why it does not count.
pub fn decide(record: &mut Record, decision: Decision) -> Result<Verdict, Refusal> {
    let current = revision_of(record)?;
    match decision.revision.cmp(&current) {
        Ordering::Less => return Err(Refusal::Revision(current)),
        Ordering::Equal => {}
        Ordering::Greater => return Err(Refusal::Ahead(current)),
    }
    let verdict = Verdict {
        revision: current,
        decision: record.next_decision(),
        status: if decision.approve { Status::Approved } else { Status::Rejected },
        reason: decision.reason,
        rule: None,
        decided_by: Some(DecidedBy::Moderator),
    };
    record.item.apply(Change::Moderated(verdict.clone()));
    undo::answer(record);
    Ok(verdict)
}

/// The version that commands are about.
pub(crate) fn revision_of(record: &Record) -> Result<Revision, Refusal> {
    record.revision().ok_or(if record.item.deleted.is_some() { Refusal::Deleted } else { Refusal::Unknown })
}

/// What the rules' ruling makes of the current version: a verdict to be said, or a place in the queue.
fn rule(record: &mut Record, ruling: &Ruling, now: Timestamp) -> Option<Verdict> {
    let current = record.revision()?;
    let status = match ruling.action {
        Action::Approve => Status::Approved,
        Action::Reject => Status::Rejected,
        Action::Hold => {
            record.queued = Some(Queued { rule: ruling.rule.clone(), reason: ruling.reason.clone(), since: now });
            return None;
        }
    };
    let verdict = Verdict {
        revision: current,
        decision: record.next_decision(),
        status,
        reason: ruling.reason.clone(),
        rule: Some(ruling.rule.clone()),
        decided_by: Some(DecidedBy::Rules),
    };
    record.item.apply(Change::Moderated(verdict.clone()));
    Some(verdict)
}

/// Whether a person reached it.
pub(crate) fn by_moderator(verdict: &Verdict) -> bool {
    verdict.decided_by == Some(DecidedBy::Moderator)
}
