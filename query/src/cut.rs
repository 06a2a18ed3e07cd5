//! A cut through the model: all posts as they were at one moment, taken while the fold goes on.
//!
//! A cut has a number. Whoever comes first to a post after the cut began, the reader that carries it out or the fold that
//! is about to change the post, writes the post's bytes as they are and marks it with the number; the other one sees
//! the mark and leaves it. Posts that are new since then carry the mark from the start. So the fold pays for the
//! posts that it changes meanwhile, one at a time, and never stands still for the whole.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use contract::PostId;

use crate::canonical;
use crate::post::Post;

/// A post's bytes.
pub type Bytes = (PostId, Vec<u8>);

/// The cuts of one store; at most one at a time.
#[derive(Debug, Default)]
pub struct Cuts {
    number: AtomicU64,
    /// What the fold wrote before changing it; `None` while no cut is under way.
    early: Mutex<Option<Vec<Bytes>>>,
}

/// The mark that a post carries: the last cut that it is in, or that it came after.
#[derive(Debug, Default)]
pub struct Mark(AtomicU64);

/// A cut under way. Dropped, it is over.
#[derive(Debug)]
pub struct Cut {
    cuts: Arc<Cuts>,
    number: u64,
}

impl Cuts {
    /// Begins a cut: the model as it is now. Only the fold may do this, between two changes. `None` if one is under way.
    pub fn begin(self: &Arc<Self>) -> Option<Cut> {
        let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        if early.is_some() {
            return None;
        }
        *early = Some(Vec::new());
        let number = self.number.fetch_add(1, Ordering::SeqCst) + 1;
        Some(Cut { cuts: Arc::clone(self), number })
    }

    /// The mark of a post that is new.
    pub fn mark(&self) -> Mark {
        Mark(AtomicU64::new(self.number.load(Ordering::SeqCst)))
    }

    /// To be called by the fold before it changes a post.
    pub fn before_change(&self, id: PostId, post: &Post, mark: &Mark) {
        let number = self.number.load(Ordering::Relaxed);
        if mark.0.load(Ordering::Relaxed) == number {
            return;
        }
        mark.0.store(number, Ordering::Relaxed);
        if let Some(early) = &mut *self.early.lock().unwrap_or_else(PoisonError::into_inner) {
            let mut bytes = Vec::new();
            canonical::write_post(id, post, &mut bytes);
            early.push((id, bytes));
        }
    }

    /// Makes the cut under way, if there is one, good for nothing: the model is not what it was cut from.
    pub fn spoil(&self) {
        self.number.fetch_add(1, Ordering::SeqCst);
    }
}

impl Cut {
    /// Whether this post is still to be written; if so, it is marked as written now.
    pub fn takes(&self, mark: &Mark) -> bool {
        mark.0.swap(self.number, Ordering::Relaxed) != self.number
    }

    /// What the fold wrote. To be asked for after all posts have been gone through.
    pub fn early(&self) -> Vec<Bytes> {
        let mut early = self.cuts.early.lock().unwrap_or_else(PoisonError::into_inner);
        early.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether it is good for nothing.
    pub fn is_spoiled(&self) -> bool {
        self.cuts.number.load(Ordering::SeqCst) != self.number
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        *self.cuts.early.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
