//! What the log counts. Each handle is looked up once and then costs one atomic.

use contract::Sequence;
use metrics::{Counter, Gauge, counter, gauge};

use crate::engine::ReadError;

/// The log's counters.
#[derive(Debug)]
pub(crate) struct LogMetrics {
    appends: Counter,
    duplicates: Counter,
    head: Gauge,
    disk_reads: Counter,
    damaged: Counter,
}

impl LogMetrics {
    pub(crate) fn new() -> Self {
        Self {
            appends: counter!("bus_appends_total"),
            duplicates: counter!("bus_append_duplicates_total"),
            head: gauge!("bus_log_head"),
            disk_reads: counter!("bus_log_disk_reads_total"),
            damaged: counter!("bus_log_damage_met_total"),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "metrics are floating point; exact up to 2^53")]
    pub(crate) fn head(&self, head: Sequence) {
        self.head.set(head.get() as f64);
    }

    pub(crate) fn appended(&self, new: usize, duplicates: u64, head: Sequence) {
        self.appends.increment(new as u64);
        if duplicates > 0 {
            self.duplicates.increment(duplicates);
        }
        self.head(head);
    }

    pub(crate) fn disk_read(&self) {
        self.disk_reads.increment(1);
    }

    /// Tells of a log that could not be read. (That a reader asked for too much is between it and its answer.)
    pub(crate) fn met(&self, error: &ReadError) {
        match error {
            ReadError::Damaged { sequence, reason } => {
                tracing::error!(%sequence, reason, "THE LOG IS DAMAGED: restore its database from a backup");
                self.damaged.increment(1);
            }
            ReadError::Failed(reason) => tracing::error!(reason, "the log cannot be read"),
            ReadError::Ahead { .. } => {}
        }
    }
}

/// One live listener, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Listener(Gauge);

impl Listener {
    /// Counts one more listener of a kind (`websocket`, `sse`).
    pub(crate) fn new(kind: &'static str) -> Self {
        let gauge = gauge!("bus_listeners", "kind" => kind);
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
