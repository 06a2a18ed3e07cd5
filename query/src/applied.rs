//! Which events have been applied lately, and who waits for one: a reader that names the event of its own write is
//! answered once the write shows.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chassis::awaited::Awaited;
use contract::EventId;
use foldhash::fast::RandomState;
use tokio::sync::{Semaphore, oneshot};

use crate::heard::EventKey;

/// How many events are remembered, latest first. Whoever waits for an older one waits in vain.
pub const REMEMBERED: usize = 65_536;

/// How many readers may wait at once; beyond, they are answered as if they had waited.
pub const WAITERS: usize = 10_000;

/// The events applied lately.
#[derive(Debug)]
pub struct Applied {
    state: Mutex<State>,
    places: Semaphore,
}

/// Every event of a rebuild passes here, so keys are hashed by a fast function; seeded, for a producer chooses its ids.
#[derive(Debug, Default)]
struct State {
    order: VecDeque<EventKey>,
    known: HashSet<EventKey, RandomState>,
    waiting: HashMap<EventKey, Vec<oneshot::Sender<()>>, RandomState>,
}

impl Default for Applied {
    fn default() -> Self {
        Self::with_places(WAITERS)
    }
}

impl Applied {
    /// With places for so many who wait.
    pub fn with_places(waiters: usize) -> Self {
        Self { state: Mutex::default(), places: Semaphore::new(waiters) }
    }

    /// These events were applied: remembers them, and wakes whoever waits for one.
    pub fn note(&self, keys: &[EventKey]) {
        let mut state = self.state();
        let state = &mut *state;
        for key in keys {
            if !state.known.insert(*key) {
                continue;
            }
            state.order.push_back(*key);
            if state.order.len() > REMEMBERED
                && let Some(oldest) = state.order.pop_front()
            {
                state.known.remove(&oldest);
            }
            if state.waiting.is_empty() {
                continue;
            }
            for waiter in state.waiting.remove(key).unwrap_or_default() {
                // One that has gone needs no waking.
                waiter.send(()).ok();
            }
        }
    }

    /// What is remembered, oldest first.
    pub fn remembered(&self) -> Vec<EventKey> {
        self.state().order.iter().copied().collect()
    }

    /// Whether an event is among those applied lately.
    pub fn has(&self, event: &EventId) -> bool {
        self.state().known.contains(&EventKey::from(event))
    }

    /// Forgets everything; who waits goes on waiting.
    pub fn clear(&self) {
        let mut state = self.state();
        state.order.clear();
        state.known.clear();
    }

    /// Waits until the event is applied, at most so long.
    pub async fn wait(&self, event: &EventId, patience: Duration) -> Awaited {
        let key = EventKey::from(event);
        if self.state().known.contains(&key) {
            return Awaited::Seen;
        }
        let Ok(_place) = self.places.try_acquire() else { return Awaited::Timeout };
        let woken = {
            let mut state = self.state();
            // It may have come since the first look.
            if state.known.contains(&key) {
                return Awaited::Seen;
            }
            let (waker, woken) = oneshot::channel();
            state.waiting.entry(key).or_default().push(waker);
            woken
        };
        let leaving = Leaving { applied: self, key, woken };
        leaving.wait(patience).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits; dropped (the reader may hang up at any time), it leaves nothing behind.
struct Leaving<'a> {
    applied: &'a Applied,
    key: EventKey,
    woken: oneshot::Receiver<()>,
}

impl Leaving<'_> {
    async fn wait(mut self, patience: Duration) -> Awaited {
        match tokio::time::timeout(patience, &mut self.woken).await {
            Ok(Ok(())) => Awaited::Seen,
            Ok(Err(_)) | Err(_) => Awaited::Timeout,
        }
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.woken.close();
        let mut state = self.applied.state();
        if let Some(waiters) = state.waiting.get_mut(&self.key) {
            waiters.retain(|waiter| !waiter.is_closed());
            if waiters.is_empty() {
                state.waiting.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn an_event_is_seen_before_and_after_it_comes_and_given_up_in_time() {
        let applied = Applied::default();
        let (first, second) = (EventId::new(), EventId::new());
        applied.note(&[EventKey::from(&first)]);
        assert_eq!(applied.wait(&first, LONG).await, Awaited::Seen);

        let (seen, ()) = tokio::join!(applied.wait(&second, LONG), async {
            tokio::task::yield_now().await;
            applied.note(&[EventKey::from(&second)]);
        });
        assert_eq!(seen, Awaited::Seen);

        let before = tokio::time::Instant::now();
        assert_eq!(applied.wait(&EventId::new(), Duration::from_secs(2)).await, Awaited::Timeout);
        assert_eq!(before.elapsed().as_secs(), 2);
        assert!(applied.state().waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_the_places_nobody_waits() {
        let applied = Applied::with_places(1);
        let before = tokio::time::Instant::now();
        let (event, other) = (EventId::new(), EventId::new());
        let (one, two) = tokio::join!(applied.wait(&event, LONG), async {
            tokio::task::yield_now().await;
            let answer = applied.wait(&other, LONG).await;
            assert!(before.elapsed() < LONG);
            answer
        });
        assert_eq!((one, two), (Awaited::Timeout, Awaited::Timeout));
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let applied = Applied::default();
        let keys: Vec<EventKey> = (0..REMEMBERED + 10).map(|n| EventKey::of(&n.to_string())).collect();
        for some in keys.chunks(1000) {
            applied.note(some);
        }
        assert_eq!(applied.remembered(), keys[10..]);
        assert_eq!(applied.state().known.len(), REMEMBERED);
    }
}
