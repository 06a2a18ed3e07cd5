//! The pieces of knowledge that an item is made of, each with the order in which it rises.
//!
//! The orders are derived, field by field from the top: moving a field changes what outweighs what.

use crate::{DecidedBy, DeletedBy, Revision, Status, Timestamp};
use serde::{Deserialize, Serialize};

/// A version of an item's content. The order of fields is the order of versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version<C> {
    /// Its number.
    pub revision: Revision,
    /// When it was edited; absent for the version that was created.
    pub edited_at: Option<Timestamp>,
    /// The content.
    pub content: C,
}

/// A verdict on one version. The order of fields is the order of verdicts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Verdict {
    /// The version that was judged.
    pub revision: Revision,
    /// How many verdicts the item had had, this one included: a later decision outweighs an earlier one.
    pub decision: u32,
    /// The verdict. Pending means that the version is to be judged anew.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
    /// The rule that decided, if one did and it is known.
    pub rule: Option<String>,
    /// Who decided, if it is known.
    pub decided_by: Option<DecidedBy>,
}

/// A place in the order of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// The version.
    pub revision: Revision,
    /// The decision.
    pub decision: u32,
}

impl Verdict {
    /// Where this verdict stands among others.
    pub const fn mark(&self) -> Mark {
        Mark { revision: self.revision, decision: self.decision }
    }
}

/// What an event about an item says: a piece of knowledge.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change<C, O = ()> {
    /// It was created.
    Created {
        /// What stays.
        origin: O,
        /// The version that was created.
        version: Version<C>,
    },
    /// It has this version, and this verdict if one is told along with it.
    Updated {
        /// The version.
        version: Version<C>,
        /// The verdict on that same version.
        verdict: Option<Verdict>,
    },
    /// One of its versions was judged.
    Moderated(Verdict),
    /// It is gone.
    Deleted(DeletedBy),
}

impl<C, O> Change<C, O> {
    /// The version that it brings, if it brings one.
    pub const fn version(&self) -> Option<&Version<C>> {
        match self {
            Self::Created { version, .. } | Self::Updated { version, .. } => Some(version),
            Self::Moderated(_) | Self::Deleted(_) => None,
        }
    }
}
