//! Rate limits per caller: governor's leaky bucket (GCRA), keyed by address.
//!
//! An IPv6 caller has a whole /64 to choose addresses from, so that is one key. What is remembered is bounded: when the
//! table is full, the keys whose buckets are nearest to full again make room. Forgetting such a key costs the least: it
//! begins again with the bucket that it had almost back. No two callers ever share a bucket.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::{Clock, DefaultClock};
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};

use crate::problem::Problem;
use crate::route::Head;

/// Keys that are remembered at most; around 50 bytes each.
const MAX_KEYS: usize = 100_000;
/// One of so many keys makes room when the table is full, so that a look through all of it is rare.
const EVICTED: usize = 8;

/// A limit on how often each caller may do something. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Limiter(Option<Arc<Buckets>>);

#[derive(Debug)]
struct Buckets {
    limiter: RateLimiter<IpAddr, Table, DefaultClock>,
    clock: DefaultClock,
}

/// When each key's bucket is full again.
#[derive(Debug)]
struct Table {
    most: usize,
    keys: Mutex<HashMap<IpAddr, u64>>,
}

impl StateStore for Table {
    type Key = IpAddr;

    fn measure_and_replace<T, F, E>(&self, key: &IpAddr, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full_at) = keys.get_mut(key) {
            let (outcome, next) = measure(Some(Nanos::new(*full_at)))?;
            *full_at = next.as_u64();
            return Ok(outcome);
        }
        let (outcome, next) = measure(None)?;
        if keys.len() >= self.most {
            make_room(&mut keys);
        }
        keys.insert(*key, next.as_u64());
        Ok(outcome)
    }
}

/// Forgets the keys whose buckets are full again first.
fn make_room(keys: &mut HashMap<IpAddr, u64>) {
    let mut times: Vec<u64> = keys.values().copied().collect();
    let at = times.len() / EVICTED;
    let (_, last, _) = times.select_nth_unstable(at);
    let last = *last;
    keys.retain(|_, full_at| *full_at > last);
}

impl Limiter {
    /// So many a minute, all of which may come at once; 0 is no limit.
    pub fn per_minute(count: u32) -> Self {
        Self::remembering(MAX_KEYS, count)
    }

    fn remembering(most: usize, count: u32) -> Self {
        Self(NonZeroU32::new(count).map(|count| {
            let table = Table { most, keys: Mutex::default() };
            let clock = DefaultClock::default();
            Arc::new(Buckets { limiter: RateLimiter::new(Quota::per_minute(count), table, clock.clone()), clock })
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
        buckets
            .limiter
            .check_key(&key_of(peer))
            .map_err(|not_until| Problem::too_many(not_until.wait_time_from(buckets.clock.now())))
    }
}

/// What counts as one caller: an IPv4 address, or an IPv6 /64.
pub(crate) fn key_of(address: IpAddr) -> IpAddr {
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
    fn a_full_table_forgets_the_stalest_and_lets_none_share_a_bucket() {
        let limiter = Limiter::remembering(100, 3);
        // One who has used up all, and then more others than there is room for, each with a bucket nearly full.
        assert!((0..3).all(|_| !refused(&limiter, "9.9.9.9")));
        for number in 0..1000 {
            let address = format!("10.0.{}.{}", number / 250, number % 250);
            assert!(!refused(&limiter, &address), "{address} has a bucket of its own");
        }
        assert!(refused(&limiter, "9.9.9.9"), "who has used up all is remembered");

        let table = Table { most: 100, keys: Mutex::default() };
        for number in 0..1000_u32 {
            let key = IpAddr::V4(number.into());
            let next = |_| Ok::<_, ()>(((), Nanos::new(number.into())));
            table.measure_and_replace(&key, next).unwrap();
            assert!(table.keys.lock().unwrap().len() <= 100);
        }
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
