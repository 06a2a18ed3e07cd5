//! The bus through its own HTTP face.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod bus;
mod listeners;
mod own_process;
mod receiver;

mod access;
mod answers;
mod append;
mod asyncapi;
mod bad_input;
mod damage;
mod handoff;
mod lineage;
mod metrics;
mod openapi;
mod parking;
mod push;
mod read;
mod refusals;
mod restart;
mod stream;
mod subscriptions;
