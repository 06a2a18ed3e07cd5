//! What one connection is doing, and when it has to end.
//!
//! hyper's timers cannot tell a connection that waits for its next request from one whose header has begun, and none
//! of them looks at writes. So the socket and the answers leave marks here, and one task per connection looks at them:
//! - a header that has begun must be whole in time, the first one from the moment of connecting;
//! - a connection without a request may stay for a while, whether it pings or not;
//! - an answer that nobody reads ends it, sooner when memory is scarce.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::memory::{self, Share};

/// How long a connection may make no progress while memory is scarce.
const SHORT: Duration = Duration::from_secs(1);
/// How often connections that make no progress are looked at while memory is scarce.
const OFTEN: Duration = Duration::from_millis(250);
/// A mark that is not set.
const NEVER: u64 = 0;

/// The times that a connection has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// For a header, from its first byte; for the first one, from connecting.
    pub(super) header: Duration,
    /// Between two requests.
    pub(super) keep_alive: Duration,
    /// For the next piece of an answer to be taken.
    pub(super) stall: Duration,
}

/// How a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Cut it.
    Now,
    /// Let what is under way finish, for a while.
    InOrder,
}

/// The marks. Times are milliseconds from connecting, plus one; 0 is never.
#[derive(Debug)]
pub(crate) struct Activity {
    born: Instant,
    /// Requests whose answers are not done.
    requests: AtomicUsize,
    any: AtomicBool,
    http2: AtomicBool,
    /// Whether the latest request has a body, of which a rest may be on its way after the answer.
    body: AtomicBool,
    head_since: AtomicU64,
    idle_since: AtomicU64,
    stalled_since: AtomicU64,
    /// What has arrived of a header beyond its first piece.
    head: Mutex<Share>,
    long_head: AtomicBool,
    /// Pieces of answers that HTTP/2 has not sent, by when they were handed over. (On HTTP/1 a socket that takes nothing
    /// says the same.)
    pieces: Mutex<BTreeSet<(u64, u64)>>,
    count: AtomicU64,
    /// Bytes of answers that wait on this connection.
    held: AtomicUsize,
    /// Rung when something has stalled, which is seldom.
    changed: Notify,
}

impl Activity {
    /// Of a connection that was just made.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            born: Instant::now(),
            requests: AtomicUsize::new(0),
            any: AtomicBool::new(false),
            http2: AtomicBool::new(false),
            body: AtomicBool::new(false),
            head_since: AtomicU64::new(NEVER),
            idle_since: AtomicU64::new(NEVER),
            stalled_since: AtomicU64::new(NEVER),
            head: Mutex::default(),
            long_head: AtomicBool::new(false),
            pieces: Mutex::default(),
            count: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            changed: Notify::new(),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// A request's header is whole. The answer is done when what this gives is dropped.
    pub(crate) fn begin(self: &Arc<Self>, http2: bool, body: bool) -> Open {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.any.store(true, Ordering::Relaxed);
        self.http2.store(http2, Ordering::Relaxed);
        self.body.store(body, Ordering::Relaxed);
        self.forget_head();
        Open(Arc::clone(self))
    }

    fn forget_head(&self) {
        self.head_since.store(NEVER, Ordering::Relaxed);
        if self.long_head.swap(false, Ordering::Relaxed) {
            *self.head.lock().unwrap_or_else(PoisonError::into_inner) = Share::default();
        }
    }

    /// Bytes came.
    pub(super) fn received(&self, bytes: usize) {
        if self.requests.load(Ordering::Relaxed) > 0 || self.http2.load(Ordering::Relaxed) {
            return;
        }
        if self.head_since.load(Ordering::Relaxed) == NEVER {
            self.head_since.store(self.now(), Ordering::Relaxed);
        } else {
            self.head.lock().unwrap_or_else(PoisonError::into_inner).grow(bytes);
            self.long_head.store(true, Ordering::Relaxed);
        }
    }

    /// The socket took bytes, or would take none.
    pub(super) fn wrote(&self, progress: bool) {
        let stalled = self.stalled_since.load(Ordering::Relaxed) != NEVER;
        if progress && stalled {
            self.stalled_since.store(NEVER, Ordering::Relaxed);
        } else if !progress && !stalled {
            self.stalled_since.store(self.now(), Ordering::Relaxed);
            self.changed.notify_one();
        }
    }

    /// Whether the caller may still be sending what nobody reads: closing the socket on that would take the answer from
    /// it.
    pub(super) fn may_be_sending(&self) -> bool {
        !self.http2.load(Ordering::Relaxed) && (self.body.load(Ordering::Relaxed) || !self.any.load(Ordering::Relaxed))
    }

    /// Bytes of answers that wait here.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// So many more of them wait, until what this gives is dropped.
    pub(crate) fn hold(self: &Arc<Self>, bytes: usize) -> Held {
        self.held.fetch_add(bytes, Ordering::Relaxed);
        Held { bytes, activity: Arc::clone(self), _share: Share::of(bytes) }
    }

    /// A piece is handed over to be sent by HTTP/2, and is sent when what this gives is dropped.
    pub(crate) fn piece(self: &Arc<Self>) -> Piece {
        let key = (self.now(), self.count.fetch_add(1, Ordering::Relaxed));
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        Piece { key, activity: Arc::clone(self) }
    }

    /// Waits until the connection has to end.
    pub(super) async fn over(&self, times: &Times) -> End {
        let tick = times.header.min(times.keep_alive).min(times.stall).min(Duration::from_secs(10)) / 2;
        loop {
            let scarce = memory::is_scarce();
            let now = self.now();
            let next = self.next_end(times, scarce);
            let mut wait = if scarce { tick.min(OFTEN) } else { tick };
            if let Some((at, end)) = next {
                if at <= now {
                    return end;
                }
                wait = wait.min(Duration::from_millis(at - now));
            }
            tokio::select! {
                () = tokio::time::sleep(wait.max(Duration::from_millis(1))) => {}
                () = self.changed.notified() => {}
                () = memory::scarce().notified() => {}
            }
        }
    }

    /// When it has to end as things stand, and how.
    fn next_end(&self, times: &Times, scarce: bool) -> Option<(u64, End)> {
        let after = |since: &AtomicU64, time: Duration| {
            let since = since.load(Ordering::Relaxed);
            (since != NEVER).then(|| since.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)))
        };
        let stall = if scarce { times.stall.min(SHORT) } else { times.stall };
        let stalled = after(&self.stalled_since, stall).map(|at| (at, End::Now));
        let oldest = self.pieces.lock().unwrap_or_else(PoisonError::into_inner).first().map(|(since, _)| *since);
        let unsent = oldest.and_then(|since| after(&AtomicU64::new(since), stall));
        let unsent = unsent.map(|at| (at, if scarce { End::Now } else { End::InOrder }));
        let quiet = if self.requests.load(Ordering::Relaxed) > 0 || oldest.is_some() {
            None
        } else if !self.any.load(Ordering::Relaxed) {
            after(&AtomicU64::new(1), times.header).map(|at| (at, End::Now))
        } else if let Some(since) = after(&self.head_since, Duration::ZERO) {
            let long = scarce && self.long_head.load(Ordering::Relaxed);
            let header = if long { times.header.min(SHORT) } else { times.header };
            after(&AtomicU64::new(since), header).map(|at| (at, End::Now))
        } else {
            after(&self.idle_since, times.keep_alive).map(|at| (at, End::InOrder))
        };
        [stalled, unsent, quiet].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

/// A request that is not answered to the end.
#[derive(Debug)]
pub(crate) struct Open(Arc<Activity>);

impl Open {
    /// The connection that it came by.
    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.0
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.forget_head();
        self.0.idle_since.store(self.0.now(), Ordering::Relaxed);
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes of an answer that wait.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: usize,
    activity: Arc<Activity>,
    _share: Share,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.activity.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A piece that HTTP/2 has not sent.
#[derive(Debug)]
pub(crate) struct Piece {
    key: (u64, u64),
    activity: Arc<Activity>,
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.activity.pieces.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times =
        Times { header: Duration::from_secs(10), keep_alive: Duration::from_secs(75), stall: Duration::from_secs(20) };

    /// How it ends, and after how many whole seconds from now.
    async fn ends(activity: &Activity) -> (End, u64) {
        let begun = Instant::now();
        let end = activity.over(&TIMES).await;
        (end, begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_header_must_come_in_time() {
        let silent = Activity::new();
        assert_eq!(ends(&silent).await, (End::Now, 10));
        let half = Activity::new();
        half.received(5);
        assert_eq!(ends(&half).await, (End::Now, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_there_is_more_time_than_for_a_header() {
        let activity = Activity::new();
        drop(activity.begin(false, false));
        assert_eq!(ends(&activity).await, (End::InOrder, 75));
        drop(activity.begin(false, false));
        let half = async {
            tokio::time::sleep(Duration::from_secs(30)).await; // why: the clock is paused; time passes by itself
            activity.received(5);
        };
        assert_eq!(tokio::join!(ends(&activity), half).0, (End::Now, 40));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_only_pings_is_let_go() {
        let activity = Activity::new();
        drop(activity.begin(true, false));
        activity.received(17);
        assert_eq!(ends(&activity).await, (End::InOrder, 75));
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_request_has_all_the_time_but_an_answer_must_be_taken() {
        let activity = Activity::new();
        let open = activity.begin(false, false);
        let hour = Duration::from_hours(1);
        assert!(tokio::time::timeout(hour, activity.over(&TIMES)).await.is_err());
        activity.wrote(false);
        activity.wrote(true);
        assert!(tokio::time::timeout(hour, activity.over(&TIMES)).await.is_err());
        activity.wrote(false);
        assert_eq!(ends(&activity).await, (End::Now, 20));
        drop(open);
    }

    #[tokio::test(start_paused = true)]
    async fn a_piece_that_is_not_sent_ends_the_connection_in_order() {
        let activity = Activity::new();
        let open = activity.begin(true, false);
        let first = activity.piece();
        drop(first);
        let second = activity.piece();
        assert_eq!(ends(&activity).await, (End::InOrder, 20));
        drop((second, open));
        assert_eq!(ends(&activity).await, (End::InOrder, 75));
    }

    #[tokio::test(start_paused = true)]
    async fn scarce_memory_makes_patience_short() {
        let activity = Activity::new();
        let open = activity.begin(false, false);
        activity.wrote(false);
        let held = activity.hold(80 * 1024 * 1024);
        assert_eq!(activity.held(), 80 * 1024 * 1024);
        assert_eq!(ends(&activity).await, (End::Now, 1));
        drop((held, open));
        assert_eq!(activity.held(), 0);
    }
}
