//! Creating something at most once: with an `Idempotency-Key`, the new thing's id and its event's id are derived from
//! who asks, where, and the key, so the same request finds what it made before, whichever replica it reaches.

use contract::{EventId, keyed_uuid};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::headers::{IdempotencyKey, OwnerKey};
use crate::problem::Problem;

/// The ids of a creation, and what to compare a repeated request with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The id of what is created.
    pub id: Uuid,
    /// The id of the event that tells of it.
    pub event: EventId,
    /// SHA-256 (hex) of the request, if it carried a key that counts.
    pub digest: Option<String>,
}

/// Why a repeated request is not answered with what it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRepeated {
    /// The key made something else.
    #[error("the idempotency key was used for another request")]
    OtherRequest,
    /// What the request made is no more.
    #[error("what this request made was deleted")]
    Gone,
}

impl From<NotRepeated> for Problem {
    fn from(why: NotRepeated) -> Self {
        match why {
            NotRepeated::OtherRequest => {
                Self::invalid_field("", "This Idempotency-Key came with another request before; use a new one.")
            }
            NotRepeated::Gone => Self::gone("What this request made has been deleted since."),
        }
    }
}

impl Creation {
    /// Ids for a request on `route` with these `parts`. A key counts only together with an owner key: an anonymous
    /// caller without one could otherwise run into somebody else's.
    pub fn of(route: &str, owner: Option<&OwnerKey>, key: Option<&IdempotencyKey>, parts: &[&str]) -> Self {
        let (Some(owner), Some(key)) = (owner, key) else {
            return Self { id: Uuid::now_v7(), event: EventId::new(), digest: None };
        };
        let owner = owner.hash();
        let event = keyed_uuid(&["event", &owner, route, key.as_str()]).to_string();
        Self {
            id: keyed_uuid(&["thing", &owner, route, key.as_str()]),
            event: EventId::parse(&event).unwrap_or_else(|_| EventId::new()),
            digest: Some(digest(parts)),
        }
    }

    /// Whether what is there under this id is what this very request made, and still there. `made` is the digest of
    /// the request that made it; what was read back from the bus has none.
    ///
    /// # Errors
    /// Why not.
    pub fn repeats(&self, made: Option<&str>, deleted: bool) -> Result<(), NotRepeated> {
        if made.is_some() && made != self.digest.as_deref() {
            return Err(NotRepeated::OtherRequest);
        }
        if deleted { Err(NotRepeated::Gone) } else { Ok(()) }
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
