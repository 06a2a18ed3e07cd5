//! Moves what was committed from the write-ahead log into the database file, beside the writer and not in its way.
//!
//! SQLite would let the commit that fills the log do it, and everyone behind that commit would wait for the copying and
//! its flushes. Here a thread of its own does a little of it every second in which something was written. It never waits
//! for the writer nor makes it wait; should it fall behind, the writer still does it at a far higher mark.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::store::{self, Connection};

const EVERY: Duration = Duration::from_secs(1);

/// The thread, owned by the writer's.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    written: Arc<AtomicBool>,
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts it for the store `name`, on a connection of its own.
    pub(crate) fn start(name: &str, mut connection: Connection) -> io::Result<Self> {
        let written = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = mpsc::channel();
        let seen = Arc::clone(&written);
        let service = name.to_owned();
        let thread = std::thread::Builder::new().name(format!("{name}-checkpoint")).spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                if seen.swap(false, Ordering::Relaxed)
                    && let Err(error) = store::checkpoint(&mut connection)
                {
                    tracing::warn!(service, %error, "the write-ahead log was not copied; trying again");
                    seen.store(true, Ordering::Relaxed);
                }
            }
        })?;
        Ok(Self { written, stop, thread })
    }

    /// Something was committed.
    pub(crate) fn written(&self) {
        self.written.store(true, Ordering::Relaxed);
    }

    /// Ends the thread and closes its connection.
    pub(crate) fn end(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the checkpointer panicked");
        }
    }
}
