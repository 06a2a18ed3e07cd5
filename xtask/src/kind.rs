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

mod cluster;
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
    /// failure or a change: it goes on where it was stopped, and restarts what has changed, one part after the other.
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

impl Up {
    /// As it was typed.
    fn spelled(&self) -> String {
        let mut command = Command::new("cargo");
        command.args(["xtask", "kind", "up"]).args(self.no_build.then_some("--no-build"));
        if let Some(overlay) = &self.overlay {
            command.arg("--overlay").arg(overlay);
        }
        step::spelled(&command)
    }
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
    let again = options.spelled();
    cluster::bring_up(tools, overlay, &again)?;
    if !options.no_build {
        let ended = step::watch("images", build()?);
        ensure!(ended.success, "the images could not be built (see above); mend that and run `{again}` again");
    }
    tools.load(IMAGES, TAG).context("the images are not in the cluster; `cargo xtask images --tag dev` builds them")?;
    step::header("token", "secrets.env in the overlay, made once");
    let made = token::keep(overlay)?;
    println!("{}", if made { "made a token" } else { "there is one already; it is kept" });
    rollout::roll_out(tools, overlay, &again)?;
    let secret = token::in_use()?;
    token::delete_others(&secret)?;
    write!(io::stdout(), "{}", farewell(&secret)).context("nobody is there to read the address")
}

/// The same command as a person would type to build the images, as a process of its own: there is one way to build them,
/// with its own output and its own failures, and this one need not know how.
fn build() -> anyhow::Result<Command> {
    let mut images = Command::new(std::env::current_exe().context("where this program lies is not known")?);
    images.args(["images", "--tag", TAG]).args(IMAGES);
    Ok(images)
}

fn down(tools: &Tools) -> anyhow::Result<()> {
    if !tools.has_cluster(CLUSTER)? {
        println!("There is no cluster {CLUSTER}: nothing to delete. `cargo xtask kind up` makes one.");
        return Ok(());
    }
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

fn farewell(secret: &str) -> String {
    let read = format!("get secret {secret} -o jsonpath='{{.data.{}}}'", token::VARIABLE);
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
    fn a_person_is_told_to_run_what_they_ran() {
        let up = |no_build, overlay: Option<&str>| Up { no_build, overlay: overlay.map(PathBuf::from) }.spelled();
        assert_eq!(up(false, None), "cargo xtask kind up");
        assert_eq!(up(true, Some("../my board")), "cargo xtask kind up --no-build --overlay '../my board'");
    }

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
        let missing: Vec<_> = rollout::DEPLOYMENTS.iter().filter(|(_, image)| !IMAGES.contains(image)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
