//! What query counts: the model's size and place, how far it lags, what had no effect, who listens.

use std::sync::OnceLock;
use std::time::Duration;

use contract::{Sequence, Timestamp};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::heard::Skipped;

#[expect(clippy::cast_precision_loss, reason = "metrics are floating point; exact up to 2^53")]
const fn float(value: u64) -> f64 {
    value as f64
}

struct Meters {
    posts: Gauge,
    comments: Gauge,
    position: Gauge,
    behind: Gauge,
    lag: Histogram,
    folded: Counter,
    skipped: [Counter; Skipped::ALL.len()],
    listeners: Gauge,
    let_go: Counter,
    snapshot: Histogram,
    snapshot_bytes: Gauge,
    logs_lost: Counter,
    log_older: Gauge,
}

fn meters() -> &'static Meters {
    static METERS: OnceLock<Meters> = OnceLock::new();
    METERS.get_or_init(|| Meters {
        posts: gauge!("query_posts"),
        comments: gauge!("query_comments"),
        position: gauge!("query_position"),
        behind: gauge!("query_behind_events"),
        lag: histogram!("query_apply_lag_seconds"),
        folded: counter!("query_folded_total"),
        skipped: Skipped::ALL.map(|why| counter!("query_skipped_total", "reason" => why.as_str())),
        listeners: gauge!("query_live_listeners"),
        let_go: counter!("query_live_let_go_total"),
        snapshot: histogram!("query_snapshot_seconds"),
        snapshot_bytes: gauge!("query_snapshot_bytes"),
        logs_lost: counter!("query_logs_lost_total"),
        log_older: gauge!("bus_log_older", "service" => "query"),
    })
}

/// A batch was folded: so many events, the last of them said then.
pub fn folded(events: usize, skipped: &[u64; Skipped::ALL.len()], last: Option<Timestamp>) {
    let meters = meters();
    meters.folded.increment(events as u64);
    for (counter, count) in meters.skipped.iter().zip(skipped) {
        if *count > 0 {
            counter.increment(*count);
        }
    }
    if let Some(last) = last {
        meters.lag.record(Timestamp::now().since(last).as_secs_f64());
    }
}

/// The model has so many posts and comments, is so far, and so many events are known to be ahead of it.
pub fn stands((posts, comments): (u64, u64), position: Sequence, behind: u64) {
    let meters = meters();
    meters.posts.set(float(posts));
    meters.comments.set(float(comments));
    meters.position.set(float(position.get()));
    meters.behind.set(float(behind));
}

/// Somebody came to listen, or left.
pub fn listeners(change: i8) {
    meters().listeners.increment(f64::from(change));
}

/// A listener took nothing for too long.
pub fn listener_let_go() {
    meters().let_go.increment(1);
}

/// A snapshot was written.
pub fn snapshot(took: Duration, bytes: u64) {
    let meters = meters();
    meters.snapshot.record(took.as_secs_f64());
    meters.snapshot_bytes.set(float(bytes));
}

/// Whether the bus's log is an older copy of the one that was folded.
pub fn log_older(is_so: bool) {
    meters().log_older.set(if is_so { 1.0 } else { 0.0 });
}

/// The bus has another log.
pub fn log_lost() {
    meters().logs_lost.increment(1);
}
