//! How far a subscription is behind, and what else is counted about it.

use std::time::Duration;

use contract::Timestamp;
use metrics::{Counter, Gauge, counter, gauge};

use crate::engine::{Log, ReadError};
use crate::subscription::Subscription;

/// What a subscription wants and has not got yet. What is parked is not counted: it lies behind the cursor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// Events beyond the cursor.
    pub events: u64,
    /// For how long the oldest of them has been in the log.
    pub age: Duration,
}

impl Lag {
    /// A subscription's lag now.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn of(subscription: &Subscription, log: &dyn Log) -> Result<Self, ReadError> {
        let selection = subscription.selection();
        let events = log.count(subscription.cursor, &selection).await?;
        if events == 0 {
            return Ok(Self::default());
        }
        let oldest = log.read(subscription.cursor, None, &selection, 1, 0).await?;
        let age = oldest.entries.first().map(|entry| Timestamp::now().since(entry.recorded_at));
        Ok(Self { events, age: age.unwrap_or_default() })
    }
}

/// One subscription's meters. Each handle is looked up once and then costs one atomic.
#[derive(Debug)]
pub(crate) struct SubscriptionMetrics {
    events: Gauge,
    seconds: Gauge,
    parked: Gauge,
    failures: Counter,
    ignored: Counter,
}

impl SubscriptionMetrics {
    pub(crate) fn new(name: &str) -> Self {
        let name = || name.to_owned();
        Self {
            events: gauge!("subscription_lag_events", "subscription" => name()),
            seconds: gauge!("subscription_lag_seconds", "subscription" => name()),
            parked: gauge!("subscription_parked", "subscription" => name()),
            failures: counter!("push_failures_total", "subscription" => name()),
            ignored: counter!("subscription_ignored_total", "subscription" => name()),
        }
    }

    /// An unknown lag leaves the meters as they are.
    #[expect(clippy::cast_precision_loss, reason = "metrics are floating point; exact up to 2^53")]
    pub(crate) fn lag(&self, lag: Option<Lag>) {
        if let Some(lag) = lag {
            self.events.set(lag.events as f64);
            self.seconds.set(lag.age.as_secs_f64());
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "metrics are floating point; exact up to 2^53")]
    pub(crate) fn parked(&self, subjects: usize) {
        self.parked.set(subjects as f64);
    }

    pub(crate) fn failure(&self) {
        self.failures.increment(1);
    }

    /// The receiver made no use of an event.
    pub(crate) fn ignored(&self) {
        self.ignored.increment(1);
    }

    /// The subscription was deleted.
    pub(crate) fn gone(&self) {
        self.lag(Some(Lag::default()));
        self.parked(0);
    }
}
