//! The subscription at the bus, and how a database that was lost comes back without overruling anybody.
//!
//! A new database hears everything from the log's beginning, and must not judge it all again: the rules may have been
//! changed since, and moderators have decided otherwise. So it asks for this service's own verdicts too, and says
//! nothing before it has come to where the log ended when it began. What then has no verdict is judged. After that
//! it asks for what others say only.

use std::sync::Arc;

use chassis::bus::BusClient;
use chassis::receiver::{Hearing, Position};
use chassis::serve::Lifetime;
use chassis::signature::SigningSecret;
use chassis::store::{StoreError, WriteError};
use chassis::subscribe::{self, Subscription};
use contract::{
    CommentCreated, CommentDeleted, CommentModerated, CommentReported, CommentUpdated, PostCreated, PostDeleted,
    PostModerated, PostUpdated,
};

use super::Ear;
use crate::NAME;

/// What others say.
const HEARD: [&str; 7] = [
    PostCreated::TYPE,
    PostUpdated::TYPE,
    PostDeleted::TYPE,
    CommentCreated::TYPE,
    CommentUpdated::TYPE,
    CommentDeleted::TYPE,
    CommentReported::TYPE,
];

/// What this service said itself.
const SAID: [&str; 2] = [PostModerated::TYPE, CommentModerated::TYPE];

/// Items that are settled between two looks at what is left.
const BATCH: usize = 100;

/// What it takes to subscribe.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// What hears.
    pub ear: Ear,
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
        if self.ear.moderation.is_restored() {
            return self.subscribe(HEARD.to_vec(), lifetime).await;
        }
        let first = Lifetime { stop: lifetime.stop.child_token(), tasks: lifetime.tasks.clone() };
        self.subscribe([HEARD.as_slice(), &SAID].concat(), &first).await?;
        let rest = lifetime.clone();
        let restoring = Arc::new(self);
        lifetime.spawn(async move {
            let stop = rest.stop.clone();
            let work = async {
                caught_up(&restoring.hearing).await;
                // From here on what comes is judged as it comes.
                restoring.ear.moderation.speak();
                restoring.ear.settle().await?;
                restoring.ear.moderation.set_restored().await?;
                first.stop.cancel();
                restoring.subscribe(HEARD.to_vec(), &rest).await
            };
            if let Some(Err(error)) = stop.run_until_cancelled(work).await {
                // The next start tries again; until then this one goes on with what it has.
                tracing::error!(service = NAME, %error, "cannot settle what was said before");
            }
        });
        Ok(())
    }

    async fn subscribe(&self, types: Vec<&'static str>, lifetime: &Lifetime) -> Result<(), StoreError> {
        let subscription = Subscription { name: NAME.to_owned(), url: self.url.clone(), types };
        let (bus, hearing) = (self.bus.clone(), self.hearing.clone());
        subscribe::start(subscription, self.ear.moderation.store(), &self.secret, bus, hearing, lifetime).await
    }
}

impl Ear {
    /// Judges everything that a verdict is still owed to.
    async fn settle(&self) -> Result<(), StoreError> {
        loop {
            let owed = self.moderation.owed(BATCH).await?;
            if owed.is_empty() {
                return Ok(());
            }
            for (key, text) in owed {
                let ruling = self.judges.judge(key.kind, &text).await;
                if let Err(error) = self.moderation.settle(key, text, ruling).await {
                    return Err(match error {
                        WriteError::Failed(error) => error,
                        other => StoreError::Database(other.to_string()),
                    });
                }
            }
        }
    }
}

/// Waits until everything was heard that was in the log when this began. What comes meanwhile is not waited for: on a
/// busy board there is always something.
async fn caught_up(hearing: &Hearing) {
    let mut position = hearing.watch();
    let mut target = None;
    loop {
        let Position { log, upto, head } = *position.borrow_and_update();
        if let Some(log) = log {
            let end = match target {
                Some((same, end)) if same == log => end,
                _ => head,
            };
            target = Some((log, end));
            if upto >= end {
                return;
            }
        }
        // The sender lives as long as `hearing`.
        if position.changed().await.is_err() {
            return;
        }
    }
}
