//! What comments does about what it hears: posts come and go, and verdicts are joined to the comments they are about.
//!
//! A verdict that changes what a reader may know is passed on as `CommentUpdated`, under an id that follows from the
//! verdict's, in the transaction that joins it. Of its own events it hears only while a new database is being filled;
//! joining them to what is there changes nothing that was known.

use chassis::receiver::{Heard, ReactError, Reactor};
use chassis::store::Tx;
use contract::{
    CommentChange, CommentCreated, CommentDeleted, CommentModerated, CommentUpdated, Event, Parsed, PostCreated,
    PostDeleted, PostId,
};

use crate::{SOURCE, store};

/// What others say.
pub const HEARD: &[&str] = &[PostCreated::TYPE, PostDeleted::TYPE, CommentModerated::TYPE];

/// What this service says itself, and a new database hears once. Reports are not kept.
pub const SAID: &[&str] = &[CommentCreated::TYPE, CommentUpdated::TYPE, CommentDeleted::TYPE];

/// Applies what is heard.
#[derive(Debug, Clone, Copy)]
pub struct Ear;

/// What an event comes to here.
#[derive(Debug)]
pub enum Effect {
    /// There is a post.
    PostCreated(PostId),
    /// A post is gone, and its thread closed.
    PostDeleted(PostId),
    /// Something is said of a comment.
    Comment(Box<CommentChange>),
    /// Nothing.
    None,
}

impl Reactor for Ear {
    type Plan = Effect;

    async fn plan(&self, heard: &Heard) -> Result<Effect, ReactError> {
        let Parsed::Known(event) = &heard.event else { return Ok(Effect::None) };
        Ok(match event {
            Event::PostCreated(post) => Effect::PostCreated(post.id),
            Event::PostDeleted(post) => Effect::PostDeleted(post.id),
            Event::CommentModerated(_) => comment(event),
            // Nobody else speaks for this service.
            Event::CommentCreated(_) | Event::CommentUpdated(_) | Event::CommentDeleted(_)
                if &*heard.envelope.source == SOURCE =>
            {
                comment(event)
            }
            _ => Effect::None,
        })
    }

    fn apply(&self, tx: &mut Tx<'_>, heard: &Heard, effect: Effect) -> Result<(), ReactError> {
        if &*heard.envelope.source == SOURCE {
            tx.keep(&heard.envelope)?;
        }
        match effect {
            Effect::PostCreated(id) => store::post_created(tx, id)?,
            Effect::PostDeleted(id) => store::post_deleted(tx, id)?,
            Effect::Comment(change) => store::hear(tx, heard, *change)?,
            Effect::None => {}
        }
        Ok(())
    }
}

fn comment(event: &Event) -> Effect {
    CommentChange::of(event).map_or(Effect::None, |change| Effect::Comment(Box::new(change)))
}
