//! A service's subscription at the bus: put at every start, and again from time to time, for as long as the service
//! runs. The bus may come later, restart, or lose its registry: the service neither waits for it nor notices much.

use std::time::Duration;

use crate::backoff::{Backoff, Reminder};
use crate::bus::{BusClient, SubscriptionSpec};
use crate::meta;
use crate::receiver::Hearing;
use crate::serve::Lifetime;
use crate::signature::SigningSecret;
use crate::store::{Store, StoreError};

/// How often the subscription is put again while all is well.
const AGAIN: Duration = Duration::from_secs(5);

/// Events in one push.
const BATCH: u32 = 256;

/// What a service wants to hear.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its name at the bus.
    pub name: String,
    /// Where the bus pushes to: the service's `POST /events`.
    pub url: String,
    /// The event types it wants.
    pub types: Vec<&'static str>,
}

/// Reads (or makes) the secret that the bus signs pushes to this database's service with.
///
/// # Errors
/// If the database fails, or holds a secret that cannot be read.
pub async fn push_secret(store: &Store) -> Result<SigningSecret, StoreError> {
    let text = meta::get_or_make(store, "push.secret", || SigningSecret::random().expose()).await?;
    SigningSecret::parse(&text).map_err(|e| StoreError::Database(format!("push.secret: {e}")))
}

/// Keeps the subscription in place until `lifetime` ends. What the bus answers is noted in `hearing`.
///
/// # Errors
/// If the database fails.
pub async fn start(
    subscription: Subscription,
    store: &Store,
    secret: &SigningSecret,
    bus: BusClient,
    hearing: Hearing,
    lifetime: &Lifetime,
) -> Result<(), StoreError> {
    // The database's own: a new or restored one has another, and is told everything again.
    let generation = meta::get_or_make(store, "generation", || uuid::Uuid::now_v7().to_string()).await?;
    let spec = SubscriptionSpec {
        url: subscription.url,
        types: subscription.types.iter().map(|&t| t.to_owned()).collect(),
        from: "start".to_owned(),
        batch: BATCH,
        secret: secret.expose(),
        generation,
    };
    let stop = lifetime.stop.clone();
    lifetime.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = keep(&subscription.name, &spec, &bus, &hearing) => {}
        }
    });
    Ok(())
}

async fn keep(name: &str, spec: &SubscriptionSpec, bus: &BusClient, hearing: &Hearing) {
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
    let mut reminder = Reminder::default();
    // The log that the subscription was last logged for, and whether the last try succeeded too.
    let mut logged = None;
    let mut steady = false;
    loop {
        match bus.subscribe(name, spec).await {
            Ok(answer) => {
                // A bus that comes and goes every few seconds is one failure that lasts.
                let over = (steady || logged.is_none()) && reminder.over();
                if over || logged != Some(answer.log) {
                    tracing::info!(subscription = name, log = %answer.log, lag = answer.lag.events, "subscribed");
                }
                (logged, steady) = (Some(answer.log), true);
                backoff.reset();
                // Nothing that it wants lies beyond the cursor: it has heard everything up to the head.
                let upto = if answer.lag.events == 0 { answer.head } else { answer.cursor };
                hearing.note(answer.log, upto.get(), answer.head.get());
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => {
                if reminder.is_due() {
                    tracing::warn!(subscription = name, %error, "cannot subscribe yet; trying again");
                }
                steady = false;
                tokio::time::sleep(backoff.pause()).await;
            }
        }
    }
}
