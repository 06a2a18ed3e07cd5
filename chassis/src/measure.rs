//! What the store, the relay and the push receiver count. Each handle is looked up once and then costs one atomic.

use std::time::Duration;

use contract::Timestamp;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::outbox::Unsent;

#[expect(clippy::cast_precision_loss, reason = "metrics are floating point; exact up to 2^53")]
const fn float(value: u64) -> f64 {
    value as f64
}

/// Group commits of one store.
pub(crate) struct StoreMetrics {
    commits: Counter,
    failures: Counter,
    commands: Histogram,
    seconds: Histogram,
}

impl StoreMetrics {
    pub(crate) fn new(service: &str) -> Self {
        let service = || service.to_owned();
        Self {
            commits: counter!("store_commits_total", "service" => service()),
            failures: counter!("store_commit_failures_total", "service" => service()),
            commands: histogram!("store_commit_commands", "service" => service()),
            seconds: histogram!("store_commit_seconds", "service" => service()),
        }
    }

    pub(crate) fn committed(&self, commands: usize, took: Duration) {
        self.commits.increment(1);
        self.commands.record(float(commands as u64));
        self.seconds.record(took.as_secs_f64());
    }

    pub(crate) fn failed(&self) {
        self.failures.increment(1);
    }
}

/// What one service's relay does.
pub(crate) struct RelayMetrics {
    sent: Counter,
    conflicts: Counter,
    logs_lost: Counter,
    held: Gauge,
    age: Gauge,
}

impl RelayMetrics {
    pub(crate) fn new(service: &str) -> Self {
        let service = || service.to_owned();
        Self {
            sent: counter!("outbox_sent_total", "service" => service()),
            conflicts: counter!("outbox_conflicts_total", "service" => service()),
            logs_lost: counter!("outbox_logs_lost_total", "service" => service()),
            held: gauge!("outbox_held_subjects", "service" => service()),
            age: gauge!("outbox_age_seconds", "service" => service()),
        }
    }

    /// The relay looked at what is unsent; `oldest` is the first of it.
    pub(crate) fn looked(&self, oldest: Option<&Unsent>) {
        let age = oldest.map_or(0, |e| Timestamp::now().millis().saturating_sub(e.said_at).max(0));
        self.age.set(float(age.unsigned_abs()) / 1000.0);
    }

    pub(crate) fn sent(&self, events: usize, held: usize) {
        self.sent.increment(events as u64);
        self.held.set(float(held as u64));
    }

    pub(crate) fn conflict(&self) {
        self.conflicts.increment(1);
    }

    pub(crate) fn log_lost(&self) {
        self.logs_lost.increment(1);
    }
}

/// Whether one service's database and the bus's log belong together.
pub(crate) struct StandingMetrics {
    log_older: Gauge,
    database_older: Counter,
}

impl StandingMetrics {
    pub(crate) fn new(service: &str) -> Self {
        let service = || service.to_owned();
        Self {
            log_older: gauge!("bus_log_older", "service" => service()),
            database_older: counter!("database_older_total", "service" => service()),
        }
    }

    pub(crate) fn log_older(&self, is_so: bool) {
        self.log_older.set(if is_so { 1.0 } else { 0.0 });
    }

    pub(crate) fn database_older(&self) {
        self.database_older.increment(1);
    }
}

/// What one service's push receiver does.
pub(crate) struct ReceiverMetrics {
    done: Counter,
    duplicates: Counter,
    refused: Counter,
    ignored: Counter,
    unsigned: Counter,
}

impl ReceiverMetrics {
    pub(crate) fn new(service: &str) -> Self {
        let service = || service.to_owned();
        Self {
            done: counter!("inbox_events_total", "service" => service()),
            duplicates: counter!("inbox_duplicates_total", "service" => service()),
            refused: counter!("inbox_refused_total", "service" => service()),
            ignored: counter!("inbox_ignored_total", "service" => service()),
            unsigned: counter!("inbox_unsigned_total", "service" => service()),
        }
    }

    pub(crate) fn applied(&self, events: usize) {
        self.done.increment(events as u64);
    }

    pub(crate) fn duplicate(&self) {
        self.duplicates.increment(1);
    }

    pub(crate) fn refused(&self) {
        self.refused.increment(1);
    }

    pub(crate) fn ignored(&self) {
        self.ignored.increment(1);
    }

    pub(crate) fn unsigned(&self) {
        self.unsigned.increment(1);
    }
}
