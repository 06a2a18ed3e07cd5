//! The subscription at the bus, and how a database that was lost comes back.
//!
//! Everything that this service ever said is in the bus's log, and what was said of a comment can be joined in any
//! order. So a new database asks for its service's own events too, and is filled by replay. Once it has heard
//! everything up to the head it asks for the others' only: hearing every comment twice, for ever, would be a price for
//! nothing.
//!
//! Until then it takes no writes. An edit of a comment whose latest version is still to come would take a revision that
//! the log has given to another text.

use chassis::bus::BusClient;
use chassis::receiver::Hearing;
use chassis::serve::Lifetime;
use chassis::signature::SigningSecret;
use chassis::store::StoreError;
use chassis::subscribe::{self, Subscription};
use contract::{CommentCreated, CommentDeleted, CommentModerated, CommentUpdated, PostCreated, PostDeleted};
use tokio::sync::watch;

use crate::NAME;
use crate::store::Comments;

/// What others say.
const HEARD: [&str; 3] = [PostCreated::TYPE, PostDeleted::TYPE, CommentModerated::TYPE];

/// What this service said itself.
const SAID: [&str; 3] = [CommentCreated::TYPE, CommentUpdated::TYPE, CommentDeleted::TYPE];

/// What it takes to subscribe.
#[derive(Debug, Clone)]
pub struct Ears {
    /// Where what is heard is kept.
    pub comments: Comments,
    /// Where the bus pushes to.
    pub url: String,
    /// What the bus signs pushes with.
    pub secret: SigningSecret,
    /// The bus.
    pub bus: BusClient,
    /// How far was heard.
    pub hearing: Hearing,
}

impl Ears {
    async fn subscribe(&self, types: Vec<&'static str>, lifetime: &Lifetime) -> Result<(), StoreError> {
        let subscription = Subscription { name: NAME.to_owned(), url: self.url.clone(), types };
        let (bus, hearing) = (self.bus.clone(), self.hearing.clone());
        subscribe::start(subscription, self.comments.store(), &self.secret, bus, hearing, lifetime).await
    }
}

/// Subscribes, for as long as `lifetime` lasts. What is given back turns true once the database holds everything that
/// this service has said: at once, unless the database is new.
///
/// # Errors
/// If the database fails.
pub async fn start(ears: Ears, lifetime: &Lifetime) -> Result<watch::Receiver<bool>, StoreError> {
    if ears.comments.is_restored().await? {
        ears.subscribe(HEARD.to_vec(), lifetime).await?;
        return Ok(watch::Sender::new(true).subscribe());
    }
    let (restored, waiting) = watch::channel(false);
    let first = Lifetime { stop: lifetime.stop.child_token(), tasks: lifetime.tasks.clone() };
    ears.subscribe([HEARD, SAID].concat(), &first).await?;
    let rest = lifetime.clone();
    lifetime.spawn(async move {
        tokio::select! {
            () = rest.stop.cancelled() => return,
            () = caught_up(&ears.hearing) => {}
        }
        first.stop.cancel();
        tracing::debug!(service = NAME, "everything that was said before has been read back");
        let done = async {
            ears.comments.set_restored().await?;
            ears.subscribe(HEARD.to_vec(), &rest).await
        };
        if let Err(error) = done.await {
            // The next start tries again; until then this one goes on with what it has.
            tracing::error!(service = NAME, %error, "cannot subscribe");
        }
        restored.send_replace(true);
    });
    Ok(waiting)
}

/// Waits until the head that the first registration named has been reached. Nothing was said since: a database that is
/// not restored takes no writes.
async fn caught_up(hearing: &Hearing) {
    let mut position = hearing.watch();
    let mut goal = None;
    loop {
        let now = *position.borrow_and_update();
        if let Some(log) = now.log {
            let head = match goal {
                Some((known, head)) if known == log => head,
                _ => now.head,
            };
            goal = Some((log, head));
            if now.upto >= head {
                return;
            }
        }
        // The sender lives as long as `hearing`.
        if position.changed().await.is_err() {
            return;
        }
    }
}
