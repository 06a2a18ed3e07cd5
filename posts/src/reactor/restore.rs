//! The subscription at the bus, and how a database that was lost comes back.
//!
//! Everything that this service ever said is in the bus's log. So a new database asks for its service's own events
//! too, and is filled by replay; what is said of a post can be joined in any order. Once it has heard everything up to
//! the head it asks for verdicts only: hearing every post twice, for ever, would be a price for nothing.
//!
//! It takes new posts all the while, for nobody can have said anything of those. What it has read back it does not let
//! be changed yet: an edit might take a revision that the log has given to another text.

use chassis::bus::BusClient;
use chassis::receiver::Hearing;
use chassis::serve::Lifetime;
use chassis::signature::SigningSecret;
use chassis::store::StoreError;
use chassis::subscribe::{self, Subscription};
use contract::{PostCreated, PostDeleted, PostModerated, PostUpdated};

use crate::NAME;
use crate::store::Posts;

/// What others say.
const HEARD: [&str; 1] = [PostModerated::TYPE];

/// What this service said itself.
const SAID: [&str; 3] = [PostCreated::TYPE, PostUpdated::TYPE, PostDeleted::TYPE];

/// What it takes to subscribe.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// Where what is heard is kept.
    pub posts: Posts,
    /// Where the bus pushes to.
    pub url: String,
    /// What the bus signs pushes with.
    pub secret: SigningSecret,
    /// The bus.
    pub bus: BusClient,
    /// How far was heard.
    pub hearing: Hearing,
}

impl Subscriber {
    /// Subscribes, for as long as `lifetime` lasts.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn start(self, lifetime: &Lifetime) -> Result<(), StoreError> {
        if self.posts.is_restored() {
            return self.subscribe(HEARD.to_vec(), lifetime).await;
        }
        let first = Lifetime { stop: lifetime.stop.child_token(), tasks: lifetime.tasks.clone() };
        self.subscribe([HEARD.as_slice(), &SAID].concat(), &first).await?;
        let rest = lifetime.clone();
        lifetime.spawn(async move {
            let stop = rest.stop.clone();
            let work = async {
                caught_up(&self.hearing).await;
                first.stop.cancel();
                self.posts.set_restored().await?;
                self.subscribe(HEARD.to_vec(), &rest).await
            };
            if let Some(Err(error)) = stop.run_until_cancelled(work).await {
                // The next start tries again; until then nothing that was read back can be changed.
                tracing::error!(service = NAME, %error, "cannot note that everything was read back");
            }
        });
        Ok(())
    }

    async fn subscribe(&self, types: Vec<&'static str>, lifetime: &Lifetime) -> Result<(), StoreError> {
        let subscription = Subscription { name: NAME.to_owned(), url: self.url.clone(), types };
        let (bus, hearing) = (self.bus.clone(), self.hearing.clone());
        subscribe::start(subscription, self.posts.store(), &self.secret, bus, hearing, lifetime).await
    }
}

async fn caught_up(hearing: &Hearing) {
    let mut position = hearing.watch();
    while hearing.behind() {
        // The sender lives as long as `hearing`.
        if position.changed().await.is_err() {
            return;
        }
    }
}
