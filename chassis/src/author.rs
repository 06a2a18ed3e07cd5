//! Who may change what somebody wrote: its author, known by a secret of which only the hash is kept, and only at a
//! revision that the author means.

use contract::Revision;

use crate::headers::{IfMatch, OwnerKey};
use crate::problem::Problem;
use crate::route::Head;

/// Who asks for a change, and to which revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The hash of the secret that was presented.
    pub owner: Option<String>,
    /// The revisions that the caller means; any if absent.
    pub expected: Option<IfMatch>,
}

/// Why the caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Whoever asks does not say who they are.
    #[error("an owner key is needed")]
    KeyMissing,
    /// Whoever asks is not the author.
    #[error("only the author may do that")]
    KeyWrong,
    /// It has another revision than the one that was to be changed.
    #[error("it has revision {0}")]
    Changed(Revision),
}

impl Caller {
    /// Reads `Owner-Key` and `If-Match`.
    ///
    /// # Errors
    /// 400 if one of them cannot be read.
    pub fn of(head: &Head) -> Result<Self, Problem> {
        Ok(Self { owner: owner(head)?, expected: IfMatch::from(&head.headers)? })
    }

    /// Whether the caller may change what stands at `current` and was written by whoever has the secret with the hash
    /// `author`; nobody may change what was written without one.
    ///
    /// # Errors
    /// Why not.
    pub fn may_change(&self, author: Option<&str>, current: Revision) -> Result<(), Denied> {
        if self.owner.is_none() {
            return Err(Denied::KeyMissing);
        }
        if !is_same(author, self.owner.as_deref()) {
            return Err(Denied::KeyWrong);
        }
        match &self.expected {
            Some(expected) if !expected.allows(current) => Err(Denied::Changed(current)),
            _ => Ok(()),
        }
    }
}

/// The hash of the secret that came as `Owner-Key`, if one came.
///
/// # Errors
/// 400 if it cannot be read.
pub fn owner(head: &Head) -> Result<Option<String>, Problem> {
    Ok(OwnerKey::from(&head.headers)?.map(|owner| owner.hash()))
}

/// Whether these are the hashes of one secret. Two who have none are not the same.
pub fn is_same(author: Option<&str>, owner: Option<&str>) -> bool {
    author.is_some() && author == owner
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::KeyMissing => Self::unauthorized("Send the author's secret as Owner-Key."),
            Denied::KeyWrong => Self::forbidden("This Owner-Key is not the author's."),
            Denied::Changed(revision) => {
                Self::precondition_failed(format!("It is at revision {revision}; read it again."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_change_what() {
        let caller =
            |owner: Option<&str>, expected: Option<IfMatch>| Caller { owner: owner.map(str::to_owned), expected };
        let named = |revisions: &[u32]| Some(IfMatch::Revisions(revisions.to_vec()));
        let cases = [
            (Some("ada"), caller(Some("ada"), None), Ok(())),
            (Some("ada"), caller(Some("ada"), Some(IfMatch::Any)), Ok(())),
            (Some("ada"), caller(Some("ada"), named(&[1, 2])), Ok(())),
            (Some("ada"), caller(Some("ada"), named(&[2])), Err(Denied::Changed(Revision::FIRST))),
            (Some("ada"), caller(Some("ada"), named(&[])), Err(Denied::Changed(Revision::FIRST))),
            (Some("ada"), caller(Some("bob"), None), Err(Denied::KeyWrong)),
            (Some("ada"), caller(Some("bob"), named(&[2])), Err(Denied::KeyWrong)),
            (Some("ada"), caller(None, None), Err(Denied::KeyMissing)),
            (None, caller(Some("bob"), None), Err(Denied::KeyWrong)),
            (None, caller(None, None), Err(Denied::KeyMissing)),
        ];
        for (author, caller, expected) in cases {
            assert_eq!(caller.may_change(author, Revision::FIRST), expected, "{caller:?}, of {author:?}");
        }
    }
}
