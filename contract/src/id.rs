//! Typed ids: a function that wants a post's id cannot be handed a comment's.
//!
//! Ids that we make are time-ordered (`UUIDv7`), because an index that grows at its end stays fast however large it
//! is, while one on random keys slows down as it outgrows memory. What other producers call their events is theirs
//! to choose, so [`EventId`] alone is any short text.

mod event;
mod number;

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

pub(crate) use event::has_control;
pub use event::{EventId, EventIdError, keyed_uuid};
pub use number::{NumberError, Revision, Sequence};

/// Declares ids that are UUIDs on the wire and types of their own in the code.
macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// On the wire: a lower-case hyphenated UUID as a JSON string.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, greater than every id that this process made before.
            #[expect(clippy::new_without_default, reason = "every call gives another id, which no default may do")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that is this UUID, of whatever version: ids derived from an idempotency key are `UUIDv8`.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself, for a store's column or a hash.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

uuid_ids! {
    /// A post, and with it its thread: the subject under which a post's and its comments' events are ordered.
    PostId;
    /// A comment.
    CommentId;
    /// An account.
    UserId;
    /// A log of the bus. A log that was deleted and begun anew has another id, so that nobody mistakes its
    /// sequences for those of the old one.
    LogId;
}
