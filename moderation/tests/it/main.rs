//! Moderation through its own HTTP face, with a bus that does as it is told. One module per way of using it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod access;
mod bad_input;
mod board;
mod decisions;
mod failing_rules;
mod log;
mod old_file;
mod operations;
mod queue;
mod races;
mod reports;
mod restore;
mod rules_file;
mod several;
mod undo;
mod verdicts;
