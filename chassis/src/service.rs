//! A service as it is run: its routes with those that every service has, and the way from `main` to exit.
//!
//! ```text
//! fn main() -> ExitCode {
//!     chassis::service::main_with(posts::run)
//! }
//! ```

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use warp::Filter;

use crate::bus::BusError;
use crate::config::{self, HttpArgs, Settings};
use crate::labels::Labels;
use crate::ops::{self, Readiness};
use crate::route::{Routes, finish};
use crate::serve::{Drained, Lifetime, Server};
use crate::store::{self, StoreError};
use crate::telemetry;

/// What ends a process early; its text is shown to whoever started it.
pub type RunError = Box<dyn Error + Send + Sync>;

/// Why a service that keeps a database and speaks over the bus cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No HTTP client can be made.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Time for tasks to end after everything is drained. Past it the process ends anyway.
const LAST_TASKS: Duration = Duration::from_secs(5);
/// Time for databases to be closed.
const LAST_WRITES: Duration = Duration::from_secs(3);
/// The exit code of a run that failed, and of settings that cannot be read.
const FAILED: u8 = 1;
const MISUSED: u8 = 2;

/// One service, ready to be served on its own port or composed into the front door.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name: in metrics, logs and the front door's paths.
    pub name: &'static str,
    /// Its resources, and nothing of what every service has.
    pub routes: Routes,
    /// What it waits for.
    pub ready: Readiness,
    /// Its OpenAPI document as JSON.
    pub openapi: String,
    /// When it ends.
    pub lifetime: Lifetime,
}

impl Service {
    /// Everything on its own port: resources, operations, documentation, and 404 for the rest. CORS is the server's.
    pub fn filter(&self) -> Routes {
        let all = self.routes.clone().or(ops::routes(&self.ready, &self.lifetime)).unify();
        finish(all.or(self.docs()).unify().boxed())
    }

    /// `openapi.json` and `docs`, to be mounted under a prefix.
    pub fn docs(&self) -> Routes {
        ops::docs(&self.openapi)
    }

    /// Serves it until its lifetime ends.
    pub async fn serve(&self, listener: TcpListener, http: &HttpArgs) -> Drained {
        let labels = Labels::default().and_document("", &self.openapi);
        let server = Server { labels, ..Server::with_args(self.name, http) };
        server.run(listener, self.filter(), &self.lifetime).await
    }
}

/// A service's whole `main`: reads the settings, starts logging and the runtime, runs until the run ends or a signal
/// comes, and drains. SIGTERM or SIGINT cancels `lifetime.stop`, a second one ends the process at once. Exit code 0
/// after an ordered end, 1 after a failure, 2 for settings that cannot be read.
pub fn main_with<S, R, F>(run: R) -> ExitCode
where
    S: Settings,
    R: FnOnce(S, Lifetime) -> F,
    F: Future<Output = Result<(), RunError>>,
{
    let settings = match config::read::<S>() {
        Ok(settings) => settings,
        Err(error) => {
            // Nothing is left to tell it to if stderr is gone.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { MISUSED } else { 0 });
        }
    };
    if let Err(error) = telemetry::init(settings.logs()) {
        complain(&error);
        return ExitCode::from(MISUSED);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error);
            return ExitCode::from(FAILED);
        }
    };
    let code = runtime.block_on(until_the_end(settings, run));
    // What blocks a thread now had its time.
    runtime.shutdown_timeout(Duration::from_secs(1));
    if !store::closed_within(LAST_WRITES) {
        tracing::warn!("a database was not closed in time; its write-ahead log is read at the next start");
    }
    code
}

async fn until_the_end<S, R, F>(settings: S, run: R) -> ExitCode
where
    R: FnOnce(S, Lifetime) -> F,
    F: Future<Output = Result<(), RunError>>,
{
    let lifetime = Lifetime::new();
    telemetry::prometheus();
    telemetry::upkeep(&lifetime);
    let signals = tokio::spawn(watch_signals(lifetime.clone()));
    let outcome = run(settings, lifetime.clone()).await;
    if !lifetime.end(LAST_TASKS).await {
        tracing::warn!(left = lifetime.tasks.len(), "some tasks did not end in time");
    }
    signals.abort();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::from(FAILED)
        }
    }
}

/// The first signal asks, the second one insists.
#[expect(clippy::disallowed_methods, reason = "whoever insists wants it ended, not drained")]
async fn watch_signals(lifetime: Lifetime) {
    let name = signal().await;
    tracing::info!(signal = name, "stopping; a second signal ends it at once");
    lifetime.stop.cancel();
    let name = signal().await;
    tracing::warn!(signal = name, "ended at once");
    std::process::exit(130);
}

#[cfg(unix)]
async fn signal() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard; only a kill will end this process");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

#[cfg(not(unix))]
async fn signal() -> &'static str {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    "Ctrl-C"
}

/// A sentence on stderr for the person who started it, whatever the log's format is.
fn complain(error: &dyn Error) {
    let mut text = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    // Nothing is left to tell it to if stderr is gone.
    drop(writeln!(std::io::stderr(), "{text}"));
}
