//! Stories across services: real processes, real HTTP, real files. Each module is one thing that a person relies on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a story fails by panicking")]

mod awaited;
mod chaos;
mod classic;
mod deploy;
mod edits;
mod failures;
mod front;
mod handover;
mod interop;
mod misled;
mod nginx;
mod older;
mod outages;
mod poison;
mod replay;
mod startup;
