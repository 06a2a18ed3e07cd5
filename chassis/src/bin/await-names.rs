//! Waits until every server that a file of nginx's upstreams names can be looked up, then becomes another program.
//!
//!     await-names UPSTREAMS PROGRAM [ARGUMENT...]
//!
//! nginx looks names up once, when it starts, and ends if one is not there. In a cluster that has just been started the names
//! come later than the front door does, which would be started again and again, later each time. So it waits for them.

use std::fs;
use std::io::Write as _;
use std::process::{Command, ExitCode};
use std::time::Duration;

use futures_util::future::join_all;

/// Between two looks at what is missing.
const PAUSE: Duration = Duration::from_millis(250);
/// The exit code for what cannot work at all.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(upstreams), Some(program)) = (arguments.next(), arguments.next()) else {
        return misused("usage: await-names UPSTREAMS PROGRAM [ARGUMENT...]");
    };
    let text = match fs::read_to_string(&upstreams) {
        Ok(text) => text,
        Err(error) => return misused(&format!("{}: {error}", upstreams.display())),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return misused(&error.to_string()),
    };
    let servers = servers(&text);
    let found = runtime.block_on(async {
        tokio::select! {
            () = until_found(&servers) => true,
            () = asked_to_end() => false,
        }
    });
    // A lookup that is still under way is of no use any more.
    runtime.shutdown_background();
    if !found {
        return ExitCode::SUCCESS;
    }
    let mut command = Command::new(&program);
    command.args(arguments);
    misused(&format!("{}: {}", program.display(), become_program(&mut command)))
}

/// `host:port` of each server in upstreams of nginx.
fn servers(text: &str) -> Vec<&str> {
    let rests = text.lines().filter_map(|line| line.trim().strip_prefix("server "));
    rests
        .filter_map(|rest| rest.trim().split([' ', ';']).next())
        .filter(|server| !server.starts_with("unix:"))
        .collect()
}

async fn until_found(servers: &[&str]) {
    let mut before = Vec::new();
    loop {
        let found = join_all(servers.iter().map(|server| tokio::net::lookup_host(*server))).await;
        let missing: Vec<_> =
            servers.iter().zip(found).filter_map(|(server, found)| found.err().map(|_| *server)).collect();
        if missing.is_empty() {
            return;
        }
        if missing != before {
            say(&format!("waiting until these names can be looked up: {}", missing.join(", ")));
        }
        before = missing;
        // why: no one tells when a name appears
        tokio::time::sleep(PAUSE).await;
    }
}

/// As the first process of a container it gets no signal that it does not handle.
#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()];
    let signals = kinds.into_iter().filter_map(|kind| signal(kind).ok()).map(|mut signal| async move {
        signal.recv().await;
    });
    futures_util::future::select_all(signals.map(Box::pin)).await;
}

#[cfg(not(unix))]
async fn asked_to_end() {
    drop(tokio::signal::ctrl_c().await);
}

/// Comes back only with the reason why it could not.
#[cfg(unix)]
fn become_program(command: &mut Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

#[cfg(not(unix))]
fn become_program(_: &mut Command) -> std::io::Error {
    std::io::ErrorKind::Unsupported.into()
}

fn misused(text: &str) -> ExitCode {
    say(text);
    ExitCode::from(MISUSED)
}

fn say(text: &str) {
    // Nothing is left to write to if stderr is gone.
    drop(writeln!(std::io::stderr(), "await-names: {text}"));
}
