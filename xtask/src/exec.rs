//! Commands that end in another program: `up` and `measure`.
//!
//! On Unix this process becomes cargo, and cargo becomes the program (its `run` does so too). No parent is left that
//! would have to pass on signals and exit codes: Ctrl-C and SIGTERM reach the board itself, and it alone answers them.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context;

use crate::client::Client;
use crate::step;

/// Builds the browser client if it can and must be, then folkmoot, showing their progress, and becomes it.
///
/// # Errors
/// If cargo cannot be started.
pub fn up(root: &Path, release: bool, args: &[OsString]) -> anyhow::Result<ExitCode> {
    match Client::find(root, false) {
        Ok(client) if client.bring_up_to_date() => {}
        Ok(_) => println!("\nThe browser client could not be built (see above); the board runs with what there is."),
        Err(why) => println!("The board runs without its browser client, with a plain page: {why}"),
    }
    let command = run(root, release, "folkmoot", "folkmoot", args);
    step::header("board", &step::spelled(&command));
    become_it(command)
}

/// Builds the measuring program of `e2e` with optimisation and becomes it.
///
/// # Errors
/// If cargo cannot be started.
pub fn measure(root: &Path, args: &[OsString]) -> anyhow::Result<ExitCode> {
    become_it(run(root, true, "e2e", "measure", args))
}

/// `cargo run` in the caller's folder: a relative `--data-dir` means what the person who typed it meant.
fn run(root: &Path, release: bool, package: &str, binary: &str, args: &[OsString]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.arg("run").arg("--manifest-path").arg(root.join("Cargo.toml"));
    cargo.args(["--package", package, "--bin", binary]);
    if release {
        cargo.arg("--release");
    }
    cargo.arg("--").args(args);
    cargo
}

#[cfg(unix)]
fn become_it(mut command: Command) -> anyhow::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    // Returns only if it failed.
    Err(command.exec()).context("cargo could not be started; is it on the PATH?")
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> anyhow::Result<ExitCode> {
    let status = command.status().context("cargo could not be started; is it on the PATH?")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn arguments_reach_the_program_untouched() {
        let args = ["--posts-addr".into(), "127.0.0.1:0".into()];
        let command = run(Path::new("/repo"), false, "folkmoot", "folkmoot", &args);
        let expected =
            "run --manifest-path /repo/Cargo.toml --package folkmoot --bin folkmoot -- --posts-addr 127.0.0.1:0";
        assert_eq!(words(&command).join(" "), expected);
    }

    #[test]
    fn measuring_is_done_on_a_release_build() {
        let command = run(Path::new("/repo"), true, "e2e", "measure", &[]);
        assert!(words(&command).contains(&"--release".to_owned()));
    }
}
