//! The front door through HTTP: what a browser gets from it, and the board as a process with its sample posts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod bodies;
mod client;
mod demo;
mod door;
mod process;
mod settings;
mod wild;
