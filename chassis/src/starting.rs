//! What a process answers while its service starts, and the lock that a start may have to wait for.
//!
//! A start takes long when a predecessor has not ended yet and holds the lock on the data folder, or when a database is
//! migrated. An orchestrator that gets no answer meanwhile takes the process for dead and starts it again, later each time.
//! So `/healthz` answers that it lives, `/readyz` what it waits for, and everything else 503 with Retry-After.

use std::fmt::Display;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use warp::Filter;

use crate::config::HttpArgs;
use crate::ops::{self, Readiness};
use crate::problem::Problem;
use crate::route::{Routes, finish};
use crate::serve::{Lifetime, Server};

/// A start that is done within this time answers nothing before: what comes meanwhile waits in the listener's queue.
const QUICK: Duration = Duration::from_millis(500);
/// When a caller may try again.
const RETRY: Duration = Duration::from_secs(2);
/// Between two looks at a lock that another process holds.
const LOOK: Duration = Duration::from_millis(20);

/// What the start of a process waits for, if it has not ended. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Starting(Arc<Mutex<Option<String>>>);

impl Starting {
    /// What it waits for; `None` once it has ended.
    pub fn waiting_for(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what it waits for while this is kept. Outside of [`Answering`] it says nothing.
    pub fn wait_for(&self, what: impl Display) -> Waiting<'_> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = current.clone();
        *current = before.is_some().then(|| what.to_string());
        Waiting { starting: self, before }
    }

    fn set(&self, what: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }
}

/// One thing that a start waits for. What it waited for before is said again when this is dropped.
#[derive(Debug)]
pub struct Waiting<'a> {
    starting: &'a Starting,
    before: Option<String>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.starting.set(self.before.take());
    }
}

/// Why a lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process held it all the time.
    Taken,
    /// This process was asked to end meanwhile.
    Stopped,
    /// The operating system refused.
    File(io::Error),
}

/// Locks a file that one process at a time may hold, and waits for a predecessor to let go of it. Blocks the thread.
///
/// # Errors
/// If it is held for longer than `patience`, or `lifetime` ends before.
pub fn lock(file: &File, path: &Path, patience: Duration, lifetime: &Lifetime) -> Result<(), LockError> {
    let deadline = Instant::now() + patience;
    let mut waiting = None;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(LockError::File(error)),
            Err(TryLockError::WouldBlock) if lifetime.stop.is_cancelled() => return Err(LockError::Stopped),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Err(LockError::Taken),
            Err(TryLockError::WouldBlock) => {}
        }
        waiting.get_or_insert_with(|| {
            tracing::info!(lock = %path.display(), ?patience, "another process holds the lock; waiting for it to end");
            lifetime.starting.wait_for(format_args!("the lock on {}", path.display()))
        });
        // why: the operating system tells no one when a lock becomes free
        std::thread::sleep(LOOK);
    }
}

/// Listeners on which a start that takes long is answered for. It ends when this is dropped.
#[derive(Debug)]
pub struct Answering<'a> {
    http: &'a HttpArgs,
    lifetime: &'a Lifetime,
    stop: CancellationToken,
    _guard: DropGuard,
}

impl<'a> Answering<'a> {
    /// The start begins.
    pub fn new(http: &'a HttpArgs, lifetime: &'a Lifetime) -> Self {
        lifetime.starting.set(Some("start".to_owned()));
        let stop = lifetime.stop.child_token();
        Self { http, lifetime, stop: stop.clone(), _guard: stop.drop_guard() }
    }

    /// Answers on this listener, and gives it back for the service to serve on.
    ///
    /// # Errors
    /// If the operating system refuses a second handle on it.
    pub fn on(&self, service: &'static str, listener: TcpListener) -> io::Result<TcpListener> {
        let listener = listener.into_std()?;
        let own = TcpListener::from_std(listener.try_clone()?)?;
        let server = Server::with_args(service, self.http);
        let whole = self.lifetime.clone();
        let start = Lifetime { stop: self.stop.clone(), ..whole.clone() };
        self.lifetime.spawn(async move {
            tokio::select! {
                () = start.stop.cancelled() => {}
                () = tokio::time::sleep(QUICK) => {
                    server.run(own, routes(&whole), &start).await;
                }
            }
        });
        TcpListener::from_std(listener)
    }

    /// The start has ended: what it made, or `None` if the process was asked to end and gave up the start for that.
    ///
    /// # Errors
    /// Why the start failed.
    pub fn end<T, E>(self, started: Result<T, E>) -> Result<Option<T>, E> {
        self.lifetime.starting.set(None);
        match started {
            Err(_) if self.lifetime.stop.is_cancelled() => Ok(None),
            started => started.map(Some),
        }
    }
}

/// What is answered before there is a service.
fn routes(lifetime: &Lifetime) -> Routes {
    let starting = lifetime.starting.clone();
    let others = warp::any().map(move || {
        let what = starting.waiting_for().unwrap_or_else(|| "start".to_owned());
        let detail = format!("This service is starting; it waits for: {what}.");
        Problem::unavailable(detail, RETRY).because("starting").to_response()
    });
    finish(ops::routes(&Readiness::new(&[]), lifetime).or(others).unify().boxed())
}
