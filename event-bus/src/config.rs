//! The bus's settings.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chassis::access::Secret;
use chassis::config::{HttpArgs, LockArgs, LogArgs, Settings, duration};
pub use contract::LogId;

/// How the bus runs, whoever starts it.
#[derive(Debug, Clone, Copy)]
pub struct BusSettings {
    /// How many bytes of the newest events stay in memory.
    pub tail_bytes: usize,
    /// How streams are kept alive.
    pub stream: StreamSettings,
    /// How events are pushed.
    pub push: PushSettings,
    /// How long a predecessor that is on its way out may still hold the folder.
    pub lock_timeout: Duration,
    /// The id that the log gives up for a new one, if it has it.
    pub new_log_id: Option<LogId>,
}

impl Default for BusSettings {
    fn default() -> Self {
        Self {
            tail_bytes: 8 << 20,
            stream: StreamSettings::default(),
            push: PushSettings::default(),
            new_log_id: None,
            lock_timeout: LockArgs::default().lock_timeout,
        }
    }
}

/// How streams are kept alive.
#[derive(Debug, Clone, Copy)]
pub struct StreamSettings {
    /// The time between two pings of a WebSocket.
    pub keep_alive: Duration,
    /// How long a client may take nothing; over a WebSocket also say nothing, or acknowledge nothing that it must before
    /// more is sent.
    pub patience: Duration,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self { keep_alive: Duration::from_secs(15), patience: Duration::from_mins(1) }
    }
}

/// How events are pushed, retried and parked.
#[derive(Debug, Clone, Copy)]
pub struct PushSettings {
    /// Time for one push with its answer.
    pub timeout: Duration,
    /// The first pause after a failed push; it doubles with every further one.
    pub backoff_base: Duration,
    /// The longest pause between two pushes.
    pub backoff_cap: Duration,
    /// The longest pause that a receiver can ask for with `Retry-After`.
    pub retry_after_cap: Duration,
    /// Failures at one event after which another subject's event is tried, to tell poison from outage.
    pub patience: u32,
    /// How many subjects parked in a row, without an ordinary success between them, undo themselves.
    pub parks_in_row: usize,
    /// The most subjects that one subscription parks; beyond, its delivery stops at the next.
    pub most_parked: usize,
    /// The first pause before a parked subject is tried again; it doubles with every failure.
    pub redeliver_base: Duration,
    /// The longest pause before a parked subject is tried again.
    pub redeliver_cap: Duration,
    /// How often a cursor that moved by plain successes is saved.
    pub save_every: Duration,
    /// A cursor that moved by this many is saved at once.
    pub save_events: u64,
    /// How long a push that is under way may still take when the bus stops.
    pub grace: Duration,
}

impl Default for PushSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            backoff_base: Duration::from_millis(100),
            backoff_cap: Duration::from_secs(30),
            retry_after_cap: Duration::from_mins(10),
            patience: 3,
            parks_in_row: 3,
            most_parked: 10_000,
            redeliver_base: Duration::from_secs(30),
            redeliver_cap: Duration::from_mins(10),
            save_every: Duration::from_millis(100),
            save_events: 1000,
            grace: Duration::from_secs(2),
        }
    }
}

/// What of [`PushSettings`] an operator can set.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Push")]
pub struct PushArgs {
    /// Time for one push with its answer
    #[arg(long, env = "FOLKMOOT_BUS_PUSH_TIMEOUT", default_value = "10s", value_parser = duration, value_name = "TIME")]
    pub bus_push_timeout: Duration,

    /// The longest pause between two pushes to a receiver that is down
    #[arg(long, env = "FOLKMOOT_BUS_PUSH_PAUSE", default_value = "30s", value_parser = duration, value_name = "TIME")]
    pub bus_push_pause: Duration,

    /// Failures at one event after which another subject's event is tried, to tell poison from outage
    #[arg(long, env = "FOLKMOOT_BUS_PUSH_PATIENCE", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..), value_name = "COUNT")]
    pub bus_push_patience: u32,

    /// The first pause before a parked subject is tried again; it doubles with every failure
    #[arg(long, env = "FOLKMOOT_BUS_REDELIVER_AFTER", default_value = "30s", value_parser = duration, value_name = "TIME")]
    pub bus_redeliver_after: Duration,

    /// The longest pause before a parked subject is tried again
    #[arg(long, env = "FOLKMOOT_BUS_REDELIVER_PAUSE", default_value = "10m", value_parser = duration, value_name = "TIME")]
    pub bus_redeliver_pause: Duration,
}

impl PushArgs {
    /// These settings, and the defaults for the others.
    pub fn settings(&self) -> PushSettings {
        PushSettings {
            timeout: self.bus_push_timeout,
            backoff_cap: self.bus_push_pause,
            patience: self.bus_push_patience,
            redeliver_base: self.bus_redeliver_after,
            redeliver_cap: self.bus_redeliver_pause,
            ..PushSettings::default()
        }
    }
}

/// Settings of the bus in a process of its own.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "event-bus", version, about = "Durable events over plain HTTP: pushed, streamed and replayed")]
pub struct Config {
    /// Where the bus listens
    #[arg(long, env = "FOLKMOOT_BUS_ADDR", default_value = "127.0.0.1:4005", value_name = "ADDRESS")]
    pub bus_addr: SocketAddr,

    /// The folder of the database file
    #[arg(long, env = "FOLKMOOT_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// The lock on the data folder
    #[command(flatten)]
    pub lock: LockArgs,

    /// The token that callers must send; if not given, one is made and kept in the data folder as `bus.token`. Without a token
    /// calls pass only while the bus listens on loopback
    #[arg(long, env = "FOLKMOOT_BUS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub bus_token: Option<Secret>,

    /// How many bytes of the newest events stay in memory
    #[arg(long, env = "FOLKMOOT_BUS_TAIL_BYTES", default_value_t = BusSettings::default().tail_bytes, value_name = "BYTES")]
    pub bus_tail_bytes: usize,

    /// Gives the log another id if this is its id: for an older copy of it beside newer services, which then publish again what
    /// it lacks. For one start; at later ones it does nothing
    #[arg(long, env = "FOLKMOOT_NEW_LOG_ID", value_name = "ID")]
    pub new_log_id: Option<LogId>,

    /// Push
    #[command(flatten)]
    pub push: PushArgs,

    /// HTTP
    #[command(flatten)]
    pub http: HttpArgs,

    /// Logs
    #[command(flatten)]
    pub logs: LogArgs,
}

impl Config {
    /// What of it [`crate::EventBus::start`] needs.
    pub fn bus(&self) -> BusSettings {
        BusSettings {
            tail_bytes: self.bus_tail_bytes,
            push: self.push.settings(),
            lock_timeout: self.lock.lock_timeout,
            new_log_id: self.new_log_id,
            ..BusSettings::default()
        }
    }
}

impl Settings for Config {
    fn logs(&self) -> &LogArgs {
        &self.logs
    }
}
