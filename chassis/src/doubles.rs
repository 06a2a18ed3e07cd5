//! Test doubles: what stands in for the rest of the world when one service is tested through its own HTTP face.
//!
//! All of them are real HTTP on a free port, so that what is tested is what runs: [`FakeBus`] takes events, remembers
//! them, pushes, and fails as it is told; [`ForeignReceiver`] keeps what the bus pushes to it; [`Misled`] leads to a wrong
//! server first; [`Running`] is a service that is up; [`Caller`] is whoever calls it; [`wild_requests`] are what no client
//! sends. They panic where a test must fail, and never wait longer than
//! [`PATIENCE`].

mod caller;
mod fake_bus;
mod flips;
mod foreign_receiver;
mod misled;
mod running;
pub mod wild_requests;

use std::time::Duration;

pub use caller::{ADA, Answered, BOB, Call, Caller, id_of};
pub use fake_bus::{FakeBus, Outcome, Registration, Signing, data};
pub use flips::{Tally, flips};
pub use foreign_receiver::{ForeignReceiver, Received};
pub use misled::{Misled, Wrong};
pub use running::Running;

/// The longest that a double waits for something to happen before the test has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);
