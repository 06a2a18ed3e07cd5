//! A service's subscription at the bus: put at every start, and again from time to time, for as long as the service
//! runs. The bus may come later, restart, or lose its registry: the service neither waits for it nor notices much.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::backoff::{Backoff, Reminder};
use crate::bus::{BusClient, SubscriptionSpec};
use crate::hearing::{Hearing, Question};
use crate::meta;
use crate::serve::Lifetime;
use crate::signature::SigningSecret;
use crate::store::{Store, StoreError};

/// How often the subscription is put again while all is well.
const AGAIN: Duration = Duration::from_secs(5);

/// So long after the bus has come back, what was written while it was away may still wait in an outbox: twice the longest
/// pause of a relay.
pub const SETTLE: Duration = Duration::from_secs(10);

/// The fact that tells one database from another.
pub(crate) const GENERATION: &str = "generation";

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
    let generation = meta::get_or_make(store, GENERATION, || Uuid::now_v7().to_string()).await?;
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
    let mut link = Link::default();
    loop {
        let question = hearing.question();
        match bus.subscribe(name, spec).await {
            Ok(answer) => {
                // A bus that comes and goes every few seconds is one failure that lasts.
                let over = (steady || logged.is_none()) && reminder.over();
                if over || logged != Some(answer.log) {
                    tracing::info!(subscription = name, log = %answer.log, lag = answer.lag.events, "subscribed");
                }
                (logged, steady) = (Some(answer.log), true);
                backoff.reset();
                hearing.answer(question, &answer, link.is_settled(answer.instance));
                let looking = look(name, spec, bus, hearing, &mut link, question);
                // It ends where the bus is not as it was; otherwise it is time to register again.
                drop(tokio::time::timeout(AGAIN, looking).await);
            }
            Err(error) => {
                if reminder.is_due() {
                    tracing::warn!(subscription = name, %error, "cannot subscribe yet; trying again");
                }
                steady = false;
                link.away = true;
                hearing.no_answer(question);
                drop(tokio::time::timeout(backoff.pause(), refuse(hearing, question)).await);
            }
        }
    }
}

/// Answers questions for the log's head by looking at the subscription, which changes nothing at the bus. Ends where the
/// bus does not know it, or does not answer.
async fn look(
    name: &str,
    spec: &SubscriptionSpec,
    bus: &BusClient,
    hearing: &Hearing,
    link: &mut Link,
    mut answered: Question,
) {
    let mut questions = hearing.questions();
    loop {
        // A question that came while the bus was being called is not answered by that.
        if questions.wait_for(|number| *number > answered.number).await.is_err() {
            return;
        }
        let question = hearing.question();
        match bus.subscription(name).await {
            Ok(Some(answer)) if answer.generation == spec.generation => {
                hearing.answer(question, &answer, link.is_settled(answer.instance));
            }
            Ok(_) | Err(_) => return hearing.no_answer(question),
        }
        answered = question;
    }
}

/// Answers questions while the bus is away.
async fn refuse(hearing: &Hearing, mut answered: Question) {
    let mut questions = hearing.questions();
    while questions.wait_for(|number| *number > answered.number).await.is_ok() {
        answered = hearing.question();
        hearing.no_answer(answered);
    }
}

/// What is known of the bus over several calls.
#[derive(Debug, Default)]
struct Link {
    /// Which start of the bus answered last.
    instance: Option<Uuid>,
    /// Whether the last call found none.
    away: bool,
    /// When it came back.
    back: Option<Instant>,
}

impl Link {
    /// Notes an answer. Whether the bus has been there for so long that every relay has reached it.
    fn is_settled(&mut self, instance: Option<Uuid>) -> bool {
        if std::mem::take(&mut self.away) || (self.instance.is_some() && self.instance != instance) {
            self.back = Some(Instant::now());
        }
        self.instance = instance;
        self.back.is_none_or(|back| back.elapsed() >= SETTLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_was_away_is_settled_once_every_relay_has_reached_it() {
        let mut link = Link::default();
        let (one, two) = (Some(Uuid::now_v7()), Some(Uuid::now_v7()));
        assert!(link.is_settled(one), "nothing says that it was away");
        link.away = true;
        assert!(!link.is_settled(one));
        tokio::time::advance(SETTLE).await;
        assert!(link.is_settled(one));
        assert!(!link.is_settled(two), "it was started again");
        tokio::time::advance(SETTLE / 2).await;
        assert!(!link.is_settled(two));
        tokio::time::advance(SETTLE / 2).await;
        assert!(link.is_settled(two));
    }
}
