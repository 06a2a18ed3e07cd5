//! How long to wait before trying again: doubling from a base to a cap, with jitter so that many who wait for the same
//! thing do not come back at the same moment. And when to log what lasts: at once, then at growing intervals, so that
//! the newest lines show that it still lasts, and the log is not filled with it.

use std::time::Duration;

use tokio::time::Instant;

/// A growing pause. `pause` after each failure, `reset` after a success.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    failures: u32,
}

impl Backoff {
    /// Starts at `base` and never waits longer than `cap`.
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, failures: 0 }
    }

    /// Failures since the last success.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// A success: the next pause is the shortest again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// A failure: the pause to make now, between half of the nominal one and all of it.
    pub fn pause(&mut self) -> Duration {
        let nominal = self.base.saturating_mul(1 << self.failures.min(20)).min(self.cap);
        self.failures = self.failures.saturating_add(1);
        nominal.mul_f64(0.5 + rand::random::<f64>() / 2.0)
    }
}

/// The pause after a failure's first line, and the longest between two.
const FIRST_REMINDER: Duration = Duration::from_secs(10);
const LAST_REMINDER: Duration = Duration::from_mins(10);

/// When a line about a failure that lasts is due.
#[derive(Debug, Clone, Default)]
pub struct Reminder(Option<(Instant, Duration)>);

impl Reminder {
    /// The failure is there: whether to log it now.
    pub fn is_due(&mut self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&mut self, now: Instant) -> bool {
        let pause = match self.0 {
            None => FIRST_REMINDER,
            Some((next, _)) if now < next => return false,
            Some((_, pause)) => (pause * 2).min(LAST_REMINDER),
        };
        self.0 = Some((now + pause, pause));
        true
    }

    /// The failure is over: whether it was logged.
    pub fn over(&mut self) -> bool {
        self.0.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_logged_at_once_and_then_at_growing_intervals() {
        let (mut reminder, begun) = (Reminder::default(), Instant::now());
        let seconds = (0..1500).filter(|second| reminder.is_due_at(begun + Duration::from_secs(*second)));
        assert_eq!(seconds.collect::<Vec<_>>(), [0, 10, 30, 70, 150, 310, 630, 1230]);
        assert!(reminder.over() && !reminder.over());
        assert!(reminder.is_due(), "the next failure is another one");
    }

    #[test]
    fn it_doubles_up_to_the_cap_and_starts_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        for nominal in [100, 200, 400, 800, 1000, 1000] {
            let pause = backoff.pause().as_millis();
            assert!((nominal / 2..=nominal).contains(&pause), "{pause} for {nominal}");
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_millis(100));
    }
}
