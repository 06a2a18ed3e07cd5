//! `cargo xtask` as a person runs it, on machines that lack this or that: the `PATH` holds made-up programs only.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ci;
mod images;
mod kind;
mod machine;
mod missing;
mod ran;
mod up;
