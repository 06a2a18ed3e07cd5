//! The processes under load: the single process, or a bus and a query by themselves, each with a data folder on a real
//! disk and as it would run by default.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use super::http::{Connection, get};
use super::machine::{self, Meter};
use super::settings::Settings;
use crate::board::SERVICES;
use crate::client::{Answer, Client};
use crate::ports::Port;
use crate::process::Process;

/// How long anything may take to get ready, a large log included.
const PATIENCE: Duration = Duration::from_mins(5);
/// Between two looks whether it is ready.
const LOOK: Duration = Duration::from_millis(1);

/// One process with its addresses and its folder, which goes with it.
#[derive(Debug)]
pub struct Stage {
    process: Process,
    /// What must say that it is ready: names of services with their ports.
    services: Vec<(&'static str, Port)>,
    folder: TempDir,
    _front: Option<Port>,
}

impl Stage {
    /// The single process, not started yet.
    ///
    /// # Errors
    /// If there is no folder for it.
    pub fn single(settings: &Settings) -> anyhow::Result<Self> {
        let folder = settings.folder()?;
        let front = Port::take();
        let services: Vec<_> = SERVICES.into_iter().map(|name| (name, Port::take())).collect();
        let mut arguments = vec![format!("--addr={}", front.address()), data_dir(&folder)];
        arguments.extend(services.iter().map(|(name, port)| address(name, port)));
        let process = Process::new("folkmoot", arguments, front.url(), folder.path());
        Ok(Self { process, services, folder, _front: Some(front) })
    }

    /// The same with the binary in another folder: of another build, to compare with.
    #[must_use]
    pub fn built_in(mut self, folder: &Path) -> Self {
        let program = folder.join(self.process.name());
        self.process = self.process.of(program, "TERM");
        self
    }

    /// The event bus by itself, not started yet.
    ///
    /// # Errors
    /// If there is no folder for it.
    pub fn bus(settings: &Settings) -> anyhow::Result<Self> {
        Self::one("event-bus", &[], settings)
    }

    /// Query by itself, listening to this bus, not started yet.
    ///
    /// # Errors
    /// If there is no folder for it.
    pub fn query(settings: &Settings, bus: &Self) -> anyhow::Result<Self> {
        Self::one("query", &[format!("--bus-url={}", bus.url("event-bus")?)], settings)
    }

    fn one(name: &'static str, more: &[String], settings: &Settings) -> anyhow::Result<Self> {
        let (folder, port) = (settings.folder()?, Port::take());
        let mut arguments = vec![data_dir(&folder), address(name, &port)];
        arguments.extend_from_slice(more);
        let process = Process::new(name, arguments, port.url(), folder.path());
        Ok(Self { process, services: vec![(name, port)], folder, _front: None })
    }

    /// Starts it; the answer is the time until every service in it was ready.
    ///
    /// # Errors
    /// If it ends instead, or is not ready in time.
    pub async fn up(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.process.start();
        for (name, port) in &self.services {
            while !is_ready(&port.address()).await {
                anyhow::ensure!(self.process.is_running(), "{} ended:\n{}", self.process.name(), self.process.log());
                anyhow::ensure!(began.elapsed() < PATIENCE, "{name} is not ready:\n{}", self.process.log());
                // why: the pause between two looks at a condition
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(began.elapsed())
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// If it does not end as it should.
    pub async fn down(&mut self) -> anyhow::Result<()> {
        let status = self.process.stop().await;
        anyhow::ensure!(status.success(), "{} ended with {status}:\n{}", self.process.name(), self.process.log());
        Ok(())
    }

    /// `127.0.0.1:<port>` of a service.
    ///
    /// # Errors
    /// If it is not here.
    pub fn address(&self, name: &str) -> anyhow::Result<String> {
        let found = self.services.iter().find(|(service, _)| *service == name);
        found.map(|(_, port)| port.address()).with_context(|| format!("there is no {name} here"))
    }

    /// The same as a URL.
    ///
    /// # Errors
    /// If it is not here.
    pub fn url(&self, name: &str) -> anyhow::Result<String> {
        Ok(format!("http://{}", self.address(name)?))
    }

    /// A call to a service that must be answered with a 2xx; for what is not counted.
    ///
    /// # Errors
    /// If it is not.
    pub async fn call(&self, name: &str, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let answer = Client::new(&self.url(name)?).try_call(method.clone(), path, body).await?;
        let shown: String = answer.text.chars().take(300).collect();
        anyhow::ensure!(answer.status.is_success(), "{method} {path} at {name}: {} {shown}", answer.status);
        Ok(answer)
    }

    /// GET, as [`Stage::call`].
    ///
    /// # Errors
    /// If it is not answered with a 2xx.
    pub async fn get(&self, name: &str, path: &str) -> anyhow::Result<Answer> {
        self.call(name, Method::GET, path, None).await
    }

    /// So many connections to a service.
    ///
    /// # Errors
    /// If it does not take them.
    pub async fn connect(&self, name: &str, count: usize) -> anyhow::Result<Vec<Connection>> {
        let address = self.address(name)?;
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Connection::open(&address).await?);
        }
        Ok(connections)
    }

    /// Measures from now on how busy the process is.
    pub fn meter(&self) -> Meter {
        Meter::begin(self.process.id().unwrap_or(0))
    }

    /// Processor time that the process has used so far, user and system.
    ///
    /// # Errors
    /// If it does not run, or this system does not tell.
    pub fn cpu_time(&self) -> anyhow::Result<Duration> {
        self.process.id().and_then(machine::cpu_time).context("the processor time of the process is not known")
    }

    /// Its resident memory in MiB: all of it, and what is no file's.
    pub fn memory(&self) -> Option<(f64, f64)> {
        machine::memory(self.process.id()?)
    }

    /// Bytes on disk in its data folder.
    pub fn bytes_on_disk(&self) -> u64 {
        let files = std::fs::read_dir(self.folder.path().join("data")).into_iter().flatten().flatten();
        files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
    }
}

fn address(name: &str, port: &Port) -> String {
    format!("--{}-addr={}", name.trim_start_matches("event-"), port.address())
}

fn data_dir(folder: &TempDir) -> String {
    format!("--data-dir={}", folder.path().join("data").display())
}

async fn is_ready(address: &str) -> bool {
    let Ok(mut connection) = Connection::open(address).await else { return false };
    connection.call(&get(address, "/readyz")).await.is_ok_and(|reply| reply.status == 200)
}
