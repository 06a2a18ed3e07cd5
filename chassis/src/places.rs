//! Places of which one caller may take only some: connections, live listeners.
//!
//! A caller is an address ([`crate::limit`]: an IPv6 /64 is one). A loopback address does not say who is calling, for a
//! proxy on the same machine makes all callers have it, so those are not counted.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::limit::key_of;

/// The places. Clones share them.
#[derive(Clone, Debug)]
pub struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    each: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub struct Place(Option<(IpAddr, Arc<Shared>)>);

impl Places {
    /// At most so many for each caller.
    pub fn new(each: usize) -> Self {
        Self(Arc::new(Shared { each, taken: Mutex::default() }))
    }

    /// One for this caller, unless it has all that it may have.
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        let key = key_of(address);
        if address.to_canonical().is_loopback() {
            return Some(Place(None));
        }
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(key).or_default();
        if *count >= self.0.each {
            return None;
        }
        *count += 1;
        Some(Place(Some((key, Arc::clone(&self.0)))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((key, shared)) = &self.0 else { return };
        let mut taken = shared.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn one_caller_takes_some_and_leaves_the_others() {
        let places = Places::new(2);
        let take = |address: &str| places.take(address.parse().unwrap());
        let first = take("203.0.113.7").unwrap();
        let _second = take("203.0.113.7").unwrap();
        assert!(take("203.0.113.7").is_none());
        let _other = take("203.0.113.8").unwrap();
        drop(first);
        let _again = take("203.0.113.7").unwrap();
        assert!(take("::ffff:203.0.113.7").is_none());
        let _net = (take("2001:db8::1").unwrap(), take("2001:db8::2").unwrap());
        assert!(take("2001:db8::3").is_none());
        let _local: Vec<_> = (0..10).map(|_| take("127.0.0.1").unwrap()).collect();
        assert_eq!(places.0.taken.lock().unwrap().len(), 3);
    }
}
