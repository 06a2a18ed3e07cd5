//! The settings of comments: a flag, else an environment variable, else the default.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chassis::access::Secret;
use chassis::config::{HttpArgs, LogArgs, Settings};

/// Folkmoot's comments: keeps what people answer to posts and to each other, and tells the bus.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "comments", version)]
pub struct Config {
    /// The address to listen on
    #[arg(
        long = "comments-addr",
        env = "FOLKMOOT_COMMENTS_ADDR",
        default_value = "127.0.0.1:4001",
        value_name = "ADDRESS"
    )]
    pub addr: SocketAddr,

    /// Where the bus reaches this service [default: http:// and the address it listens on]
    #[arg(long = "comments-url", env = "FOLKMOOT_COMMENTS_URL", value_name = "URL")]
    pub url: Option<String>,

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
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 4001)),
            url: None,
            data_dir: "./data".into(),
            bus_url: "http://127.0.0.1:4005".to_owned(),
            bus_token: None,
            outbox_limit: 1 << 30,
            http: HttpArgs::default(),
            logs: LogArgs::default(),
        }
    }
}

impl Config {
    /// The URL that the bus pushes to.
    pub fn push_url(&self) -> String {
        let base = self.url.clone().unwrap_or_else(|| format!("http://{}", self.addr));
        format!("{}/events", base.trim_end_matches('/'))
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
        let parsed = Config::try_parse_from(["comments"]).unwrap();
        let default = Config::default();
        assert_eq!(parsed.addr, default.addr);
        assert_eq!(parsed.data_dir, default.data_dir);
        assert_eq!(parsed.bus_url, default.bus_url);
        assert_eq!(parsed.outbox_limit, default.outbox_limit);
    }

    #[test]
    fn the_bus_pushes_to_the_address_unless_told_another() {
        assert_eq!(Config::default().push_url(), "http://127.0.0.1:4001/events");
        let elsewhere = Config::try_parse_from(["comments", "--comments-url", "http://comments:4001/"]).unwrap();
        assert_eq!(elsewhere.push_url(), "http://comments:4001/events");
    }
}
