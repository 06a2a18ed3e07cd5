//! One process of one of the project's binaries, or of another server: started, watched, killed, started again with the
//! same settings.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::{binaries, client, wait};

/// A process that can be started again. It is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    /// Where the program is, if it is not one of the project's.
    program: Option<PathBuf>,
    /// What asks it to end in order, as `kill` takes it.
    stop_signal: &'static str,
    arguments: Vec<String>,
    /// Its whole environment, if it is not to have that of the test.
    environment: Option<BTreeMap<String, String>>,
    url: String,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// A process of the binary `name`, answering at `url`, logging into `folder`; not started yet.
    pub fn new(name: &str, arguments: Vec<String>, url: String, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let name = name.to_owned();
        Self { name, program: None, stop_signal: "TERM", arguments, environment: None, url, log, child: None }
    }

    /// The same of another program than the project's own, which ends in order when it gets `stop_signal`.
    #[must_use]
    pub fn of(mut self, program: PathBuf, stop_signal: &'static str) -> Self {
        self.program = Some(program);
        self.stop_signal = stop_signal;
        self
    }

    /// The same in an environment of just these variables.
    #[must_use]
    pub fn within(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Puts something else in the place of variables of an environment of its own, by their name and value.
    pub fn replace(&mut self, with: impl Fn(&str, &str) -> Option<String>) {
        for (name, value) in self.environment.iter_mut().flatten() {
            if let Some(other) = with(name, value) {
                *value = other;
            }
        }
    }

    /// The binary's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Whether it was started and has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// What it has logged, over all its starts.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sets one `--flag=value` for the next start.
    pub fn argue(&mut self, argument: &str) {
        let flag = argument.split('=').next().unwrap_or(argument);
        self.arguments.retain(|known| known.split('=').next() != Some(flag));
        self.arguments.push(argument.to_owned());
    }

    /// Starts it, without waiting for it.
    ///
    /// # Panics
    /// If it runs already or cannot be started.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.name);
        let log = File::options().create(true).append(true).open(&self.log).expect("a log file");
        let program = self.program.clone().unwrap_or_else(|| binaries::path(&self.name));
        let mut command = Command::new(program);
        if let Some(environment) = &self.environment {
            command.env_clear().envs(environment);
        }
        let child = command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        self.child = Some(child.expect("the binary starts"));
    }

    /// Waits until it says that it is ready.
    ///
    /// # Panics
    /// If it does not get ready in time, or ends.
    #[expect(clippy::panic, reason = "a story fails by panicking")]
    pub async fn ready(&mut self) {
        let http = client::http();
        let url = format!("{}/readyz", self.url);
        let (name, log) = (self.name.clone(), self.log.clone());
        let child = &mut self.child;
        wait::until(&format!("{name} to be ready"), async || {
            if let Some(Ok(Some(status))) = child.as_mut().map(Child::try_wait) {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("{name} ended with {status}: {log}");
            }
            http.get(&url).send().await.ok().filter(|r| r.status().is_success()).map(drop)
        })
        .await;
    }

    /// Kills it with SIGKILL, mid-sentence, and waits until it is gone.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill().await);
        }
    }

    /// Asks it to stop (with SIGTERM, if it is one of the project's) and waits for it.
    ///
    /// # Panics
    /// If it does not end within the deadline.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    pub async fn stop(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let id = child.id().expect("it runs").to_string();
        let kill = Command::new("kill").args(["-s", self.stop_signal, &id]).status().await.expect("kill runs");
        assert!(kill.success(), "the signal cannot be sent");
        let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
        ended.expect("it ends in time").expect("its status")
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// If it does not end within the deadline.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    pub async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
        ended.expect("it ends in time").expect("its status")
    }
}
