//! How others run the board: what lies in `k8s/` and `compose.yaml`, held as far as it can be without a cluster or an engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a story fails by panicking")]

mod network;
mod policy;
mod rolling;
mod schemas;
mod settings;
