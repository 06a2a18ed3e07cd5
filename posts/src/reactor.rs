//! What posts does about what it hears: a verdict is joined to the post it is about, and nothing is said of it, for
//! everyone who wants to know hears the verdict itself. Of its own events it hears only while a new database is being
//! filled ([`chassis::restore`]); joining them to what is there changes nothing that was known.

use chassis::receiver::{Heard, ReactError, Reactor};
use chassis::store::Tx;
use contract::{Event, Parsed, PostChange, PostCreated, PostDeleted, PostModerated, PostUpdated};

use crate::{SOURCE, store};

/// What others say.
pub const HEARD: &[&str] = &[PostModerated::TYPE];

/// What this service says itself.
pub const SAID: &[&str] = &[PostCreated::TYPE, PostUpdated::TYPE, PostDeleted::TYPE];

/// Applies what is heard of posts.
#[derive(Debug, Clone, Copy)]
pub struct Ear;

impl Reactor for Ear {
    /// What the event says of a post; `None` where it has no effect here.
    type Plan = Option<PostChange>;

    async fn plan(&self, heard: &Heard) -> Result<Self::Plan, ReactError> {
        Ok(match &heard.event {
            Parsed::Known(event @ Event::PostModerated(_)) => PostChange::of(event),
            // Nobody else speaks for this service.
            Parsed::Known(event) if &*heard.envelope.source == SOURCE => PostChange::of(event),
            Parsed::Known(_) | Parsed::Unknown | Parsed::Redacted => None,
        })
    }

    fn apply(&self, tx: &mut Tx<'_>, heard: &Heard, plan: Self::Plan) -> Result<(), ReactError> {
        if &*heard.envelope.source == SOURCE {
            tx.keep(&heard.envelope)?;
        }
        match plan {
            Some(change) => Ok(store::hear(tx, change)?),
            None => Ok(()),
        }
    }
}
