//! Parked subjects coming back: their events are read from the log again, in order, from the first that failed up to
//! the cursor, and pushed beside the others'. When none is left below the cursor the subject rejoins.
//!
//! The cursor may move on meanwhile, past further events of the subject; those are found before it rejoins, because
//! both happen in this one task.

use std::sync::Arc;
use std::time::Duration;

use chassis::backoff::Backoff;
use contract::{Sequence, Timestamp};
use tokio::time::Instant;

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

/// A parked subject, and when it is tried again. What is kept and shown is a time of day; what counts is a clock that
/// nobody can set: an hour's correction must not put redelivery off by an hour.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) parked: Parked,
    pub(super) due: Instant,
}

impl Waiting {
    /// A subject that has just been parked.
    pub(super) fn new(park: Park, settings: &PushSettings) -> Self {
        let Park { subject, first, error } = park;
        let since = Timestamp::now();
        let parked = Parked { subject, first, error, since, attempts: 0, next_try: since };
        let mut waiting = Self { parked, due: Instant::now() };
        waiting.put_off(0, settings);
        waiting
    }

    /// As the registry has it. The time of day may have been another one when it was kept.
    pub(super) fn kept(parked: Parked, settings: &PushSettings) -> Self {
        let due = Instant::now() + pause_until(parked.next_try, Timestamp::now(), settings);
        Self { parked, due }
    }

    /// Tries it again now.
    pub(super) fn try_now(&mut self) {
        (self.parked.next_try, self.due) = (Timestamp::now(), Instant::now());
    }

    /// Tries it again after a pause that grows with the attempts.
    fn put_off(&mut self, attempts: u32, settings: &PushSettings) {
        let mut backoff = Backoff::new(settings.redeliver_base, settings.redeliver_cap);
        for _ in 0..attempts.min(20) {
            backoff.pause();
        }
        let pause = backoff.pause();
        self.parked.next_try = Timestamp::now().saturating_add(pause);
        self.due = Instant::now() + pause;
    }
}

/// The time that is left, and never more than the longest pause.
fn pause_until(next_try: Timestamp, now: Timestamp, settings: &PushSettings) -> Duration {
    next_try.since(now).min(settings.redeliver_cap)
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
        let now = Instant::now();
        let due = self.parked.values().filter(|waiting| waiting.due <= now).min_by_key(|waiting| waiting.due);
        let Some(due) = due else { return };
        let (subject, after) = (due.parked.subject.clone(), before(due.parked.first));
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
                    let told = Told { upto, head: *shared.log.head().borrow() };
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
        let Some(waiting) = self.parked.get_mut(&subject) else { return };
        match what {
            Piece::Nothing(upto) if upto >= self.window.cursor() => return self.rejoin(&subject).await,
            Piece::Nothing(upto) => waiting.parked.first = waiting.parked.first.max(upto.next()),
            Piece::Unread(error) => {
                waiting.put_off(0, &self.shared.settings);
                waiting.parked.error = error.to_string().into();
            }
            Piece::Pushed(entries, verdict) => {
                self.note_answer(&entries, &verdict);
                match self.judge(&subject, &entries, verdict) {
                    Some(reason) => return self.pause(Paused::ByReceiver(reason)).await,
                    None => self.keep(&subject).await,
                }
            }
        }
    }

    /// Notes what became of a subject's events. Gives the reason if the receiver wants no more pushes at all.
    fn judge(&mut self, subject: &str, entries: &[Arc<Entry>], verdict: Verdict) -> Option<Box<str>> {
        let settings = &self.shared.settings;
        let waiting = self.parked.get_mut(subject)?;
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
                waiting.parked.attempts += u32::from(suspicious);
                waiting.put_off(if suspicious { waiting.parked.attempts } else { 0 }, settings);
                waiting.parked.error = reason;
                self.redelivery_limit = if suspicious { 1 } else { self.redelivery_limit };
                return None;
            }
        };
        for (entry, outcome) in entries.iter().zip(outcomes) {
            let parked = &mut waiting.parked;
            match outcome {
                Outcome::Done | Outcome::Ignored(_) => parked.first = entry.sequence.next(),
                Outcome::Refused(reason) | Outcome::Again(reason) => {
                    let moved = parked.first < entry.sequence;
                    parked.attempts = if moved { 1 } else { parked.attempts + 1 };
                    parked.first = entry.sequence;
                    parked.error = reason;
                    waiting.put_off(waiting.parked.attempts, settings);
                    break;
                }
            }
        }
        self.redelivery_limit = (self.redelivery_limit * 2).min(self.subscription.spec.batch.into());
        None
    }

    /// Keeps what has become of a parked subject.
    pub(super) async fn keep(&mut self, subject: &str) {
        let Some(parked) = self.parked.get(subject).map(|waiting| waiting.parked.clone()) else { return };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_puts_redelivery_off_by_no_more_than_a_pause() {
        let settings = PushSettings { redeliver_cap: Duration::from_mins(10), ..PushSettings::default() };
        let now = Timestamp::from_millis(1_800_000_000_000);
        let at = |millis: i64| pause_until(Timestamp::from_millis(now.millis() + millis), now, &settings);
        assert_eq!(at(-86_400_000), Duration::ZERO);
        assert_eq!(at(30_000), Duration::from_secs(30));
        assert_eq!(at(86_400_000), Duration::from_mins(10));
    }

    /// The time of day plays no part once a subject waits: only the clock of the runtime makes it due.
    #[tokio::test(start_paused = true)]
    async fn a_parked_subject_is_due_when_its_pause_is_over() {
        let settings = PushSettings { redeliver_base: Duration::from_secs(30), ..PushSettings::default() };
        let park = Park { subject: "A".into(), first: Sequence::new(1), error: "no".into() };
        let mut waiting = Waiting::new(park, &settings);
        assert!(waiting.due > Instant::now());
        tokio::time::advance(Duration::from_mins(1)).await;
        assert!(waiting.due <= Instant::now());
        waiting.put_off(3, &settings);
        assert!(waiting.due > Instant::now());
        waiting.try_now();
        assert!(waiting.due <= Instant::now());
    }
}
