//! Logs and metrics of the process: installed once, at the start.
//!
//! Logs go to stderr: for people on a terminal, one JSON object a line elsewhere. A panic is a line in the log like
//! any failure, with the trace that it happened in. Metrics are kept by one recorder for the whole process, so in the
//! single process every service shows all of them, told apart by their `service` label.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogArgs, LogFormat};
use crate::serve::Lifetime;
use crate::trace;

/// Upper bounds of the buckets for durations, in seconds.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Starts logging.
///
/// # Errors
/// If the filter cannot be read, in words for whoever wrote it.
pub fn init(args: &LogArgs) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&args.log).map_err(|error| {
        LogError(format!(
            "the log filter `{}` cannot be read ({error}): set --log / FOLKMOOT_LOG to a level such as info, or to \
         directives such as info,chassis=debug",
            args.log
        ))
    })?;
    let human = match args.log_format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = if human {
        logs.with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        logs.json().flatten_event(true).try_init()
    };
    installed.map_err(|error| LogError(format!("logging cannot start: {error}")))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload_as_str().unwrap_or("");
        let trace_id = trace::current().map(|context| context.id()).unwrap_or_default();
        metrics::counter!("panics_total").increment(1);
        tracing::error!(place, said, trace_id, "a panic: this is a bug");
    }));
    Ok(())
}

/// Why logging did not start.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct LogError(String);

/// The process's metrics. The first call installs the recorder; meters made earlier would count nothing.
pub fn prometheus() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let durations = Matcher::Suffix("_seconds".to_owned());
        let builder = match PrometheusBuilder::new().set_buckets_for_metric(durations, &SECONDS) {
            Ok(builder) => builder,
            // Only an empty list of buckets is refused.
            Err(_) => PrometheusBuilder::new(),
        };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed; /metrics will be empty");
        }
        handle
    })
}

/// Moves what histograms have gathered into their buckets now and then, or it would pile up between two scrapes.
pub fn upkeep(lifetime: &Lifetime) {
    let stop = lifetime.stop.clone();
    lifetime.spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(5));
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            prometheus().run_upkeep();
        }
    });
}
