//! What moderation does about what it hears: a new version is judged by the rules, and the verdict on it is said in the
//! transaction that notes it.
//!
//! Judging happens before the transaction, since it may take its time; whether the ruling counts is decided within it,
//! by what is known of the item at that moment.

pub mod judges;
pub mod restore;

use chassis::receiver::{Heard, ReactError, Reactor};
use chassis::store::Tx;
use contract::{Event, Parsed, PostId};

use crate::item::{Key, News};
use crate::rules::Ruling;
use crate::store::Moderation;
use judges::Judges;

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
    /// It changes an item, and brings a text that was judged, if there is a ruling.
    Change(Box<News>, Option<Ruling>),
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
        let ruling = match news.to_judge() {
            Some(version) => Some(self.judges.judge(news.key.kind, &version.content).await),
            None => None,
        };
        Ok(Plan::Change(Box::new(news), ruling))
    }

    fn apply(&self, tx: &mut Tx<'_>, heard: &Heard, plan: Plan) -> Result<(), ReactError> {
        match plan {
            Plan::Nothing => {}
            Plan::Change(news, ruling) => self.moderation.hear(tx, heard, *news, ruling.as_ref())?,
            Plan::Report(key, post_id) => self.moderation.report(tx, key, post_id)?,
        }
        Ok(())
    }
}
