//! What every service needs and none is about.
//!
//! Reading order: a request comes in through [`serve`] (sockets) and `request` (what happens around every
//! request), finds its [`route`], brings its [`body`] and [`headers`], passes [`access`] and [`limit`], and is
//! answered, with a [`problem`] where it must be, by a [`page`] or a [`stream`] where one answer is not enough. What
//! it changes goes through the one writer of the [`store`] together with the [`outbox`]; the relay brings it to the
//! [`bus`]. What others said comes in through the [`receiver`], once each by the [`inbox`], because a subscription
//! asked for it; [`messaging`] is all of that in one piece, and [`restore`] how a lost database comes back by it.
//! [`service`] puts it together and is all that a `main` needs, with [`starting`] until it is there, [`config`] for settings,
//! [`ops`] for what operators ask, and [`telemetry`] and [`trace`] for what is seen from outside.

pub mod cors;
pub mod descriptors;
pub mod labels;
pub mod places;
mod request;
pub mod serve;

pub mod access;
pub mod body;
pub mod config;
pub mod headers;
pub mod limit;
pub mod page;
pub mod problem;
pub mod route;
pub mod stream;
pub mod text;
pub mod trace;

mod checkpoint;
pub mod inbox;
mod measure;
pub mod meta;
pub mod outbox;
mod savepoint;
mod schema;
pub mod store;
mod writer;

pub mod author;
pub mod awaited;
pub mod backoff;
pub mod bus;
pub mod creation;
pub mod follow;
pub mod messaging;
pub mod receiver;
pub mod relay;
pub mod restore;
pub mod signature;
pub mod standing;
pub mod subscribe;

mod allocator;
pub mod ops;
pub mod service;
pub mod starting;
pub mod telemetry;

#[cfg(feature = "doubles")]
pub mod doubles;
