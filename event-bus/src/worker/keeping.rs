//! What of a worker is on disk, and when.
//!
//! After plain successes the cursor is saved now and then; losing the last of it only means that some events come
//! twice. Everything else is committed together with the cursor before anything further is pushed.

use std::sync::Arc;
use std::time::Duration;

use chassis::backoff::Backoff;
use contract::Sequence;
use tokio::time::Instant;

use super::redelivery::Waiting;
use super::{Worker, finished};
use crate::parking::Step;
use crate::registry::{Change, Parked, RegistryError};
use crate::subscription::{Paused, Subscription};

impl Worker {
    /// The subscription with the cursor as it is now.
    pub(super) fn current(&self) -> Subscription {
        Subscription { cursor: self.window.cursor(), ..self.subscription.clone() }
    }

    pub(super) fn unsaved(&self) -> u64 {
        self.window.cursor().get().saturating_sub(self.saved.get())
    }

    pub(super) fn start_save(&mut self, now: Instant) {
        let cursor = self.window.cursor();
        if cursor == self.saved {
            return;
        }
        self.save_at = now + self.shared.settings.save_every;
        let (registry, name) = (Arc::clone(&self.shared.registry), self.subscription.name.clone());
        let change = Change { cursor: Some(cursor), ..Change::default() };
        self.saving = Some(Box::pin(async move { (cursor, registry.commit(&name, change).await) }));
    }

    pub(super) fn note_saved(&mut self, cursor: Sequence, result: Result<(), RegistryError>) {
        match result {
            Ok(()) => self.saved = cursor,
            Err(error) => {
                tracing::warn!(subscription = %self.subscription.name, %error, "the cursor is not saved yet");
                self.save_at = Instant::now() + Duration::from_secs(1);
            }
        }
    }

    pub(super) async fn park(&mut self, step: Step) {
        let mut park: Vec<Parked> = Vec::with_capacity(step.park.len());
        for one in step.park {
            tracing::error!(
                subscription = %self.subscription.name, subject = %one.subject, sequence = %one.first, error = %one.error,
                "a subject is parked: its events wait, others flow on"
            );
            let waiting = Waiting::new(one, &self.shared.settings);
            park.push(waiting.parked.clone());
            self.parked.insert(waiting.parked.subject.clone(), waiting);
        }
        for subject in &step.unpark {
            self.parked.remove(subject);
        }
        self.commit(Change { unpark: step.unpark, park, ..Change::default() }).await;
        self.metrics.parked(self.parked.len());
    }

    pub(super) async fn pause(&mut self, paused: Paused) {
        tracing::warn!(subscription = %self.subscription.name, ?paused, "the subscription is paused");
        self.subscription.paused = Some(paused);
        let subscription = Some(self.current());
        self.commit(Change { subscription, ..Change::default() }).await;
    }

    /// Commits a change together with the cursor, however long the database takes to do so: going on without it could
    /// lose an event. Gives up only when the bus stops; then nothing of it has happened.
    pub(super) async fn commit(&mut self, change: Change) {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(5));
        loop {
            match self.try_commit(change.clone()).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(subscription = %self.subscription.name, %error, "cannot be kept; trying again");
                }
            }
            tokio::select! {
                () = self.shared.lifetime.stop.cancelled() => {
                    self.abandoned = true;
                    return;
                }
                () = tokio::time::sleep(backoff.pause()) => {}
            }
        }
    }

    pub(super) async fn try_commit(&mut self, mut change: Change) -> Result<(), RegistryError> {
        // A save that is under way goes first, or an older cursor would be kept last.
        if self.saving.is_some() {
            let (cursor, result) = finished(&mut self.saving).await;
            self.note_saved(cursor, result);
        }
        let cursor = change.subscription.as_ref().map_or_else(|| self.window.cursor(), |new| new.cursor);
        change.cursor = Some(cursor);
        self.shared.registry.commit(&self.subscription.name, change).await?;
        self.saved = cursor;
        Ok(())
    }

    /// The bus stops: a push that is under way gets a moment, and the cursor is saved.
    pub(super) async fn finish(&mut self) {
        if self.pushing.is_some() && !self.abandoned {
            let grace = self.shared.settings.grace;
            if let Ok(verdict) = tokio::time::timeout(grace, finished(&mut self.pushing)).await {
                self.pushed(verdict).await;
            }
        }
        if !self.abandoned
            && self.window.cursor() != self.saved
            && let Err(error) = self.try_commit(Change::default()).await
        {
            tracing::warn!(subscription = %self.subscription.name, %error, "the last events will be pushed again");
        }
    }
}
