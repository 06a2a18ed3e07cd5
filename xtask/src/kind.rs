//! `cargo xtask kind`: the whole board on a Kubernetes of one's own, in containers on this machine.
//!
//! It is a row of commands that a person could type as well; each is shown before it runs. What they make is described
//! in `k8s/overlays/kind`, not here. Every step looks at what is there already, so `up` may be run again at any time: it
//! goes on where it was stopped, and brings what has changed since.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};

use crate::step;

mod rollout;
mod token;
mod tools;

use tools::Tools;

/// The cluster; kind calls its context in `kubectl` after it.
const CLUSTER: &str = "folkmoot";
const CONTEXT: &str = "kind-folkmoot";
const NAMESPACE: &str = "folkmoot";
const OVERLAY: &str = "k8s/overlays/kind";
/// The file in the overlay that says what kind shall make.
const CLUSTER_FILE: &str = "cluster.yaml";
/// The port of the machine that `cluster.yaml` leads to the front.
const ADDRESS: &str = "http://localhost:8080";
/// The images of the overlay are `folkmoot/<name>:dev`.
const IMAGES: &[&str] = &["event-bus", "posts", "comments", "query", "moderation", "client"];
const TAG: &str = "dev";

/// What to do with the cluster.
#[derive(Subcommand)]
pub enum Action {
    /// Brings the whole board up in Kubernetes: makes the cluster, builds and loads the images, waits until all is ready.
    ///
    /// Needs kind, kubectl, and Docker or Podman; what is missing is named before anything is done. Run it again after a
    /// failure or a change: it goes on where it was stopped, and what runs already is started anew with the new images.
    /// The first run makes a token for the bus and moderation, and keeps it as secrets.env in the overlay.
    #[command(after_help = "Examples:\n  cargo xtask kind up\n  \
                      cargo xtask kind up --no-build           with the images that are there already\n  \
                      cargo xtask kind up --overlay ../ours    with settings of one's own")]
    Up(Up),
    /// Deletes the cluster, and all data of the board in it; asks nothing.
    ///
    /// The volumes lie in the cluster's containers, and go with it: posts, comments, verdicts, the log. What stays is the
    /// images, and secrets.env in the overlay: the next cluster gets the same token.
    #[command(after_help = "Example:\n  cargo xtask kind down")]
    Down,
}

/// How to bring the board up.
#[derive(Args)]
pub struct Up {
    /// Takes the images as they are instead of building them.
    #[arg(long)]
    no_build: bool,
    /// The folder that describes the board: a kustomization, and a cluster.yaml for kind [default: k8s/overlays/kind]
    #[arg(long, value_name = "FOLDER")]
    overlay: Option<PathBuf>,
}

/// Does it, one step after the other, up to the first that fails.
///
/// # Errors
/// Which step failed, and what can be done about it. What is missing from the start is printed, not returned.
pub fn run(root: &Path, action: &Action) -> anyhow::Result<ExitCode> {
    let (needs_kubectl, overlay) = match action {
        Action::Up(up) => (true, Some(up.overlay.clone().unwrap_or_else(|| root.join(OVERLAY)))),
        Action::Down => (false, None),
    };
    let tools = match Tools::find(needs_kubectl, overlay.as_deref()) {
        Ok(tools) => tools,
        Err(missing) => {
            eprintln!("Nothing was done yet. This is missing:\n  - {}", missing.join("\n  - "));
            return Ok(ExitCode::FAILURE);
        }
    };
    match (action, overlay) {
        (Action::Up(options), Some(overlay)) => up(&tools, options, &overlay)?,
        _ => down(&tools)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn up(tools: &Tools, options: &Up, overlay: &Path) -> anyhow::Result<()> {
    bring_up_cluster(tools, overlay)?;
    if !options.no_build {
        let ended = step::watch("images", build()?);
        ensure!(
            ended.success,
            "the images could not be built (see above); mend that and run `cargo xtask kind up` again"
        );
    }
    tools.load(IMAGES, TAG).context("the images are not in the cluster; `cargo xtask images --tag dev` builds them")?;
    step::header("token", "secrets.env in the overlay, made once");
    let made = token::keep(overlay)?;
    println!("{}", if made { "made a token" } else { "there is one already; it is kept" });
    apply(overlay)?;
    rollout::wait()?;
    write!(io::stdout(), "{}", farewell()).context("nobody is there to read the address")
}

/// Makes the cluster unless it is there, and sees to it that it answers.
fn bring_up_cluster(tools: &Tools, overlay: &Path) -> anyhow::Result<()> {
    if !tools.has_cluster(CLUSTER)? {
        let mut create = tools.kind(&["create", "cluster", "--name", CLUSTER, "--config"]);
        create.arg(overlay.join(CLUSTER_FILE));
        let made = step::watch("cluster", create).success;
        ensure!(
            made,
            "the cluster could not be made (see above). If a port is taken: something else listens there, perhaps the board \
             of `cargo xtask up`; stop it. Then run `cargo xtask kind up` again"
        );
        return Ok(());
    }
    step::header("cluster", &format!("{CLUSTER} is there already; does it answer?"));
    let answers = || step::works(&mut kubectl(&["get", "--raw", "/readyz", "--request-timeout=20s"]));
    // kubectl may have forgotten the cluster, or never learnt of it if `up` was stopped while kind made it.
    let answers = answers()
        || (step::watch("cluster", tools.kind(&["export", "kubeconfig", "--name", CLUSTER])).success && answers());
    ensure!(
        answers,
        "the cluster {CLUSTER} is there but does not answer. After a restart of the machine give it a minute, or start its \
         container {CLUSTER}-control-plane. If it was cut short while it was made, `cargo xtask kind down` deletes it, with \
         its data; then run `cargo xtask kind up` again"
    );
    println!("it does");
    Ok(())
}

/// The same command as a person would type to build the images, as a process of its own: there is one way to build them,
/// with its own output and its own failures, and this one need not know how.
fn build() -> anyhow::Result<Command> {
    let mut images = Command::new(std::env::current_exe().context("where this program lies is not known")?);
    images.args(["images", "--tag", TAG]).args(IMAGES);
    Ok(images)
}

/// Tells the cluster what shall be, and starts anew what ran before.
fn apply(overlay: &Path) -> anyhow::Result<()> {
    let mut list = kubectl(&["-n", NAMESPACE, "get", "deployments", "--output=name"]);
    let ran = list.output().context("kubectl could not be started")?.stdout;
    let mut apply = kubectl(&["apply", "-k"]);
    apply.arg(overlay);
    let applied = step::watch("apply", apply).success;
    ensure!(
        applied,
        "the cluster did not take {} as it is (see above); `kubectl kustomize {0}` shows what it was given. Mend that and run \
         `cargo xtask kind up` again",
        overlay.display()
    );
    if ran.trim_ascii().is_empty() { Ok(()) } else { rollout::restart() }
}

fn down(tools: &Tools) -> anyhow::Result<()> {
    println!("The cluster {CLUSTER} goes, and its volumes, which hold all data of the board, go with it.");
    let deleted = step::watch("cluster", tools.kind(&["delete", "cluster", "--name", CLUSTER])).success;
    ensure!(deleted, "the cluster could not be deleted (see above); run `cargo xtask kind down` again");
    println!("\nIt is gone. `cargo xtask kind up` makes an empty one.");
    Ok(())
}

/// `kubectl` on this cluster, whichever one the person is on otherwise.
fn kubectl(args: &[&str]) -> Command {
    let mut command = Command::new("kubectl");
    command.args(["--context", CONTEXT]).args(args);
    command
}

fn farewell() -> String {
    let read = "get secret -l app.kubernetes.io/part-of=folkmoot -o jsonpath='{.items[0].data.FOLKMOOT_BUS_TOKEN}'";
    format!(
        "\nThe board is up: {ADDRESS}\n\nModerators send a token. To read it:\n  \
         kubectl --context {CONTEXT} -n {NAMESPACE} {read} | base64 -d\n\n\
         To see what runs:  kubectl --context {CONTEXT} -n {NAMESPACE} get pods\n\
         To delete it all, with its data:  cargo xtask kind down\n"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_images_are_built_as_a_person_would_build_them() {
        let command = build().unwrap();
        assert_eq!(command.get_program(), std::env::current_exe().unwrap());
        assert!(
            step::spelled(&command).ends_with(" images --tag dev event-bus posts comments query moderation client")
        );
    }

    #[test]
    fn every_service_that_is_waited_for_has_an_image() {
        let missing: Vec<_> = rollout::DEPLOYMENTS.iter().filter(|name| !IMAGES.contains(name)).collect();
        assert_eq!(missing, [&"front"], "the front serves the client, from the image of that name");
    }
}
