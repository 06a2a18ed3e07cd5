//! What moderation does about what it hears: a new version is judged by the rules, and the verdict on it is said in the
//! transaction that notes it.
//!
//! Judging happens before the transaction, since it may take its time; whether the ruling counts is decided within it,
//! by what is known of the item at that moment.
//!
//! A new database hears everything from the log's beginning, and must not judge it all again: the rules may have been
//! changed since, and moderators have decided otherwise. So it hears this service's own verdicts too, and says nothing
//! before it is restored. What then has no verdict is owed one, and is judged ([`Ear::settle`]).

pub mod judges;

use chassis::receiver::{Heard, ReactError, Reactor};
use chassis::store::{StoreError, Tx};
use contract::{
    CommentCreated, CommentDeleted, CommentModerated, CommentReported, CommentUpdated, Event, Parsed, PostCreated,
    PostDeleted, PostId, PostModerated, PostUpdated,
};

use crate::SOURCE;
use crate::item::{Key, News};
use crate::rules::{Ruling, Seen};
use crate::store::Moderation;
use judges::Judges;

/// What others say.
pub const HEARD: &[&str] = &[
    PostCreated::TYPE,
    PostUpdated::TYPE,
    PostDeleted::TYPE,
    CommentCreated::TYPE,
    CommentUpdated::TYPE,
    CommentDeleted::TYPE,
    CommentReported::TYPE,
];

/// What this service says itself.
pub const SAID: &[&str] = &[PostModerated::TYPE, CommentModerated::TYPE];

/// Items that are settled between two looks at what is left.
const BATCH: usize = 100;

/// Hears what is posted, commented and reported.
#[derive(Debug, Clone)]
pub struct Ear {
    /// What judges.
    pub judges: Judges,
    /// Where it is kept.
    pub moderation: Moderation,
}

/// What an event comes to here.
#[derive(Debug)]
pub enum Plan {
    /// It has no effect.
    Nothing,
    /// It changes an item, and brings a text that was judged under this name, if there is a ruling.
    Change(Box<News>, Option<Ruling>, Option<String>),
    /// Somebody reports an item.
    Report(Key, PostId),
}

impl Reactor for Ear {
    type Plan = Plan;

    async fn plan(&self, heard: &Heard) -> Result<Plan, ReactError> {
        let Parsed::Known(event) = &heard.event else { return Ok(Plan::Nothing) };
        if let Event::CommentReported(report) = event {
            return Ok(Plan::Report(Key::comment(report.id), report.post_id));
        }
        let Some(news) = News::of(event) else { return Ok(Plan::Nothing) };
        let Some(version) = news.to_judge() else { return Ok(Plan::Change(Box::new(news), None, None)) };
        let name = match (news.author_name(), self.judges.remembered(news.key)) {
            (Some(name), _) => {
                self.judges.remember(news.key, name.map(str::to_owned));
                name.map(str::to_owned)
            }
            (None, Some(name)) => name,
            (None, None) => {
                let known = self.moderation.author_name(news.key).await;
                known.map_err(|error| ReactError::Again(error.to_string()))?
            }
        };
        let ruling = self.judges.judge(news.key.kind, Seen::new(version.content.clone(), name.clone())).await;
        Ok(Plan::Change(Box::new(news), Some(ruling), name))
    }

    fn apply(&self, tx: &mut Tx<'_>, heard: &Heard, plan: Plan) -> Result<(), ReactError> {
        if &*heard.envelope.source == SOURCE {
            tx.keep(&heard.envelope)?;
        }
        match plan {
            Plan::Nothing => {}
            Plan::Change(news, ruling, name) => {
                // No edit is judged without the name that it stands under, even if that was not known at that moment.
                if ruling.is_some() && news.author_name().is_none() {
                    let known = self.moderation.author_name_in(tx, news.key)?;
                    if known.is_some() && known != name {
                        return Err(ReactError::Again("it was judged before its author's name was known".to_owned()));
                    }
                }
                self.moderation.hear(tx, heard, *news, ruling.as_ref())?;
            }
            Plan::Report(key, post_id) => self.moderation.report(tx, heard, key, post_id)?,
        }
        Ok(())
    }
}

impl Ear {
    /// Judges everything that a verdict is still owed to.
    ///
    /// # Errors
    /// If nothing can be written.
    pub async fn settle(self) -> Result<(), StoreError> {
        loop {
            let owed = self.moderation.owed(BATCH).await?;
            if owed.is_empty() {
                return Ok(());
            }
            for (key, text, name) in owed {
                let ruling = self.judges.judge(key.kind, Seen::new(text.clone(), name)).await;
                self.moderation.settle(key, text, ruling).await?;
            }
        }
    }
}
