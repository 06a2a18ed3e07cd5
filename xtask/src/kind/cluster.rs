//! The cluster itself: made unless it is there, and looked at before anything is brought to it.
//!
//! A cluster that was cut short while it was made counts as one to kind, and even answers, but may have no network or no
//! storage for ever. So what the board needs of it is asked for, and what is missing is named with the way out.

use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::tools::Tools;
use super::{CLUSTER, CLUSTER_FILE, kubectl};
use crate::step;

/// What engines say of a port that something else listens on.
const TAKEN: &[&str] = &["port is already allocated", "address already in use", "ports are not available"];
/// How long nodes and names may take; after a restart of the machine as well.
const TIMEOUT: &str = "--timeout=120s";
/// The name of each storage class, and whether it is the default.
const STORAGE: &str = "--output=jsonpath={range .items[*]}{.metadata.name} \
                       {.metadata.annotations.storageclass\\.kubernetes\\.io/is-default-class}{\"\\n\"}{end}";
/// The name of each node, and why it is not ready.
const NODES: &str = "--output=jsonpath={range .items[*]}{.metadata.name}: \
                     {.status.conditions[?(@.type==\"Ready\")].message}{\"\\n\"}{end}";

/// Makes the cluster unless it is there, and sees to it that it is whole. `again` is how `up` was called.
///
/// # Errors
/// What is missing, and what to do about it.
pub fn bring_up(tools: &Tools, overlay: &Path, again: &str) -> anyhow::Result<()> {
    if tools.has_cluster(CLUSTER)? {
        answers(tools, again)?;
    } else {
        create(tools, overlay, again)?;
    }
    is_whole(again)
}

fn create(tools: &Tools, overlay: &Path, again: &str) -> anyhow::Result<()> {
    let mut create = tools.kind(&["create", "cluster", "--name", CLUSTER, "--config"]);
    create.arg(overlay.join(CLUSTER_FILE));
    let ended = step::watch_and_keep("cluster", create);
    if ended.success {
        return Ok(());
    }
    let taken = TAKEN.iter().any(|words| ended.output.contains(words));
    let port = "A port is taken: something else listens there, perhaps the board of `cargo xtask up`; stop it. ";
    bail!("the cluster could not be made (see above). {}Then run `{again}` again", if taken { port } else { "" })
}

fn answers(tools: &Tools, again: &str) -> anyhow::Result<()> {
    step::header("cluster", &format!("{CLUSTER} is there already; does it answer?"));
    let answers = || step::works(&mut kubectl(&["get", "--raw", "/readyz", "--request-timeout=20s"]));
    // kubectl may have forgotten the cluster, or never learnt of it if `up` was stopped while kind made it.
    let answers = answers()
        || (step::watch("cluster", tools.kind(&["export", "kubeconfig", "--name", CLUSTER])).success && answers());
    ensure!(
        answers,
        "the cluster {CLUSTER} is there but does not answer. After a restart of the machine give it a minute, or start its \
         container {CLUSTER}-control-plane. {}",
        cut_short(again)
    );
    println!("it does");
    Ok(())
}

/// Checks for what the board needs of a cluster.
fn is_whole(again: &str) -> anyhow::Result<()> {
    let ready = kubectl(&["wait", "--for=condition=Ready", "nodes", "--all", TIMEOUT]);
    if !step::watch("node", ready).success {
        let said = kubectl(&["get", "nodes", NODES]).output().context("kubectl could not be started")?.stdout;
        let said = String::from_utf8_lossy(&said);
        let why = if said.trim().is_empty() { "there is none" } else { said.trim() };
        bail!("the cluster {CLUSTER} has no node that is ready ({why}). {}", cut_short(again));
    }
    let listed = kubectl(&["get", "storageclasses", STORAGE]).output().context("kubectl could not be started")?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    ensure!(
        listed.lines().any(|line| line.trim_end().ends_with(" true")),
        "the cluster {CLUSTER} has no default storage class, so there would be no volumes. {}",
        cut_short(again)
    );
    // The front door looks names up when it starts.
    let names = kubectl(&["-n", "kube-system", "rollout", "status", "deployment/coredns", TIMEOUT]);
    ensure!(
        step::watch("names", names).success,
        "the cluster {CLUSTER} cannot look names up: its deployment coredns is missing or not ready (see above). {}",
        cut_short(again)
    );
    Ok(())
}

fn cut_short(again: &str) -> String {
    format!(
        "If it was cut short while it was made, `cargo xtask kind down` deletes it, with its data; then run `{again}` again"
    )
}
