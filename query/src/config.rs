//! The settings of query: a flag, else an environment variable, else the default.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use chassis::access::Secret;
use chassis::config::{HttpArgs, LockArgs, LogArgs, Settings, duration};

/// Folkmoot's query: folds the bus's log into what is read.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "query", version)]
pub struct Config {
    /// The address to listen on
    #[arg(long = "query-addr", env = "FOLKMOOT_QUERY_ADDR", default_value = "127.0.0.1:4002", value_name = "ADDRESS")]
    pub addr: SocketAddr,

    /// The folder of the snapshot
    #[arg(long, env = "FOLKMOOT_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// The lock on the data folder.
    #[command(flatten)]
    pub lock: LockArgs,

    /// Where the bus is
    #[arg(long, env = "FOLKMOOT_BUS_URL", default_value = "http://127.0.0.1:4005", value_name = "URL")]
    pub bus_url: String,

    /// The token that the bus asks for
    #[arg(long, env = "FOLKMOOT_BUS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub bus_token: Option<Secret>,

    /// A snapshot is written after so many events (but not more often than every five seconds)
    #[arg(long, env = "FOLKMOOT_SNAPSHOT_EVENTS", default_value_t = 500_000, value_name = "COUNT")]
    pub snapshot_events: u64,

    /// A snapshot is written after so long, if there was any event
    #[arg(long, env = "FOLKMOOT_SNAPSHOT_EVERY", default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub snapshot_every: Duration,

    /// After so long without the bus answers say that they are stale, and a snapshot is good enough to start with
    #[arg(long, env = "FOLKMOOT_STALE_AFTER", default_value = "3s", value_parser = duration, value_name = "TIME")]
    pub stale_after: Duration,

    /// Live listeners at once; more are answered 503
    #[arg(long, env = "FOLKMOOT_LIVE_LISTENERS", default_value_t = 8_000, value_name = "COUNT")]
    pub live_listeners: usize,

    /// How HTTP is served.
    #[command(flatten)]
    pub http: HttpArgs,

    /// What is logged.
    #[command(flatten)]
    pub logs: LogArgs,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 4002)),
            data_dir: "./data".into(),
            lock: LockArgs::default(),
            bus_url: "http://127.0.0.1:4005".to_owned(),
            bus_token: None,
            snapshot_events: 500_000,
            snapshot_every: Duration::from_mins(1),
            stale_after: Duration::from_secs(3),
            live_listeners: 8_000,
            http: HttpArgs::default(),
            logs: LogArgs::default(),
        }
    }
}

impl Settings for Config {
    fn logs(&self) -> &LogArgs {
        &self.logs
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use clap::Parser;

    use super::*;

    #[test]
    fn what_is_not_set_is_as_the_default_says() {
        let parsed = Config::try_parse_from(["query"]).unwrap();
        let default = Config::default();
        assert_eq!(parsed.addr, default.addr);
        assert_eq!(parsed.data_dir, default.data_dir);
        assert_eq!(parsed.bus_url, default.bus_url);
        assert_eq!(parsed.snapshot_events, default.snapshot_events);
        assert_eq!(parsed.snapshot_every, default.snapshot_every);
        assert_eq!(parsed.stale_after, default.stale_after);
        assert_eq!(parsed.live_listeners, default.live_listeners);
    }
}
