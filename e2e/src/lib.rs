//! What the stories stand on: real processes of the real binaries, on ports and folders of their own, and a client that
//! speaks to them as anyone would.
//!
//! [`board`] starts either the single process or every service by itself (with the front door of containers, [`nginx`], before
//! them), kills and restarts any of them;
//! [`client`] is a person with curl; [`cluster`] reads what `k8s/` would bring up, [`compose`] what `compose.yaml` would, and
//! [`container`] runs it without either; [`wait`] waits for a condition with a deadline, never for luck.

pub mod binaries;
pub mod board;
pub mod client;
pub mod cluster;
pub mod compose;
pub mod container;
pub mod measure;
pub mod nginx;
pub mod ports;
pub mod process;
pub mod receiver;
pub mod sandbox;
pub mod stand_in;
pub mod wait;
