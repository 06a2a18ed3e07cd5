//! The settings of the single process: every address, the data folder, and what is common to all services.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chassis::access::Secret;
use chassis::config::{HttpArgs, LockArgs, LogArgs, Origin, ServiceArgs, Settings, duration, reachable};
use chassis::descriptors;
use clap::builder::FalseyValueParser;

/// To clap a list under this name is one value, and so it may be empty; a `Vec` is values of which each is something.
type List<T> = Vec<T>;

/// Folkmoot: a discussion board in one process. Every service listens on its own port too.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "folkmoot", version)]
pub struct Config {
    /// The front door: the address for browsers
    #[arg(long, env = "FOLKMOOT_ADDR", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub addr: SocketAddr,

    /// Where posts listens
    #[arg(long, env = "FOLKMOOT_POSTS_ADDR", default_value = "127.0.0.1:4000", value_name = "ADDRESS")]
    pub posts_addr: SocketAddr,

    /// Where comments listens
    #[arg(long, env = "FOLKMOOT_COMMENTS_ADDR", default_value = "127.0.0.1:4001", value_name = "ADDRESS")]
    pub comments_addr: SocketAddr,

    /// Where query listens
    #[arg(long, env = "FOLKMOOT_QUERY_ADDR", default_value = "127.0.0.1:4002", value_name = "ADDRESS")]
    pub query_addr: SocketAddr,

    /// Where moderation listens
    #[arg(long, env = "FOLKMOOT_MODERATION_ADDR", default_value = "127.0.0.1:4003", value_name = "ADDRESS")]
    pub moderation_addr: SocketAddr,

    /// Where the event bus listens
    #[arg(long, env = "FOLKMOOT_BUS_ADDR", default_value = "127.0.0.1:4005", value_name = "ADDRESS")]
    pub bus_addr: SocketAddr,

    /// The folder of the database files, snapshots and the token; it is made if it is missing
    #[arg(long, env = "FOLKMOOT_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// The lock on the data folder.
    #[command(flatten)]
    pub lock: LockArgs,

    /// The token that guards the bus and moderation [default: made once, kept in the data folder as bus.token]
    #[arg(long, env = "FOLKMOOT_BUS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub bus_token: Option<Secret>,

    /// The file of moderation rules, in TOML [default: built-in rules]
    #[arg(long, env = "FOLKMOOT_RULES", value_name = "FILE")]
    pub rules: Option<PathBuf>,

    /// Bytes of events that each service may keep while the bus does not take them; beyond, writes are answered 503
    #[arg(long, env = "FOLKMOOT_OUTBOX_LIMIT", default_value_t = 1 << 30, value_name = "BYTES")]
    pub outbox_limit: u64,

    /// Time between two snapshots of the read model
    #[arg(long, env = "FOLKMOOT_SNAPSHOT_EVERY", default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub snapshot_every: Duration,

    /// Origins that the browser client may connect to besides its own, comma-separated, such as `http://localhost:4002`
    #[arg(
        long,
        env = "FOLKMOOT_CONNECT_ORIGINS",
        value_parser = Origin::list,
        default_value = "",
        hide_default_value = true,
        value_name = "ORIGIN"
    )]
    pub connect_origins: List<Origin>,

    /// Gives the bus's log another id if this is its id: for an older copy of it beside newer services, which then publish again
    /// what it lacks. For one start; at later ones it does nothing
    #[arg(long, env = "FOLKMOOT_NEW_LOG_ID", value_name = "ID")]
    pub new_log_id: Option<event_bus::config::LogId>,

    /// Fills the board with sample posts and comments at the first start, through the public API
    #[arg(long, env = "FOLKMOOT_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,

    /// Lets anyone who reaches the front door use the bus and moderation without the token. For development on one's own
    /// machine: with a proxy before it, it opens them to the internet. Refused unless every listener is on loopback
    #[arg(long, env = "FOLKMOOT_OPEN_FRONT", value_parser = FalseyValueParser::new())]
    pub open_front: bool,

    /// How HTTP is served.
    #[command(flatten)]
    pub http: HttpArgs,

    /// What is logged.
    #[command(flatten)]
    pub logs: LogArgs,
}

impl Config {
    /// Every address that is listened on.
    pub fn addresses(&self) -> [SocketAddr; 6] {
        [self.addr, self.posts_addr, self.comments_addr, self.query_addr, self.moderation_addr, self.bus_addr]
    }

    /// How HTTP is served at the front door: it may take half of what the process may have open.
    pub(crate) fn front_http(&self) -> HttpArgs {
        self.http_with(descriptors::share(1, 2))
    }

    /// How HTTP is served at each of the five services, which have a quarter together. The rest is for files, and for the
    /// calls that services make.
    pub(crate) fn services_http(&self) -> HttpArgs {
        self.http_with(descriptors::share(1, 20))
    }

    /// What is allowed to callers depends on all listeners: the services are reached through the front door too.
    fn http_with(&self, connections: usize) -> HttpArgs {
        HttpArgs {
            max_connections: self.http.max_connections.min(connections),
            writes_per_minute: Some(self.http.writes(&self.addresses())),
            ..self.http.clone()
        }
    }

    /// Where the services of this process reach its bus.
    fn bus_url(&self) -> String {
        format!("http://{}", reachable(self.bus_addr))
    }

    /// What the services that keep a database have alike.
    fn service(&self, token: &Secret) -> ServiceArgs {
        ServiceArgs {
            data_dir: self.data_dir.clone(),
            bus_url: self.bus_url(),
            bus_token: Some(token.clone()),
            outbox_limit: self.outbox_limit,
            lock: self.lock,
            http: self.services_http(),
            logs: self.logs.clone(),
        }
    }

    pub(crate) fn posts(&self, token: &Secret) -> posts::config::Config {
        posts::config::Config { addr: self.posts_addr, url: None, service: self.service(token) }
    }

    pub(crate) fn comments(&self, token: &Secret) -> comments::config::Config {
        comments::config::Config { addr: self.comments_addr, url: None, service: self.service(token) }
    }

    pub(crate) fn query(&self, token: &Secret) -> query::config::Config {
        query::config::Config {
            addr: self.query_addr,
            data_dir: self.data_dir.clone(),
            lock: self.lock,
            bus_url: self.bus_url(),
            bus_token: Some(token.clone()),
            snapshot_every: self.snapshot_every,
            http: self.services_http(),
            logs: self.logs.clone(),
            ..query::config::Config::default()
        }
    }

    /// `open`: whether moderation may be called without the token, which every listener together decides.
    pub(crate) fn moderation(&self, token: &Secret, open: bool) -> moderation::config::Config {
        moderation::config::Config {
            addr: self.moderation_addr,
            service: self.service(token),
            token: Some(token.clone()),
            open,
            rules: self.rules.clone(),
            ..moderation::config::Config::default()
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
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;

    /// From these arguments alone, whatever the environment of the tests has.
    fn parsed(arguments: &[&str]) -> Result<Config, clap::Error> {
        let command = Config::command().mut_args(|argument| argument.env(None::<&str>));
        Config::from_arg_matches(&command.try_get_matches_from([&["folkmoot"], arguments].concat())?)
    }

    #[test]
    fn the_client_connects_to_origins_and_nothing_else() {
        let config = parsed(&["--connect-origins", "http://localhost:4002,https://api.moot.example"]).unwrap();
        let origins: Vec<_> = config.connect_origins.iter().map(Origin::as_str).collect();
        assert_eq!(origins, ["http://localhost:4002", "https://api.moot.example"]);
        for nothing in [&[][..], &["--connect-origins", ""]] {
            assert!(parsed(nothing).unwrap().connect_origins.is_empty());
        }
        for bad in ["*", "https://a.example/path", "'unsafe-inline'", "https://a.example; script-src *", "data:"] {
            assert!(parsed(&["--connect-origins", bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_front_door_is_open_only_when_asked_for() {
        assert!(!parsed(&[]).unwrap().open_front);
        assert!(parsed(&["--open-front"]).unwrap().open_front);
    }

    #[test]
    fn writes_are_limited_where_the_front_door_is_reached_from_elsewhere() {
        let writes = |arguments: &[&str]| parsed(arguments).unwrap().services_http().writes_per_minute;
        assert_eq!(writes(&[]), Some(0));
        assert_eq!(writes(&["--addr", "0.0.0.0:8080"]), Some(60));
        assert_eq!(writes(&["--trusted-proxies", "127.0.0.1"]), Some(60));
        assert_eq!(writes(&["--addr", "0.0.0.0:8080", "--writes-per-minute", "0"]), Some(0));
    }

    #[test]
    fn sample_posts_come_only_when_asked_for() {
        assert!(!parsed(&[]).unwrap().demo);
        assert!(parsed(&["--demo"]).unwrap().demo);
    }
}
