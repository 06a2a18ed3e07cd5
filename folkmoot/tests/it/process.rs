//! The board as a process of its own, on ports that the system chose.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chassis::doubles::Caller;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The longest wait for a line. The whole sample board may come before it, one thing after the other, in a debug build.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running board. It is killed when this is dropped.
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Its front door.
    pub caller: Caller,
}

impl Process {
    /// Starts it with its data in this folder and no settings but these, and waits until it is ready.
    pub async fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_in(&[], data, arguments).await
    }

    /// The same, in an environment of just these variables.
    pub async fn start_in(variables: &[(&str, &str)], data: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
        for name in ["addr", "posts-addr", "comments-addr", "query-addr", "moderation-addr", "bus-addr"] {
            command.arg(format!("--{name}=127.0.0.1:0"));
        }
        command.arg("--data-dir").arg(data).args(arguments).current_dir(data);
        let mut child = command
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut process = Self { child, lines, caller: Caller::new("") };
        let ready = process.line("Folkmoot is ready: ").await;
        process.caller = Caller::new(ready);
        process
    }

    /// Waits for a line that starts so; the rest of it.
    pub async fn line(&mut self, start: &str) -> String {
        let mut before = VecDeque::new();
        let search = async {
            while let Some(line) = self.lines.next_line().await.expect("text") {
                if let Some(rest) = line.strip_prefix(start) {
                    return Some(rest.to_owned());
                }
                before.push_back(line);
            }
            None
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.ok().flatten().unwrap_or_else(|| panic!("no line `{start}...`, but {before:?}"))
    }

    /// Kills it, mid-sentence, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }
}
