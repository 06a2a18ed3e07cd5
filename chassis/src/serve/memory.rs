//! Bytes that wait in this process for slow callers: answers that are not read, and what arrives in pieces and is not
//! whole yet.
//!
//! Memory is the process's, however many listeners it has, so this is one count for all of them. Nothing waits for
//! it: what is large is refused when there is no more room, and from half of it on connections that make no progress
//! are ended sooner ([`super::activity`]).

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The most that waits. Beyond, large answers and bodies in pieces are refused with 503.
const MOST: usize = 96 * 1024 * 1024;
/// From here on patience is short.
const HALF: usize = MOST / 2;

static WAITING: AtomicUsize = AtomicUsize::new(0);
static PRESSED: Notify = Notify::const_new();

/// A part of what waits; given back when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Share(usize);

impl Share {
    /// So many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        let mut share = Self::default();
        share.grow(bytes);
        share
    }

    /// So many more.
    pub(crate) fn grow(&mut self, bytes: usize) {
        self.0 += bytes;
        let before = WAITING.fetch_add(bytes, Ordering::Relaxed);
        if before < HALF && before + bytes >= HALF {
            PRESSED.notify_waiters();
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.0 > 0 {
            WAITING.fetch_sub(self.0, Ordering::Relaxed);
        }
    }
}

/// Whether there is no room for so many bytes. What alone is more than all may be has its turn when nothing else waits.
pub(crate) fn is_full_for(bytes: usize) -> bool {
    let waiting = WAITING.load(Ordering::Relaxed);
    waiting > 0 && waiting.saturating_add(bytes) > MOST
}

/// Whether room is getting scarce.
pub(crate) fn is_scarce() -> bool {
    WAITING.load(Ordering::Relaxed) >= HALF
}

/// Rung when room begins to be scarce.
pub(crate) fn scarce() -> &'static Notify {
    &PRESSED
}

#[cfg(test)]
mod tests {
    use super::*;

    // The count is the process's: this is the only test that fills it, and nextest gives each a process of its own.
    #[test]
    fn what_is_held_is_given_back() {
        let mut share = Share::of(HALF - 1);
        assert!(!is_scarce() && !is_full_for(1));
        share.grow(1);
        assert!(is_scarce() && !is_full_for(HALF));
        assert!(is_full_for(HALF + 1));
        drop(share);
        assert!(!is_scarce());
    }
}
