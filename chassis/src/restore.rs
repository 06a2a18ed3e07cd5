//! How a database that was lost comes back: by replay of what its own service once said.
//!
//! All of that is in the bus's log, and it can be joined in any order. So a new database asks for its service's own
//! events beside what the service hears anyway, until it has heard everything that was in the log when it first asked.
//! That goal is fixed: on a busy board there is always something more to come. From then on it asks for what others say
//! only, for hearing every own event twice, for ever, would be a price for nothing.
//!
//! What a service does meanwhile is its own affair; [`Restored`] tells it when everything is back. A service that has
//! something to make up for then does so before the database counts as restored for later starts too.

use contract::Timestamp;
use tokio::sync::watch;

use crate::bus::BusClient;
use crate::meta;
use crate::receiver::Hearing;
use crate::serve::Lifetime;
use crate::signature::SigningSecret;
use crate::store::{Store, StoreError};
use crate::subscribe::{self, Subscription};

/// The fact that is noted once everything is back.
const RESTORED: &str = "restored";

/// Whether everything that the service ever said is in its database. Turns true once, and stays so unless the
/// database turns out to be an older copy. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Restored {
    state: watch::Sender<bool>,
}

impl Restored {
    /// Reads what is noted of it in this database. False for a new one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn of(store: &Store) -> Result<Self, StoreError> {
        let noted = store.read(|c| meta::get(c, RESTORED)).await?.is_some();
        Ok(Self { state: watch::Sender::new(noted) })
    }

    /// Whether it is so now.
    pub fn is_so(&self) -> bool {
        *self.state.borrow()
    }

    /// Waits until it is so.
    pub async fn wait(&self) {
        let mut state = self.state.subscribe();
        // It fails only without a sender, and this one has one.
        drop(state.wait_for(|restored| *restored).await);
    }

    /// Not everything is there after all.
    pub fn begin_again(&self) {
        self.state.send_replace(false);
    }

    /// Everything is back.
    pub fn set(&self) {
        self.state.send_replace(true);
    }
}

/// A service that subscribes, and what it takes.
#[derive(Debug, Clone)]
pub struct Restoring {
    /// Where the bus pushes to.
    pub url: String,
    /// The event types of others that it always wants.
    pub heard: &'static [&'static str],
    /// The event types that it says itself, which a new database wants too.
    pub said: &'static [&'static str],
    /// Where what is heard is kept.
    pub store: Store,
    /// What the bus signs pushes with.
    pub secret: SigningSecret,
    /// The bus.
    pub bus: BusClient,
    /// How far was heard.
    pub hearing: Hearing,
    /// Whether everything is back.
    pub restored: Restored,
}

impl Restoring {
    /// Subscribes, for as long as `lifetime` lasts. `settle` runs where a new database has been filled, after
    /// [`Restored`] has turned true; if it fails, the next start fills the database once more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn start<S>(self, settle: S, lifetime: &Lifetime) -> Result<(), StoreError>
    where
        S: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        if self.restored.is_so() {
            return self.subscribe(self.heard.to_vec(), lifetime).await;
        }
        let first = Lifetime { stop: lifetime.stop.child_token(), ..lifetime.clone() };
        self.subscribe([self.heard, self.said].concat(), &first).await?;
        let rest = lifetime.clone();
        lifetime.spawn(async move {
            let service = self.store.name().to_owned();
            let stop = rest.stop.clone();
            let work = async {
                caught_up(&self.hearing).await;
                self.restored.set();
                settle.await?;
                meta::get_or_make(&self.store, RESTORED, || Timestamp::now().to_string()).await?;
                tracing::debug!(service, "everything that was said before has been read back");
                first.stop.cancel();
                self.subscribe(self.heard.to_vec(), &rest).await
            };
            if let Some(Err(error)) = stop.run_until_cancelled(work).await {
                // It goes on with what it has, and hears its own events until the next start.
                tracing::error!(service, %error, "cannot note that everything was read back");
            }
        });
        Ok(())
    }

    async fn subscribe(&self, types: Vec<&'static str>, lifetime: &Lifetime) -> Result<(), StoreError> {
        let subscription = Subscription { name: self.store.name().to_owned(), url: self.url.clone(), types };
        let (bus, hearing) = (self.bus.clone(), self.hearing.clone());
        subscribe::start(subscription, &self.store, &self.secret, bus, hearing, lifetime).await
    }
}

/// Waits until everything was heard that was in the log when the bus first spoke of it. A bus that comes late is waited
/// for; one that comes back with another log sets another goal.
async fn caught_up(hearing: &Hearing) {
    let mut position = hearing.watch();
    // It fails only without a sender, which lives as long as `hearing`.
    drop(position.wait_for(|now| now.log.is_some() && now.upto >= now.first_head).await);
}
