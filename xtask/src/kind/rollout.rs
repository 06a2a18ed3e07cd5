//! Waiting until everything in the cluster is ready, and showing why where it does not become so.
//!
//! A deployment that hangs says itself only that time is up. The reason is in the pods' states, in the cluster's warnings, or
//! in the program's last words; a person sees all three without having to know where to look.

use std::process::Stdio;

use anyhow::{bail, ensure};

use super::{CONTEXT, NAMESPACE, kubectl};
use crate::step;

/// What must become ready: the bus first, for the others wait for it.
pub const DEPLOYMENTS: &[&str] = &["event-bus", "posts", "comments", "moderation", "query", "front"];
/// How long one of them may take. They start together, so that most of it is spent on the first.
const TIMEOUT: &str = "--timeout=180s";

/// Starts all of them anew. Their images keep the tag, so what runs already would not notice that they are others.
///
/// # Errors
/// If the cluster does not do so.
pub fn restart() -> anyhow::Result<()> {
    let mut restart = kubectl(&["-n", NAMESPACE, "rollout", "restart"]);
    restart.args(DEPLOYMENTS.iter().map(|name| format!("deployment/{name}")));
    let restarted = step::watch("restart", restart).success;
    ensure!(restarted, "what ran already was not started anew (see above); run `cargo xtask kind up` again");
    Ok(())
}

/// Waits for all of them.
///
/// # Errors
/// Which one did not become ready, and where to look on; what is known of the reason was printed.
pub fn wait() -> anyhow::Result<()> {
    for name in DEPLOYMENTS {
        let status = kubectl(&["-n", NAMESPACE, "rollout", "status", &format!("deployment/{name}"), TIMEOUT]);
        if !step::watch(name, status).success {
            explain(name);
            bail!(
                "{name} did not become ready; above are the pods, the cluster's warnings and the last lines of its log. More: \
                 `kubectl --context {CONTEXT} -n {NAMESPACE} describe deployment/{name}`. Once that is mended, or if it only \
                 was slow, run `cargo xtask kind up` again"
            );
        }
    }
    Ok(())
}

/// Prints what a person would look at next. If one of these fails as well, its own message stands there instead.
fn explain(name: &str) {
    let deployment = format!("deployment/{name}");
    for args in [
        &["get", "pods", "--output=wide"][..],
        &["get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp"],
        &["logs", &deployment, "--all-containers", "--tail=20"],
    ] {
        let mut look = kubectl(&[&["-n", NAMESPACE], args].concat());
        step::header("why", &step::spelled(&look));
        if let Err(error) = look.stdin(Stdio::null()).status() {
            eprintln!("kubectl could not be started: {error}");
        }
    }
}
