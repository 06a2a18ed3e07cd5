//! The settings that several programs have alike, as groups that each of them takes whole: what a service keeps and whom
//! it speaks to, how HTTP is served, what is logged.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::{Network, Origin, all_loopback, duration};
use crate::access::Secret;
use crate::store::{CHECK_RATE, StoreSettings};

/// What every service has that keeps a database and takes part in what is said over the bus.
#[derive(Clone, Debug, clap::Args)]
pub struct ServiceArgs {
    /// The folder of the database files
    #[arg(long, env = "FOLKMOOT_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// Where the bus is
    #[arg(long, env = "FOLKMOOT_BUS_URL", default_value = "http://127.0.0.1:4005", value_name = "URL")]
    pub bus_url: String,

    /// The token that the bus asks for
    #[arg(long, env = "FOLKMOOT_BUS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub bus_token: Option<Secret>,

    /// Bytes of events that may wait for the bus; beyond, writes are answered 503
    #[arg(long, env = "FOLKMOOT_OUTBOX_LIMIT", default_value_t = 1 << 30, value_name = "BYTES")]
    pub outbox_limit: u64,

    /// The lock on the data folder.
    #[command(flatten)]
    pub lock: LockArgs,

    /// How databases are opened and checked.
    #[command(flatten)]
    pub store: StoreArgs,

    /// How HTTP is served.
    #[command(flatten)]
    pub http: HttpArgs,

    /// What is logged.
    #[command(flatten)]
    pub logs: LogArgs,
}

impl Default for ServiceArgs {
    fn default() -> Self {
        Self {
            data_dir: "./data".into(),
            bus_url: "http://127.0.0.1:4005".to_owned(),
            bus_token: None,
            outbox_limit: 1 << 30,
            lock: LockArgs::default(),
            store: StoreArgs::default(),
            http: HttpArgs::default(),
            logs: LogArgs::default(),
        }
    }
}

/// How a data folder is shared with a predecessor that has not ended yet.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct LockArgs {
    /// Time that the start waits for another process to let go of the data folder
    #[arg(long, env = "FOLKMOOT_LOCK_TIMEOUT", default_value = "30s", value_parser = duration, value_name = "TIME")]
    pub lock_timeout: Duration,
}

impl Default for LockArgs {
    fn default() -> Self {
        Self { lock_timeout: Duration::from_secs(30) }
    }
}

/// How databases are opened and checked.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreArgs {
    /// Databases that lack what was acknowledged and are gone on with all the same, once: `NAME:POSITION` as the error
    /// says it, comma-separated
    #[arg(
        long,
        env = "FOLKMOOT_ACCEPT_OLDER_DATABASE",
        default_value = "",
        hide_default_value = true,
        value_name = "NAME:POSITION"
    )]
    pub accept_older_database: String,

    /// Bytes of each database file that are checked for damage in a second, beside everything else and at most once an
    /// hour from end to end; 0 checks at the start only
    #[arg(long, env = "FOLKMOOT_CHECK_RATE", default_value_t = CHECK_RATE, value_name = "BYTES")]
    pub check_rate: u64,
}

impl Default for StoreArgs {
    fn default() -> Self {
        Self { accept_older_database: String::new(), check_rate: CHECK_RATE }
    }
}

impl StoreArgs {
    /// These settings, and the defaults for the others.
    pub fn settings(&self) -> StoreSettings {
        StoreSettings {
            accept_older: self.accept_older_database.clone(),
            check_rate: self.check_rate,
            ..StoreSettings::default()
        }
    }
}

impl Origin {
    /// Reads any number of them, comma-separated; an empty text is none.
    ///
    /// # Errors
    /// A sentence that names the first that is none, and shows how one is written.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        list(text)
    }
}

impl Network {
    /// Reads any number of them, comma-separated; an empty text is none.
    ///
    /// # Errors
    /// A sentence that names the first that is none, and shows how one is written.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        list(text)
    }
}

/// A setting that is there but empty (`NAME=`, usual in compose files) says the same as one that is not there.
fn list<T: FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    if text.trim().is_empty() { Ok(Vec::new()) } else { text.split(',').map(str::parse).collect() }
}

/// Writes per minute from one address, where nothing is set and others than this machine call.
const WRITES_PER_MINUTE: u32 = 60;

/// To clap a list under this name is one value, and so it may be empty; a `Vec` is values of which each is something.
type List<T> = Vec<T>;

/// How HTTP is served.
#[derive(Clone, Debug, clap::Args)]
pub struct HttpArgs {
    /// Origins whose pages may call from a browser, comma-separated (CORS), such as `https://moot.example`
    #[arg(
        long,
        help_heading = "HTTP",
        env = "FOLKMOOT_ALLOWED_ORIGINS",
        value_parser = Origin::list,
        default_value = "",
        hide_default_value = true,
        value_name = "ORIGIN"
    )]
    pub allowed_origins: List<Origin>,

    /// Networks whose X-Forwarded-For is believed, comma-separated, such as `10.0.0.0/8`
    #[arg(
        long,
        help_heading = "HTTP",
        env = "FOLKMOOT_TRUSTED_PROXIES",
        value_parser = Network::list,
        default_value = "",
        hide_default_value = true,
        value_name = "NETWORK"
    )]
    pub trusted_proxies: List<Network>,

    /// Connections that a listener holds at once, a quarter of them from one address at most; more are answered 503. What the
    /// limit of open files allows lowers it
    #[arg(
        long,
        help_heading = "HTTP",
        env = "FOLKMOOT_MAX_CONNECTIONS",
        default_value_t = 10_000,
        value_name = "COUNT"
    )]
    pub max_connections: usize,

    /// Time for a request's header to arrive
    #[arg(long, help_heading = "HTTP", env = "FOLKMOOT_HEADER_TIMEOUT", default_value = "10s", value_parser = duration, value_name = "TIME")]
    pub header_timeout: Duration,

    /// Time that a connection may stay without a request. Longer than a load balancer keeps its own, which is 60 s mostly
    #[arg(long, help_heading = "HTTP", env = "FOLKMOOT_KEEP_ALIVE", default_value = "75s", value_parser = duration, value_name = "TIME")]
    pub keep_alive: Duration,

    /// Time without progress after which an answer that is not read ends its connection
    #[arg(long, help_heading = "HTTP", env = "FOLKMOOT_STALL_TIMEOUT", default_value = "20s", value_parser = duration, value_name = "TIME")]
    pub stall_timeout: Duration,

    /// Time for open requests to finish after SIGTERM
    #[arg(long, help_heading = "HTTP", env = "FOLKMOOT_DRAIN", default_value = "10s", value_parser = duration, value_name = "TIME")]
    pub drain: Duration,

    /// Writes per minute from one address (IPv6: one /64), reports among them, and ten times as many previews; 0 is no limit
    /// [default: 60, or no limit where every listener is on loopback and no proxy is trusted]
    #[arg(long, help_heading = "HTTP", env = "FOLKMOOT_WRITES_PER_MINUTE", value_name = "COUNT")]
    pub writes_per_minute: Option<u32>,
}

impl HttpArgs {
    /// Writes per minute from one address, where callers come to these listeners; 0 is no limit. Where nothing is set
    /// there is one as soon as callers come from other machines.
    pub fn writes<'a>(&self, listeners: impl IntoIterator<Item = &'a SocketAddr>) -> u32 {
        let local = self.trusted_proxies.is_empty() && all_loopback(listeners);
        self.writes_per_minute.unwrap_or(if local { 0 } else { WRITES_PER_MINUTE })
    }
}

impl Default for HttpArgs {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            max_connections: 10_000,
            header_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(20),
            drain: Duration::from_secs(10),
            writes_per_minute: None,
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct LogArgs {
    /// What is logged: a level, or directives such as `info,chassis=debug`
    #[arg(long, help_heading = "Logs", env = "FOLKMOOT_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,

    /// How it is written
    #[arg(long, help_heading = "Logs", env = "FOLKMOOT_LOG_FORMAT", default_value = "auto", value_name = "FORMAT")]
    pub log_format: LogFormat,
}

impl Default for LogArgs {
    fn default() -> Self {
        Self { log: "info".to_owned(), log_format: LogFormat::Auto }
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere
    Auto,
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;

    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        http: HttpArgs,
    }

    /// From these arguments alone, whatever the environment of the tests has.
    fn parsed(arguments: &[&str]) -> Result<HttpArgs, clap::Error> {
        let command = Program::command().mut_args(|argument| argument.env(None::<&str>));
        let matches = command.try_get_matches_from([&["program"], arguments].concat())?;
        Program::from_arg_matches(&matches).map(|program| program.http)
    }

    #[test]
    fn writes_are_limited_as_soon_as_others_than_this_machine_call() {
        let (local, everywhere) = ("127.0.0.1:8080".parse().unwrap(), "0.0.0.0:8080".parse().unwrap());
        let http = parsed(&[]).unwrap();
        assert_eq!(http.writes([&local]), 0);
        assert_eq!(http.writes([&local, &everywhere]), 60);
        assert_eq!(parsed(&["--trusted-proxies", "127.0.0.1"]).unwrap().writes([&local]), 60);
        for (set, expected) in [("0", 0), ("7", 7)] {
            let http = parsed(&["--writes-per-minute", set]).unwrap();
            assert_eq!((http.writes([&local]), http.writes([&everywhere])), (expected, expected));
        }
    }

    #[test]
    fn a_list_has_any_number_of_things_in_it() {
        let http = parsed(&["--allowed-origins", "https://a.example, http://localhost:3000"]).unwrap();
        let origins: Vec<_> = http.allowed_origins.iter().map(Origin::as_str).collect();
        assert_eq!(origins, ["https://a.example", "http://localhost:3000"]);
        assert_eq!(parsed(&["--trusted-proxies", "10.0.0.0/8,::1"]).unwrap().trusted_proxies.len(), 2);
        for flag in ["--allowed-origins", "--trusted-proxies"] {
            for nothing in ["", " "] {
                let http = parsed(&[flag, nothing]).unwrap();
                assert!(http.allowed_origins.is_empty() && http.trusted_proxies.is_empty(), "{flag} {nothing:?}");
            }
            for bad in [",", "https://a.example,", "*"] {
                assert!(parsed(&[flag, bad]).is_err(), "{flag} {bad}");
            }
        }
    }
}
