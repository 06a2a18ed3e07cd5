//! Commands that end in another program: `up` and `measure`.
//!
//! On Unix this process becomes cargo, and cargo becomes the program (its `run` does so too). No parent is left that
//! would have to pass on signals and exit codes: Ctrl-C and SIGTERM reach the board itself, and it alone answers them.

use std::ffi::OsString;
use std::net::SocketAddr;
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
    let mut args = args.to_vec();
    if keeps_to_loopback(&args) {
        args.push("--open-front".into());
    }
    let command = run(root, release, "folkmoot", "folkmoot", &args);
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

/// Whether the board listens on loopback addresses alone, as by default: no other address is named, by flag or by
/// variable. Then its front door may be used without the token.
fn keeps_to_loopback(args: &[OsString]) -> bool {
    let named = std::env::vars_os().any(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("FOLKMOOT_") && name.ends_with("ADDR")
    });
    !named && addresses(args).all(|address| address.is_some_and(|address| address.ip().is_loopback()))
}

/// The values of all flags that name an address; `None` where one is none.
fn addresses(args: &[OsString]) -> impl Iterator<Item = Option<SocketAddr>> {
    args.iter().enumerate().filter_map(|(at, arg)| {
        let arg = arg.to_string_lossy();
        let (flag, value) = arg.split_once('=').map_or((&*arg, None), |(flag, value)| (flag, Some(value.to_owned())));
        let is_address = flag == "--addr" || (flag.starts_with("--") && flag.ends_with("-addr"));
        let value = value.or_else(|| args.get(at + 1).map(|next| next.to_string_lossy().into_owned()));
        is_address.then(|| value.and_then(|value| value.parse().ok()))
    })
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
    fn the_front_door_is_open_only_on_loopback() {
        let all = |args: &[&str]| {
            let args: Vec<OsString> = args.iter().map(Into::into).collect();
            addresses(&args).all(|address| address.is_some_and(|address| address.ip().is_loopback()))
        };
        assert!(all(&[]) && all(&["--demo", "--data-dir", "/tmp/board"]));
        assert!(all(&["--addr", "127.0.0.1:9000", "--bus-addr=[::1]:0"]));
        for elsewhere in [&["--addr", "0.0.0.0:8080"][..], &["--posts-addr=192.168.0.4:4000"], &["--addr"]] {
            assert!(!all(elsewhere), "{elsewhere:?}");
        }
    }

    #[test]
    fn measuring_is_done_on_a_release_build() {
        let command = run(Path::new("/repo"), true, "e2e", "measure", &[]);
        assert!(words(&command).contains(&"--release".to_owned()));
    }
}
