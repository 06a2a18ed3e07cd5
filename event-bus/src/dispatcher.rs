//! All subscriptions at work: one task each, started with the bus, made and ended by calls.
//!
//! A call about one subscription is handed to its task and answered by it; here is only who exists. Making and
//! deleting hold the list's lock until they are on disk, so that a name never has two tasks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chassis::serve::Lifetime;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::config::PushSettings;
use crate::engine::Log;
use crate::lag::Lag;
use crate::registry::{Change, Parked, Registry, RegistryError};
use crate::subscription::{Name, Place, Spec, Subscription};
use crate::worker::{self, Command, Reply, Shared, Skip, resolve};

pub use crate::worker::{ControlError, Ignored, State, Status};

/// How long a task may take to answer a call.
const PATIENCE: Duration = Duration::from_secs(5);
/// Calls that may wait for one task.
const QUEUE: usize = 64;

/// A handle on all subscriptions. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    shared: Arc<Shared>,
    workers: Arc<Mutex<BTreeMap<Name, mpsc::Sender<Command>>>>,
    /// Which start of the bus this is: services compare it, to see that the bus was away between two calls.
    instance: Uuid,
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatcher").finish_non_exhaustive()
    }
}

/// Starts every subscription that the registry knows; they end with `lifetime`.
///
/// # Errors
/// If the registry cannot be read.
pub async fn start(
    log: Arc<dyn Log>,
    registry: Arc<dyn Registry>,
    lifetime: &Lifetime,
    settings: PushSettings,
) -> Result<Dispatcher, RegistryError> {
    let known = registry.load().await?;
    let shared = Arc::new(Shared { log, registry, settings, lifetime: lifetime.clone() });
    let dispatcher = Dispatcher { shared, workers: Arc::default(), instance: Uuid::now_v7() };
    let mut workers = dispatcher.workers.lock().await;
    for (subscription, parked) in known {
        let name = subscription.name.clone();
        workers.insert(name, dispatcher.spawn(subscription, parked));
    }
    drop(workers);
    Ok(dispatcher)
}

impl Dispatcher {
    fn spawn(&self, subscription: Subscription, parked: Vec<Parked>) -> mpsc::Sender<Command> {
        let (commands, queue) = mpsc::channel(QUEUE);
        self.shared.lifetime.spawn(worker::run(Arc::clone(&self.shared), (subscription, parked), queue));
        commands
    }

    /// The log that is delivered from.
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.shared.log
    }

    /// Which start of the bus this is.
    pub const fn instance(&self) -> Uuid {
        self.instance
    }

    /// Puts a subscription; true if it is new.
    ///
    /// # Errors
    /// If its beginning is beyond the log's head, or log or registry fail.
    pub async fn put(&self, name: &Name, spec: Spec) -> Result<(Status, bool), ControlError> {
        let mut workers = self.workers.lock().await;
        // A closed one was deleted by a call that did not wait for its end.
        if let Some(worker) = workers.get(name).filter(|worker| !worker.is_closed()).cloned() {
            drop(workers);
            let spec = Box::new(spec);
            return Ok((ask(&worker, |reply| Command::Put(spec, reply)).await?, false));
        }
        let cursor = resolve(&self.shared, spec.from).await?;
        let subscription = Subscription { name: name.clone(), spec, cursor, seen: None, paused: None };
        let change = Change { subscription: Some(subscription.clone()), ..Change::default() };
        self.shared.registry.commit(name, change).await?;
        let worker = self.spawn(subscription, Vec::new());
        workers.insert(name.clone(), worker.clone());
        drop(workers);
        Ok((ask(&worker, Command::Status).await?, true))
    }

    /// How a subscription is doing.
    ///
    /// # Errors
    /// If there is none of this name, or its task does not answer.
    pub async fn status(&self, name: &Name) -> Result<Status, ControlError> {
        self.ask(name, Command::Status).await
    }

    /// How all of them are doing, by name; one whose task does not answer is left out.
    pub async fn list(&self) -> Vec<Status> {
        let workers: Vec<_> = self.workers.lock().await.values().cloned().collect();
        let statuses = workers.iter().map(|worker| ask(worker, Command::Status));
        futures_util::future::join_all(statuses).await.into_iter().flatten().collect()
    }

    /// How far a subscription is behind.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn lag(&self, status: &Status) -> Result<Lag, ControlError> {
        Ok(Lag::of(&status.subscription, &*self.shared.log).await?)
    }

    /// Ends and forgets a subscription.
    ///
    /// # Errors
    /// If there is none of this name, or the registry fails.
    pub async fn delete(&self, name: &Name) -> Result<(), ControlError> {
        let mut workers = self.workers.lock().await;
        let worker = workers.get(name).ok_or(ControlError::Unknown)?;
        ask(worker, Command::Delete).await?;
        workers.remove(name);
        Ok(())
    }

    /// Stops pushing until [`Dispatcher::resume`].
    ///
    /// # Errors
    /// If there is none of this name, or the registry fails.
    pub async fn pause(&self, name: &Name) -> Result<Status, ControlError> {
        self.ask(name, Command::Pause).await
    }

    /// Pushes again, at once.
    ///
    /// # Errors
    /// If there is none of this name, or the registry fails.
    pub async fn resume(&self, name: &Name) -> Result<Status, ControlError> {
        self.ask(name, Command::Resume).await
    }

    /// Goes on from another place. What is parked before it stays parked.
    ///
    /// # Errors
    /// If there is none of this name, the place is beyond the head, or log or registry fail.
    pub async fn seek(&self, name: &Name, place: Place) -> Result<Status, ControlError> {
        self.ask(name, |reply| Command::Seek(place, reply)).await
    }

    /// What a subscription has parked.
    ///
    /// # Errors
    /// If there is none of this name.
    pub async fn parked(&self, name: &Name) -> Result<Vec<Parked>, ControlError> {
        self.ask(name, Command::Parked).await
    }

    /// Tries a parked subject (or all) again now, in order.
    ///
    /// # Errors
    /// If there is no such subscription, or the subject is not parked.
    pub async fn redeliver(&self, name: &Name, subject: Option<Box<str>>) -> Result<Vec<Parked>, ControlError> {
        self.ask(name, |reply| Command::Redeliver(subject, reply)).await
    }

    /// Gives up the one event that stands first in a parked subject, on record; the rest follows. `by` is who decided;
    /// without a reason it is what the receiver said.
    ///
    /// # Errors
    /// If there is no such subscription, the subject is not parked, or log or registry fail.
    pub async fn skip(
        &self,
        name: &Name,
        subject: Box<str>,
        by: String,
        reason: Option<String>,
    ) -> Result<Vec<Parked>, ControlError> {
        self.ask(name, |reply| Command::Skip(Skip { subject, by, reason }, reply)).await
    }

    async fn ask<T>(&self, name: &Name, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, ControlError> {
        let worker = self.workers.lock().await.get(name).cloned().ok_or(ControlError::Unknown)?;
        if worker.is_closed() && !self.shared.lifetime.stop.is_cancelled() {
            return Err(ControlError::Unknown);
        }
        ask(&worker, command).await
    }
}

async fn ask<T>(worker: &mpsc::Sender<Command>, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, ControlError> {
    let (reply, answer) = oneshot::channel();
    worker.try_send(command(reply)).map_err(|_| ControlError::Busy)?;
    tokio::time::timeout(PATIENCE, answer).await.map_err(|_| ControlError::Busy)?.map_err(|_| ControlError::Busy)?
}
