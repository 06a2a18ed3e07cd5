//! Parked subjects coming back: their events are read from the log again, in order, from the first that failed up to
//! the cursor, and pushed beside the others'. When none is left below the cursor the subject rejoins.
//!
//! The cursor may move on meanwhile, past further events of the subject; those are found before it rejoins, because
//! both happen in this one task.

use std::sync::Arc;

use chassis::backoff::Backoff;
use contract::{Sequence, Timestamp};

use super::{READ_BYTES, Worker};
use crate::answer::{Outcome, Verdict};
use crate::config::PushSettings;
use crate::delivery::Told;
use crate::engine::{Log, ReadError, Selection};
use crate::entry::Entry;
use crate::parking::Park;
use crate::registry::{Change, Parked};
use crate::subscription::{Paused, Subscription};

/// What one piece of a redelivery came to.
pub(super) struct Redelivered {
    subject: Box<str>,
    what: Piece,
}

enum Piece {
    /// Nothing of it is left up to here.
    Nothing(Sequence),
    Pushed(Vec<Arc<Entry>>, Verdict),
    Unread(ReadError),
}

/// A subject that has just been parked.
pub(super) fn parked(park: Park, now: Timestamp, settings: &PushSettings) -> Parked {
    let Park { subject, first, error } = park;
    Parked { subject, first, error, since: now, attempts: 0, next_try: next_try(now, 0, settings) }
}

fn next_try(now: Timestamp, attempts: u32, settings: &PushSettings) -> Timestamp {
    let mut backoff = Backoff::new(settings.redeliver_base, settings.redeliver_cap);
    for _ in 0..attempts.min(20) {
        backoff.pause();
    }
    now.saturating_add(backoff.pause())
}

/// A subject's next wanted events in `(after, upto]` that were not delivered before; also how far was looked.
pub(super) async fn events_of(
    log: &dyn Log,
    subscription: &Subscription,
    subject: &str,
    mut after: Sequence,
    upto: Sequence,
    most: usize,
) -> Result<(Vec<Arc<Entry>>, Sequence), ReadError> {
    let selection = Selection { subject: Some(subject.into()), ..subscription.selection() };
    while after < upto {
        let page = log.read(after, Some(upto), &selection, most, READ_BYTES).await?;
        let entries: Vec<_> = page.entries.into_iter().filter(|entry| !subscription.has_seen(entry)).collect();
        if !entries.is_empty() {
            return Ok((entries, page.upto));
        }
        after = page.upto;
    }
    Ok((Vec::new(), upto))
}

pub(super) fn before(sequence: Sequence) -> Sequence {
    Sequence::new(sequence.get().saturating_sub(1))
}

impl Worker {
    /// Starts the next piece of the redelivery that is due first.
    pub(super) fn start_redelivery(&mut self) {
        let now = Timestamp::now();
        let due = self.parked.values().filter(|parked| parked.next_try <= now).min_by_key(|parked| parked.next_try);
        let Some(due) = due else { return };
        let (subject, after) = (due.subject.clone(), before(due.first));
        let (upto, most) = (self.window.cursor(), self.redelivery_limit);
        let (shared, subscription, delivery) =
            (Arc::clone(&self.shared), self.subscription.clone(), self.delivery.clone());
        self.redelivering = Some(Box::pin(async move {
            let what = match events_of(&*shared.log, &subscription, &subject, after, upto, most).await {
                Err(error) => Piece::Unread(error),
                Ok((entries, upto)) if entries.is_empty() => Piece::Nothing(upto),
                Ok((entries, _)) => {
                    // It promises nothing about the other subjects: the place before it is not the cursor.
                    let upto = before(entries[0].sequence);
                    let told = Told { upto, head: *shared.log.head().borrow(), again: true };
                    let verdict = delivery.push(&subscription.spec, &entries, told).await;
                    Piece::Pushed(entries, verdict)
                }
            };
            Redelivered { subject, what }
        }));
    }

    /// Takes in what a piece came to.
    pub(super) async fn redelivered(&mut self, redelivered: Redelivered) {
        let Redelivered { subject, what } = redelivered;
        let Some(parked) = self.parked.get_mut(&subject) else { return };
        match what {
            Piece::Nothing(upto) if upto >= self.window.cursor() => return self.rejoin(&subject).await,
            Piece::Nothing(upto) => parked.first = upto.next(),
            Piece::Unread(error) => {
                parked.next_try = next_try(Timestamp::now(), 0, &self.shared.settings);
                parked.error = error.to_string().into();
            }
            Piece::Pushed(entries, verdict) => match self.judge(&subject, &entries, verdict) {
                Some(reason) => return self.pause(Paused::ByReceiver(reason)).await,
                None => self.keep(&subject).await,
            },
        }
    }

    /// Notes what became of a subject's events. Gives the reason if the receiver wants no more pushes at all.
    fn judge(&mut self, subject: &str, entries: &[Arc<Entry>], verdict: Verdict) -> Option<Box<str>> {
        let settings = &self.shared.settings;
        let parked = self.parked.get_mut(subject)?;
        let now = Timestamp::now();
        let outcomes = match verdict {
            Verdict::Results(outcomes) => outcomes,
            Verdict::Gone(reason) => return Some(reason),
            Verdict::TooLarge | Verdict::Refused(_) if entries.len() > 1 => {
                self.redelivery_limit = entries.len() / 2;
                return None;
            }
            Verdict::TooLarge => vec![Outcome::Refused("answered 413".into())],
            Verdict::Refused(reason) => vec![Outcome::Refused(reason)],
            Verdict::Down { reason, suspicious, .. } => {
                // An outage says nothing about the event: it does not make the pauses grow.
                parked.attempts += u32::from(suspicious);
                parked.next_try = next_try(now, if suspicious { parked.attempts } else { 0 }, settings);
                parked.error = reason;
                self.redelivery_limit = if suspicious { 1 } else { self.redelivery_limit };
                return None;
            }
        };
        for (entry, outcome) in entries.iter().zip(outcomes) {
            match outcome {
                Outcome::Done => parked.first = entry.sequence.next(),
                Outcome::Refused(reason) | Outcome::Again(reason) => {
                    let moved = parked.first < entry.sequence;
                    parked.attempts = if moved { 1 } else { parked.attempts + 1 };
                    parked.first = entry.sequence;
                    parked.error = reason;
                    parked.next_try = next_try(now, parked.attempts, settings);
                    break;
                }
            }
        }
        self.redelivery_limit = (self.redelivery_limit * 2).min(self.subscription.spec.batch.into());
        None
    }

    /// Keeps what has become of a parked subject.
    pub(super) async fn keep(&mut self, subject: &str) {
        let Some(parked) = self.parked.get(subject).cloned() else { return };
        self.window.parked_moved(subject, parked.first);
        self.commit(Change { park: vec![parked], ..Change::default() }).await;
    }

    async fn rejoin(&mut self, subject: &str) {
        self.window.rejoin(subject);
        self.parked.remove(subject);
        if self.parked.is_empty() && self.wait.is_none() {
            self.last_error = None;
        }
        tracing::info!(subscription = %self.subscription.name, subject, "a parked subject has caught up and rejoins");
        self.commit(Change { unpark: vec![subject.into()], ..Change::default() }).await;
        self.metrics.parked(self.parked.len());
    }
}
