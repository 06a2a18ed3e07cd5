//! Taking a moderator's verdict back: what stood before it stands again.
//!
//! Every verdict of a moderator keeps what it replaced: the verdict that stood, the place in the queue, the reports that
//! it answered. Taking it back is a verdict itself, with the next number: it says again what stood, or *pending* where
//! nothing did. So it keeps what it replaced too, and can be taken back in its turn. One step is kept and not the whole
//! way: the next decision begins a new one.
//!
//! The event that tells of it names the one that it takes back as its cause. By that a database which is filled anew
//! tells an undo from a decision of the same words, and puts back the same.

use contract::{Cause, Change, DecidedBy, EventId, Status, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

use crate::item::Key;
use crate::verdict::{Queued, Record, Refusal, Terms, by_moderator, revision_of};

/// The name under which something is put into the queue that was not in it, since its verdict was taken back.
pub const UNDONE: &str = "undone";

/// What stood before a verdict of a moderator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The number of that verdict.
    pub decision: u32,
    /// The event that told of it.
    pub event: EventId,
    /// The event that began it all: `event` itself, but for the taking back of another.
    pub correlation: EventId,
    /// When it was told.
    pub time: Timestamp,
    /// The verdict that stood on the same version, if one did.
    pub verdict: Option<Verdict>,
    /// The place in the queue, if there was one.
    pub queued: Option<Queued>,
    /// Since when it would wait, if it is to wait again.
    pub since: Timestamp,
    /// How many reports the verdict took off the count; fewer than none if it put some back.
    pub reports: i64,
}

impl Before {
    /// What `was` before the verdict of this number, which the event `said` told of, made it what it is `now`.
    pub fn of(was: &Record, now: &Record, decision: u32, said: &Cause) -> Self {
        let queued = was.queued.clone();
        let since = queued.as_ref().map(|queued| queued.since).or(was.owed.as_ref().map(|owed| owed.time));
        Self {
            decision,
            event: said.id.clone(),
            correlation: said.correlation.clone(),
            time: said.time,
            verdict: was.item.verdict.clone().filter(|_| was.is_judged()),
            queued,
            since: since.unwrap_or(said.time),
            reports: i64::from(was.reports) - i64::from(now.reports),
        }
    }

    /// The event that told of the verdict, as the cause of its being taken back.
    pub fn cause(&self) -> Cause {
        Cause { id: self.event.clone(), correlation: self.correlation.clone(), time: self.time }
    }
}

/// Which verdict is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undo {
    /// The item.
    pub key: Key,
    /// The verdict's number.
    pub decision: u32,
}

/// Takes back the latest verdict, if it is this one and a moderator's. Gives the verdict that stands then, and the event
/// that it follows from. What stood is for the caller to keep, as with [`decide`](crate::verdict::decide).
///
/// # Errors
/// Why it cannot be taken back.
pub fn undo(record: &mut Record, decision: u32, threshold: u32, now: Timestamp) -> Result<(Verdict, Cause), Refusal> {
    let current = revision_of(record)?;
    let latest = record.latest_decision();
    if decision != latest {
        return Err(Refusal::Decision(latest));
    }
    let verdict = record.item.verdict.as_ref().map(Verdict::mark);
    if verdict.max(record.item.reopened).is_some_and(|mark| mark.revision != current) {
        return Err(Refusal::Revision(current));
    }
    let before = record.before.take_if(|before| before.decision == decision).ok_or(Refusal::Final(latest))?;
    let number = record.next_decision();
    let verdict = match (&before.verdict, &before.queued) {
        (Some(stood), _) => Verdict { decision: number, ..stood.clone() },
        (None, queued) => Verdict {
            revision: current,
            decision: number,
            status: Status::Pending,
            reason: queued.as_ref().and_then(|queued| queued.reason.clone()),
            rule: Some(queued.as_ref().map_or(UNDONE, |queued| &queued.rule).to_owned()),
            decided_by: Some(DecidedBy::Moderator),
        },
    };
    let cause = before.cause();
    record.item.apply(Change::Moderated(verdict.clone()));
    put_back(record, before, &verdict);
    record.requeue(threshold, now);
    Ok((verdict, cause))
}

/// Joins a verdict that this service said before its database was made.
pub fn hear_verdict(record: &mut Record, verdict: &Verdict, terms: &Terms<'_>) {
    let was = record.clone();
    let changed = record.item.apply(Change::Moderated(verdict.clone())).is_changed();
    let time = was.owed.as_ref().map_or(terms.cause.time, |owed| owed.time);
    let latest = record.item.verdict.as_ref().map(Verdict::mark).max(record.item.reopened);
    let stands = record.revision() == Some(verdict.revision) && latest == Some(verdict.mark());
    if !stands {
        if changed && by_moderator(verdict) && verdict.status != Status::Pending {
            record.reports = 0;
        }
    } else if changed {
        let taken_back = record.before.take_if(|before| terms.causation == Some(&before.event));
        let undoes = taken_back.is_some();
        match taken_back {
            Some(before) => put_back(record, before, verdict),
            None if by_moderator(verdict) && verdict.status != Status::Pending => answer(record),
            None => (record.queued, record.owed) = (None, None),
        }
        let kept = undoes || by_moderator(verdict);
        record.before = kept.then(|| Before::of(&was, record, verdict.decision, terms.cause));
    }
    if stands && record.is_reopened() {
        // Where news of it came before itself, the queue does not know why yet.
        if record.queued.as_ref().is_none_or(|queued| queued.rule == UNDONE) {
            let since = record.queued.as_ref().map_or(time, |queued| queued.since);
            record.queued = Some(place(verdict, since));
        }
        record.owed = None;
    }
    record.requeue(terms.threshold, time);
}

/// Puts it into the queue: its verdict was taken back, and no more is known of it.
pub(crate) fn hold(record: &mut Record, since: Timestamp) {
    record.owed = None;
    record.queued.get_or_insert_with(|| Queued { rule: UNDONE.to_owned(), reason: None, since });
}

/// A moderator has looked: nothing waits any longer.
pub(crate) fn answer(record: &mut Record) {
    (record.queued, record.owed, record.reports) = (None, None, 0);
}

/// The queue and the reports as they were.
fn put_back(record: &mut Record, before: Before, verdict: &Verdict) {
    record.owed = None;
    record.queued = match verdict.status {
        Status::Pending => Some(place(verdict, before.since)),
        Status::Approved | Status::Rejected => before.queued,
    };
    let reports = i64::from(record.reports).saturating_add(before.reports);
    record.reports = u32::try_from(reports.max(0)).unwrap_or(u32::MAX);
}

/// The place in the queue that a verdict of `pending` tells of.
fn place(verdict: &Verdict, since: Timestamp) -> Queued {
    let rule = verdict.rule.clone().unwrap_or_else(|| UNDONE.to_owned());
    Queued { rule, reason: verdict.reason.clone(), since }
}
