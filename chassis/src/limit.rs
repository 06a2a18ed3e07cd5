//! Rate limits per caller: governor's leaky bucket (GCRA), keyed by address.
//!
//! An IPv6 caller has a whole /64 to choose addresses from, so that is one key. What is remembered is bounded: keys
//! whose bucket is full again are dropped now and then, and beyond a fixed number newcomers share one bucket.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problem::Problem;
use crate::route::Head;

/// Keys that are remembered at most; around 100 bytes each.
const MAX_KEYS: usize = 100_000;
/// Checks between two rounds of forgetting.
const SWEEP_EVERY: usize = 4096;

/// A limit on how often each caller may do something. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Limiter(Option<Arc<Buckets>>);

#[derive(Debug)]
struct Buckets {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    checks: AtomicUsize,
    full: std::sync::atomic::AtomicBool,
}

impl Limiter {
    /// So many a minute, all of which may come at once; 0 is no limit.
    pub fn per_minute(count: u32) -> Self {
        Self(NonZeroU32::new(count).map(|count| {
            Arc::new(Buckets {
                limiter: RateLimiter::keyed(Quota::per_minute(count)),
                clock: DefaultClock::default(),
                checks: AtomicUsize::new(1),
                full: false.into(),
            })
        }))
    }

    /// Counts one for the caller of this request.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn check(&self, head: &Head) -> Result<(), Problem> {
        self.check_peer(head.peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))
    }

    /// Counts one for an address.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn check_peer(&self, peer: IpAddr) -> Result<(), Problem> {
        let Some(buckets) = &self.0 else {
            return Ok(());
        };
        buckets.sweep();
        let key = if buckets.full.load(Ordering::Relaxed) { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { key_of(peer) };
        buckets
            .limiter
            .check_key(&key)
            .map_err(|not_until| Problem::too_many(not_until.wait_time_from(buckets.clock.now())))
    }
}

impl Buckets {
    fn sweep(&self) {
        if self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY) {
            self.limiter.retain_recent();
            self.full.store(self.limiter.len() > MAX_KEYS, Ordering::Relaxed);
        }
    }
}

fn key_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn refused(limiter: &Limiter, address: &str) -> bool {
        limiter.check_peer(address.parse().unwrap()).is_err()
    }

    #[test]
    fn each_address_has_its_own_bucket() {
        let limiter = Limiter::per_minute(2);
        assert!(!refused(&limiter, "1.2.3.4"));
        assert!(!refused(&limiter, "1.2.3.4"));
        assert!(refused(&limiter, "1.2.3.4"));
        assert!(refused(&limiter, "::ffff:1.2.3.4"));
        assert!(!refused(&limiter, "1.2.3.5"));
    }

    #[test]
    fn a_whole_64_is_one_caller() {
        let limiter = Limiter::per_minute(1);
        assert!(!refused(&limiter, "2001:db8::1"));
        assert!(refused(&limiter, "2001:db8::ffff:1"));
        assert!(!refused(&limiter, "2001:db8:0:1::1"));
    }

    #[test]
    fn nought_is_no_limit() {
        let limiter = Limiter::per_minute(0);
        assert!((0..1000).all(|_| !refused(&limiter, "1.2.3.4")));
    }

    #[test]
    fn the_wait_is_told() {
        let limiter = Limiter::per_minute(1);
        assert!(!refused(&limiter, "1.2.3.4"));
        let problem = limiter.check_peer("1.2.3.4".parse().unwrap()).unwrap_err();
        let response = problem.to_response();
        let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
}
