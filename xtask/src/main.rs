//! `cargo xtask`: the repository's own commands, in Rust so that they run wherever the rest builds.
//!
//! `up` brings the board up, `test` is everything that must hold before a change goes in, `measure` prints figures.
//! It depends on no other crate of the workspace: it still has to run when those do not compile.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod browser;
mod client;
mod counts;
mod debian;
mod exec;
mod images;
mod interop;
mod kind;
mod step;
mod suite;
mod summary;
mod tidy;
mod tools;

/// Runs, checks and measures Folkmoot.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the whole board, the browser client first, and runs it in one process; Ctrl-C stops it.
    ///
    /// The client needs Node; without it the board runs with a plain page.
    /// Every service runs with its embedded defaults and keeps its data under ./data. Once it is ready it prints the
    /// address to open.
    #[command(
        after_help = "Examples:\n  cargo xtask up\n  cargo xtask up -- --help            every setting of the board\n  \
                      cargo xtask up -- --demo            with sample posts and threads\n  \
                      cargo xtask up -- --data-dir /tmp/board"
    )]
    Up {
        /// Builds with optimisation: what to run for real use; the first build takes some minutes longer.
        #[arg(long)]
        release: bool,
        /// Handed to folkmoot as they are.
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// Checks everything: format, tidy, the client, clippy, tests, the browser, doc tests, docs, and dependencies.
    ///
    /// A step that fails does not stop the others. At the end stands a table of what ran and what was left out and
    /// why; the last line alone is the count. The exit code is 0 only if nothing failed.
    #[command(after_help = "Examples:\n  cargo xtask test\n  cargo xtask test --fast              while working\n  \
                      cargo xtask test --only tidy clippy")]
    Test(suite::Options),
    /// Builds the container images, with Docker, Podman or Buildah; or checks them where no registry can be reached.
    #[command(
        after_help = "Examples:\n  cargo xtask images                        all of them, as folkmoot/NAME:dev\n  \
                      cargo xtask images --tag 1.2 posts client\n  \
                      cargo xtask images --check                what is in them, and that they start"
    )]
    Images(images::Options),
    /// The board in Kubernetes on this machine, with kind: `kind up`, `kind down`.
    #[command(subcommand)]
    Kind(kind::Action),
    /// Prints figures of a release build: throughput, latency, start time, memory.
    Measure {
        /// Handed to the measuring program as they are; `cargo xtask measure -- --help` lists them.
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Up { release, args } => exec::up(root(), release, &args),
        Command::Test(options) => suite::run(root(), &options),
        Command::Images(options) => images::run(root(), &options),
        Command::Kind(action) => kind::run(root(), &action),
        Command::Measure { args } => exec::measure(root(), &args),
    }
}

/// The folder of the workspace.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
