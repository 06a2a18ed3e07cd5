//! A service's part in what is said: its outbox goes to the bus, what it wants to hear is pushed to it, and reads may
//! wait for either.
//!
//! Nothing here waits for the bus. It may come later, or go and come again; what was to be said or heard meanwhile is
//! made up for.

use crate::awaited::Awaiting;
use crate::bus::BusClient;
use crate::config::ServiceArgs;
use crate::ops::Readiness;
use crate::receiver::{self, Hearing, Reactor};
use crate::relay;
use crate::restore::{Restored, Restoring};
use crate::route::Routes;
use crate::serve::Lifetime;
use crate::service::StartError;
use crate::signature::SigningSecret;
use crate::standing::{State, Watch};
use crate::store::{Store, StoreError};
use crate::subscribe;

/// What a service wants to hear, and where.
#[derive(Debug, Clone)]
pub struct Ears {
    /// Where the bus pushes to: the service's `POST /events`.
    pub url: String,
    /// The event types that others say.
    pub heard: &'static [&'static str],
    /// The event types that the service says itself, for [`crate::restore`].
    pub said: &'static [&'static str],
}

/// What connects a service's database to the bus. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Messaging {
    store: Store,
    bus: BusClient,
    secret: SigningSecret,
    hearing: Hearing,
    ready: Readiness,
}

impl Messaging {
    /// For this database, with the bus that the settings name.
    ///
    /// # Errors
    /// If the database fails, or no HTTP client can be made.
    pub async fn open(store: &Store, args: &ServiceArgs) -> Result<Self, StartError> {
        let bus = BusClient::new(&args.bus_url, args.bus_token.clone())?;
        let secret = subscribe::push_secret(store).await?;
        Ok(Self { store: store.clone(), bus, secret, hearing: Hearing::default(), ready: Readiness::new(&[]) })
    }

    /// Publishes and receives, for as long as `lifetime` lasts. `settle` as in [`Restoring::start`].
    pub fn start<S>(&self, ears: Ears, restored: &Restored, settle: S, lifetime: &Lifetime)
    where
        S: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        let mut watch = Watch::new(&self.store, &self.bus, &self.ready, ears.heard, ears.said);
        // Nothing is received or published before the log was looked at.
        self.store.backlog().standing().set(State::Unknown);
        let (hearing, ready) = (self.hearing.clone(), self.ready.clone());
        relay::start(self.store.clone(), self.bus.clone(), hearing, ready, lifetime);
        let restoring = Restoring {
            url: ears.url,
            heard: ears.heard,
            said: ears.said,
            store: self.store.clone(),
            secret: self.secret.clone(),
            bus: self.bus.clone(),
            hearing: self.hearing.clone(),
            restored: restored.clone(),
        };
        let (rest, restored, service) = (lifetime.clone(), restored.clone(), self.store.name().to_owned());
        lifetime.spawn(async move {
            let work = async {
                if watch.begin().await {
                    restored.begin_again();
                }
                let started = restoring.start(settle, &rest).await;
                if let Err(error) = started {
                    tracing::error!(service, %error, "the subscription cannot be started");
                }
                watch.go_on().await;
            };
            // It ends with the service only.
            let _ended: Option<()> = rest.stop.run_until_cancelled(work).await;
        });
    }

    /// How far was heard.
    pub fn hearing(&self) -> &Hearing {
        &self.hearing
    }

    /// Whether the service takes part, and what an operator should look at.
    pub fn ready(&self) -> &Readiness {
        &self.ready
    }

    /// For reads that wait for an event.
    pub fn awaiting(&self) -> Awaiting {
        Awaiting::new(self.store.clone(), Some(self.hearing.clone()))
    }

    /// The route that the bus pushes to.
    pub fn routes<R: Reactor>(&self, reactor: R) -> Routes {
        receiver::routes(reactor, self.store.clone(), self.secret.clone(), self.hearing.clone())
    }
}
