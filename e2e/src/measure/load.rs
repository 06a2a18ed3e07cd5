//! Load: many callers at once, each with one call at a time, and what came of it.
//!
//! Either as fast as they are answered, for so long ([`full`]), or at a fixed rate ([`paced`]). There a latency is counted
//! from when a call was due, not from when a caller was free for it: a server that stops for a moment would otherwise
//! hide all calls that this held up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// What became of one call.
#[derive(Debug)]
pub enum Called {
    /// So many things were taken.
    Taken(u64),
    /// It was refused, with these words.
    Refused(String),
    /// There is nothing more to do for this caller.
    Done,
}

/// One connection and what is done over it again and again.
pub trait Caller: Send + 'static {
    /// One call, up to its answer.
    fn call(&mut self) -> impl Future<Output = anyhow::Result<Called>> + Send;
}

/// A caller that ends after so many calls.
#[derive(Debug)]
pub struct Limited<C>(pub C, pub u32);

impl<C: Caller> Caller for Limited<C> {
    async fn call(&mut self) -> anyhow::Result<Called> {
        let Some(left) = self.1.checked_sub(1) else { return Ok(Called::Done) };
        self.1 = left;
        self.0.call().await
    }
}

/// What came of a load.
#[derive(Debug, Default)]
pub struct Load {
    /// Things that were taken.
    pub taken: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// What the first of those was told.
    pub refusal: Option<String>,
    /// From the first call to the last answer.
    pub took: Duration,
    /// How long each call took.
    pub latencies: Latencies,
}

impl Load {
    /// Things taken per second.
    pub fn rate(&self) -> f64 {
        per_second(self.taken, self.took)
    }

    fn note(&mut self, called: Called, since: Instant) -> bool {
        match called {
            Called::Taken(count) => {
                self.taken += count;
                self.latencies.note(since.elapsed());
            }
            Called::Refused(why) => {
                self.refused += 1;
                self.refusal.get_or_insert(why);
            }
            Called::Done => return false,
        }
        true
    }

    fn join(&mut self, other: Self) {
        self.taken += other.taken;
        self.refused += other.refused;
        self.refusal = self.refusal.take().or(other.refusal);
        self.latencies.0.extend(other.latencies.0);
    }
}

/// How many in a second.
#[expect(clippy::cast_precision_loss, reason = "a figure for people; exact up to 2^53")]
pub fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// Calls as fast as they are answered, until the time is over or every caller is done.
///
/// # Errors
/// If a connection breaks.
pub async fn full<C: Caller>(callers: Vec<C>, time: Duration) -> anyhow::Result<Load> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        tasks.spawn(async move {
            let mut load = Load::default();
            loop {
                let since = Instant::now();
                if since.duration_since(began) >= time || !load.note(caller.call().await?, since) {
                    return anyhow::Ok(load);
                }
            }
        });
    }
    joined(tasks, began).await
}

/// `rate` calls a second for so long, whatever the answers take; a call that finds no caller free is late.
///
/// # Errors
/// If a connection breaks.
pub async fn paced<C: Caller>(callers: Vec<C>, rate: u32, time: Duration) -> anyhow::Result<Load> {
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        let next = Arc::clone(&next);
        tasks.spawn(async move {
            let mut load = Load::default();
            loop {
                let due = began
                    + Duration::from_nanos(next.fetch_add(1, Ordering::Relaxed) * 1_000_000_000 / u64::from(rate));
                if due >= began + time {
                    return anyhow::Ok(load);
                }
                // why: the pace is what this load is about
                tokio::time::sleep_until(due.into()).await;
                if !load.note(caller.call().await?, due) {
                    return Ok(load);
                }
            }
        });
    }
    joined(tasks, began).await
}

async fn joined(mut tasks: JoinSet<anyhow::Result<Load>>, began: Instant) -> anyhow::Result<Load> {
    let mut all = Load::default();
    while let Some(load) = tasks.join_next().await {
        all.join(load??);
    }
    all.took = began.elapsed();
    Ok(all)
}

/// Times, of which only a few are told.
#[derive(Debug, Clone, Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    /// Adds one, to the microsecond.
    pub fn note(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time within which so many per thousand came; in milliseconds, nothing if there are none.
    pub fn within(&self, per_mille: usize) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * per_mille).div_ceil(1000).saturating_sub(1);
        sorted.get(at).map(|micros| f64::from(*micros) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let mut times = Latencies::default();
        assert_eq!(times.within(500), None);
        for ms in (1..=100).rev() {
            times.note(Duration::from_millis(ms));
        }
        let told: Vec<f64> = [500, 990, 1000, 0].iter().map(|p| times.within(*p).unwrap()).collect();
        assert_eq!(told, [50.0, 99.0, 100.0, 1.0]);
    }

    struct Thrice(u64);

    impl Caller for Thrice {
        async fn call(&mut self) -> anyhow::Result<Called> {
            self.0 += 1;
            Ok(match self.0 {
                1 | 2 => Called::Taken(10),
                3 => Called::Refused("no".to_owned()),
                _ => Called::Done,
            })
        }
    }

    #[tokio::test]
    async fn what_became_of_all_calls_is_added_up() {
        let load = full(vec![Thrice(0), Thrice(0)], Duration::from_mins(1)).await.unwrap();
        assert_eq!((load.taken, load.refused, load.latencies.count()), (40, 2, 4));
        assert_eq!(load.refusal.as_deref(), Some("no"));
        let load = paced(vec![Thrice(0)], 1000, Duration::from_mins(1)).await.unwrap();
        assert_eq!(load.taken, 20);
    }
}
