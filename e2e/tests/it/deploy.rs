//! How others run the board: what lies in `k8s/` and `compose.yaml`, held as far as it can be without a cluster or an engine.

mod bake;
mod compose;
mod monitoring;
mod network;
mod policy;
mod promql;
mod rolling;
mod schemas;
mod settings;
