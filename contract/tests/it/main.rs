//! The contract through its public face: what is on the wire, and what it adds up to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test that fails may panic, and its name says what it is"
)]

mod catalogue;
mod envelope;
mod envelope_roundtrip;
mod events;
mod ids;
mod lifecycle_laws;
mod lifecycle_table;
mod samples;
mod timestamp;
mod words;
