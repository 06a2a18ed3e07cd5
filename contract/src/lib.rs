//! What goes over the wire between the services: typed ids, the event envelope, every event's data, and the one
//! lifecycle by which posts and comments are folded.
//!
//! Everything here is a value: nothing opens a socket, a file or a thread, so every service, test and tool can
//! depend on it without taking anything else along. The clock and the random source are read in two kinds of place
//! only, [`Timestamp::now`] with [`Envelope::say`], which uses it, and the ids' `new`; the folds read neither.
//!
//! Reading order: [`id`] and [`timestamp`] are the words, [`envelope`] is the sentence they stand in, [`event`] is
//! what can be said, [`lifecycle`] is what it all adds up to; [`catalogue`] tells of the events in JSON Schema.
//!
//! Compatible change only: fields are added to events, never renamed and never given another meaning; readers
//! ignore what they do not know. Snapshot tests hold the JSON of every event.

pub mod id;
pub mod timestamp;

pub mod status;

pub mod envelope;
pub mod event;

pub mod catalogue;

pub mod lifecycle;

pub use envelope::{Cause, Draft, Envelope, EnvelopeError, Fault};
pub use event::{
    CommentCreated, CommentDeleted, CommentModerated, CommentReported, CommentUpdated, DataError, DeliveryGivenUp,
    Event, Parsed, PostCreated, PostDeleted, PostModerated, PostUpdated, Role, SERVICES, SessionsRevoked,
    SigningKeyPublished, SigningKeyRetired, Texts, UserErased, UserRegistered, UserReinstated, UserSuspended,
    UserUpdated,
};
pub use id::{CommentId, EventId, EventIdError, LogId, NumberError, PostId, Revision, Sequence, UserId, keyed_uuid};
pub use lifecycle::{
    Change, CommentChange, CommentItem, CommentOrigin, Effect, Item, ItemStatus, Mark, PostChange, PostItem,
    PostOrigin, PostText, Showing, Verdict, Version, Why,
};
pub use status::{DecidedBy, DeletedBy, Status, StatusError};
pub use timestamp::{Timestamp, TimestampError};
