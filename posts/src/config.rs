//! The settings of posts: a flag, else an environment variable, else the default.

use std::net::{Ipv4Addr, SocketAddr};

use chassis::config::{LogArgs, ServiceArgs, Settings, push_url};

/// Folkmoot's posts: keeps what people post, and tells the bus.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "posts", version)]
pub struct Config {
    /// The address to listen on
    #[arg(long = "posts-addr", env = "FOLKMOOT_POSTS_ADDR", default_value = "127.0.0.1:4000", value_name = "ADDRESS")]
    pub addr: SocketAddr,

    /// Where the bus reaches this service [default: http:// and the address it listens on]
    #[arg(long = "posts-url", env = "FOLKMOOT_POSTS_URL", value_name = "URL")]
    pub url: Option<String>,

    /// What it keeps, whom it speaks to, how it is served.
    #[command(flatten)]
    pub service: ServiceArgs,
}

impl Default for Config {
    fn default() -> Self {
        Self { addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 4000)), url: None, service: ServiceArgs::default() }
    }
}

impl Config {
    /// The URL that the bus pushes to.
    pub fn push_url(&self) -> String {
        push_url(self.url.as_deref(), self.addr)
    }
}

impl Settings for Config {
    fn logs(&self) -> &LogArgs {
        &self.service.logs
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use clap::Parser;

    use super::*;

    #[test]
    fn what_is_not_set_is_as_the_default_says() {
        let parsed = Config::try_parse_from(["posts"]).unwrap();
        let default = Config::default();
        assert_eq!(parsed.addr, default.addr);
        assert_eq!(format!("{:?}", parsed.service), format!("{:?}", default.service));
    }

    #[test]
    fn the_bus_pushes_to_the_address_unless_told_another() {
        assert_eq!(Config::default().push_url(), "http://127.0.0.1:4000/events");
        let elsewhere = Config::try_parse_from(["posts", "--posts-url", "http://posts:4000/"]).unwrap();
        assert_eq!(elsewhere.push_url(), "http://posts:4000/events");
    }
}
