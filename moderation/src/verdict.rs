//! Who decides what: when the rules' ruling becomes a verdict, when it does not, and what a moderator may decide.
//!
//! Pure: each function takes what is known of an item, changes it, and gives the verdict that is to be said of it, if
//! there is one. The numbers: `revision` is the version that was judged, `decision` counts an item's verdicts, so that of
//! several on one version the last one counts, whoever hears them in whatever order.

use contract::{Cause, Change, DecidedBy, ItemStatus, PostId, Revision, Status, Timestamp, Verdict, Version};

use crate::item::{Item, Key, Origin, Text};
use crate::rules::{Action, Ruling};

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
}

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The rule that held it, or [`REPORTS`].
    pub rule: String,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

impl Record {
    /// Nothing has been heard of it.
    pub fn new(key: Key, post_id: PostId) -> Self {
        Self { key, post_id, item: Item::new(), queued: None, reports: 0, owed: None }
    }

    /// The number of its next verdict.
    fn next_decision(&self) -> u32 {
        let verdict = self.item.verdict.as_ref().map_or(0, |verdict| verdict.decision);
        let reopened = self.item.reopened.map_or(0, |mark| mark.decision);
        verdict.max(reopened).saturating_add(1)
    }

    /// Nothing of it is to be kept but that it was there.
    fn forget(&mut self) {
        (self.queued, self.owed, self.item.origin) = (None, None, None);
    }

    /// Takes it off the queue or puts it there, by its status and the reports on it. What was held stays until its
    /// version or its status changes.
    fn requeue(&mut self, threshold: u32, now: Timestamp) {
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
    /// The event.
    pub cause: &'a Cause,
    /// Reports that put an approved item into the queue.
    pub threshold: u32,
    /// Whether verdicts are said; if not, they are owed until [`settle`].
    pub speaking: bool,
    /// The time.
    pub now: Timestamp,
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
    let before = (record.item.version.clone(), record.item.verdict.clone(), record.item.reopened);
    record.item.apply(change);
    if record.item.deleted.is_some() {
        record.forget();
        return None;
    }
    let version_changed = before.0 != record.item.version;
    let verdict_changed = before.1 != record.item.verdict;
    if verdict_changed && record.item.verdict.as_ref().is_some_and(by_moderator) {
        record.reports = 0;
    }
    if version_changed || (verdict_changed && is_judged(&record.item)) {
        (record.queued, record.owed) = (None, None);
    }
    let fresh = version_changed || before.2 != record.item.reopened;
    let contradicted = version_changed && revision(before.0.as_ref()) == revision(record.item.version.as_ref());
    let unjudged = contradicted || !is_judged(&record.item);
    let mut said = None;
    if fresh && unjudged && brought.is_some() && brought == record.item.version.as_ref() {
        match ruling {
            Some(ruling) if terms.speaking => said = rule(record, ruling, terms.now),
            _ => record.owed = Some(terms.cause.clone()),
        }
    }
    record.requeue(terms.threshold, terms.now);
    said
}

/// Gives an item the verdict that it was owed, if it still is.
pub fn settle(
    record: &mut Record,
    judged: &Text,
    ruling: &Ruling,
    threshold: u32,
    now: Timestamp,
) -> Option<(Cause, Verdict)> {
    if record.item.version.as_ref().is_none_or(|version| version.content != *judged) {
        return None;
    }
    let cause = record.owed.take()?;
    let said = rule(record, ruling, now);
    record.requeue(threshold, now);
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
    /// There is no such item, or no more.
    Unknown,
    /// The current version is this one, and not the one that the moderator has seen.
    Revision(Revision),
    /// What was decided before is still being read back.
    Restoring,
}

/// A moderator decides, on whatever was decided before.
///
/// # Errors
/// Why it does not count.
pub fn decide(record: &mut Record, decision: Decision) -> Result<Verdict, Refusal> {
    let current = revision(record.item.version.as_ref()).ok_or(Refusal::Unknown)?;
    if current != decision.revision {
        return Err(Refusal::Revision(current));
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
    (record.queued, record.owed, record.reports) = (None, None, 0);
    Ok(verdict)
}

/// What the rules' ruling makes of the current version: a verdict to be said, or a place in the queue.
fn rule(record: &mut Record, ruling: &Ruling, now: Timestamp) -> Option<Verdict> {
    let current = revision(record.item.version.as_ref())?;
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

fn revision(version: Option<&Version<Text>>) -> Option<Revision> {
    version.map(|version| version.revision)
}

/// Whether there is a verdict on the current version; also where the creation has not been heard yet.
fn is_judged(item: &Item) -> bool {
    item.verdict.as_ref().is_some_and(|verdict| {
        Some(verdict.revision) == revision(item.version.as_ref()) && item.reopened <= Some(verdict.mark())
    })
}

fn by_moderator(verdict: &Verdict) -> bool {
    verdict.decided_by == Some(DecidedBy::Moderator)
}
