//! Which stores of this process are open: a process that ends in order waits until they are closed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The stores of this process whose files are not closed yet.
static OPEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// One of them.
pub(super) struct Open;

impl Open {
    pub(super) fn one_more() -> Self {
        *OPEN.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        *OPEN.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        OPEN.1.notify_all();
    }
}

/// Waits until every store of this process is closed, its write-ahead log copied and emptied. A store closes with its
/// last handle. False if that takes longer.
pub fn closed_within(patience: Duration) -> bool {
    let open = OPEN.0.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = OPEN.1.wait_timeout_while(open, patience, |open| *open > 0);
    *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
}
