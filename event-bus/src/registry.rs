//! What the bus asks of the engine that keeps its subscriptions: the registry's side. (The other side, the log, is in
//! [`crate::engine`].)
//!
//! What belongs together is committed together: a cursor never moves past an event that was neither delivered nor
//! parked, and a parked subject never rejoins while the registry says otherwise.

use contract::{Sequence, Timestamp};
use futures_util::future::BoxFuture;

use crate::subscription::{Name, Subscription};

/// A subject whose delivery to one subscription waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The subject.
    pub subject: Box<str>,
    /// Its events before this place were delivered; from here up to the cursor none was.
    pub first: Sequence,
    /// What the receiver said at last.
    pub error: Box<str>,
    /// When it was parked.
    pub since: Timestamp,
    /// How often redelivery failed.
    pub attempts: u32,
    /// When it is tried again.
    pub next_try: Timestamp,
}

/// What is to be changed about one subscription, in one transaction, in the order of the fields.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The whole subscription anew, cursor included; makes it if it is not there.
    pub subscription: Option<Subscription>,
    /// Its cursor alone.
    pub cursor: Option<Sequence>,
    /// Forget everything that is parked.
    pub clear_parked: bool,
    /// Subjects that rejoin.
    pub unpark: Vec<Box<str>>,
    /// Subjects that are parked, or about which something changed.
    pub park: Vec<Parked>,
}

/// The registry failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RegistryError {
    /// It cannot be read or written; nothing was changed.
    #[error("the registry of subscriptions failed: {0}")]
    Failed(String),
    /// There is no room left on the disk; nothing was changed.
    #[error("the registry of subscriptions has no room: {0}")]
    Full(String),
    /// A change may have been kept or not.
    #[error("whether the registry of subscriptions has changed is not known: {0}")]
    Unknown(String),
}

/// What a registry answers, later.
pub type Kept<'a, T> = BoxFuture<'a, Result<T, RegistryError>>;

/// The subscriptions, their cursors and what is parked, on disk.
pub trait Registry: Send + Sync + 'static {
    /// All subscriptions with what they have parked.
    fn load(&self) -> Kept<'_, Vec<(Subscription, Vec<Parked>)>>;

    /// One of them.
    fn find<'a>(&'a self, name: &'a Name) -> Kept<'a, Option<(Subscription, Vec<Parked>)>>;

    /// Makes a change and answers when it is on disk. Calls are carried out in the order in which they were made.
    fn commit<'a>(&'a self, name: &'a Name, change: Change) -> Kept<'a, ()>;

    /// Forgets a subscription and what it has parked.
    fn remove<'a>(&'a self, name: &'a Name) -> Kept<'a, ()>;
}
