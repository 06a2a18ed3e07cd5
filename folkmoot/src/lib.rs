//! Folkmoot in one process: every service on its own port, and the front door that a browser talks to.
//!
//! Nothing is different from running them apart. They share no state, each has its own database file, and they speak
//! to each other through the bus over HTTP on loopback. What this crate owns is the order of starting, the one token,
//! the rule for loopback over all listeners, [`front`], which decides whose a request is, and the pages: the browser
//! [`client`], built into this binary, or a plain one without it.

pub mod client;
pub mod config;
mod demo;
pub mod front;
mod page;

use std::time::{Duration, Instant};

use chassis::access::{Access, Secret};
use chassis::config::all_loopback;
use chassis::ops::Readiness;
use chassis::serve::{self, Lifetime, Server};
use chassis::service::{RunError, Service};
use chassis::starting::Answering;
use chassis::store::private_folder;
use event_bus::EventBus;
use event_bus::config::BusSettings;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::config::Config;
use crate::front::Services;

/// After this long without being ready, the start says what it still waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the token file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read or write {path}: {source}")]
pub struct TokenError {
    path: String,
    source: std::io::Error,
}

/// An open front door that more than this machine reaches.
#[derive(Debug, thiserror::Error)]
#[error(
    "--open-front / FOLKMOOT_OPEN_FRONT opens the bus and moderation to everyone who reaches the board, and not every listener \
     is on loopback: leave it out, or set every address to a loopback one"
)]
pub struct OpenFrontError;

/// The listeners, bound before anything is started, so that a taken port is told before a database is touched.
struct Listeners {
    bus: TcpListener,
    posts: TcpListener,
    comments: TcpListener,
    query: TcpListener,
    moderation: TcpListener,
    front: TcpListener,
}

impl Listeners {
    async fn bind(config: &Config) -> Result<Self, RunError> {
        Ok(Self {
            bus: serve::bind(config.bus_addr, "--bus-addr").await?,
            posts: serve::bind(config.posts_addr, "--posts-addr").await?,
            comments: serve::bind(config.comments_addr, "--comments-addr").await?,
            query: serve::bind(config.query_addr, "--query-addr").await?,
            moderation: serve::bind(config.moderation_addr, "--moderation-addr").await?,
            front: serve::bind(config.addr, "--addr").await?,
        })
    }

    /// The same listeners, on each of which is answered while the services start.
    fn answered_by(self, answering: &Answering<'_>) -> Result<Self, RunError> {
        Ok(Self {
            bus: answering.on(event_bus::NAME, self.bus)?,
            posts: answering.on(posts::NAME, self.posts)?,
            comments: answering.on(comments::NAME, self.comments)?,
            query: answering.on(query::NAME, self.query)?,
            moderation: answering.on(moderation::NAME, self.moderation)?,
            front: answering.on("front", self.front)?,
        })
    }

    /// The settings with the addresses that are really listened on, where a port was left to the system.
    fn settle(&self, mut config: Config) -> Result<Config, RunError> {
        config.bus_addr = self.bus.local_addr()?;
        config.posts_addr = self.posts.local_addr()?;
        config.comments_addr = self.comments.local_addr()?;
        config.query_addr = self.query.local_addr()?;
        config.moderation_addr = self.moderation.local_addr()?;
        config.addr = self.front.local_addr()?;
        Ok(config)
    }
}

/// Starts everything and serves until `lifetime` ends.
///
/// # Errors
/// If a port is taken, the data folder cannot be used, or a service cannot start.
pub async fn run(config: Config, lifetime: Lifetime) -> Result<(), RunError> {
    let began = Instant::now();
    let listeners = Listeners::bind(&config).await?;
    let config = listeners.settle(config)?;
    check_open_front(&config)?;
    let token = token(&config)?;
    let answering = Answering::new(&config.http, &lifetime);
    let listeners = listeners.answered_by(&answering)?;
    let started = start(&config, &token, &lifetime).await;
    let Some(services) = answering.end(started)? else { return Ok(()) };

    let mut servers = JoinSet::new();
    let bus = serve_one(&mut servers, services.bus.clone(), listeners.bus, &config);
    let posts = serve_one(&mut servers, services.posts.clone(), listeners.posts, &config);
    let comments = serve_one(&mut servers, services.comments.clone(), listeners.comments, &config);
    let query = serve_one(&mut servers, services.query.clone(), listeners.query, &config);
    let moderation = serve_one(&mut servers, services.moderation.clone(), listeners.moderation, &config);
    let ready = [bus, posts, comments, query, moderation];

    let client = Client::new(client::EMBEDDED, &config.connect_origins);
    if client.is_none() {
        tracing::info!("built without the browser client: there is a plain page at /");
    }
    let door = front::routes(&services, client.as_ref());
    // A proxy may stand before it, and then every caller and every Host looks local.
    let server = Server {
        loopback_rule: config.open_front,
        labels: front::labels(&services),
        ..Server::with_args("front", &config.front_http())
    };
    let until = lifetime.clone();
    servers.spawn(async move {
        server.run(listeners.front, door, &until).await;
    });
    let until = lifetime.clone();
    lifetime.spawn(async move {
        if announce(&config, began, ready, &until).await && config.demo {
            demo::load(&config, &until).await;
        }
    });
    while servers.join_next().await.is_some() {}
    Ok(())
}

fn check_open_front(config: &Config) -> Result<(), OpenFrontError> {
    if !config.open_front {
        return Ok(());
    }
    if !all_loopback(config.addresses().iter()) {
        return Err(OpenFrontError);
    }
    tracing::warn!(
        "the front door is open (--open-front): the bus and moderation, with withheld text, answer without a token under \
         http://{}/api/v1/bus/ and /api/v1/moderation/; never put a proxy before it",
        config.addr
    );
    Ok(())
}

fn serve_one(
    servers: &mut JoinSet<()>,
    service: Service,
    listener: TcpListener,
    config: &Config,
) -> (&'static str, Readiness) {
    let (name, ready) = (service.name, service.ready.clone());
    let http = config.services_http();
    servers.spawn(async move {
        service.serve(listener, &http).await;
    });
    (name, ready)
}

/// The token of the bus: as set, else made once and kept in the data folder.
fn token(config: &Config) -> Result<Secret, RunError> {
    if let Some(token) = &config.bus_token {
        return Ok(token.clone());
    }
    let path = config.data_dir.join("bus.token");
    let made = private_folder(&config.data_dir).and_then(|()| Secret::read_or_create(&path));
    Ok(made.map_err(|source| TokenError { path: path.display().to_string(), source })?)
}

async fn start(config: &Config, token: &Secret, lifetime: &Lifetime) -> Result<Services, RunError> {
    let open = all_loopback(config.addresses().iter());
    if !open {
        tracing::info!(
            token = %config.data_dir.join("bus.token").display(),
            "not every listener is on loopback: the bus and moderation ask for the token"
        );
    }
    let access = if open {
        Access::open(Some(token.clone()), config.http.allowed_origins.clone())
    } else {
        Access::token(token.clone())
    };
    let settings =
        BusSettings { lock_timeout: config.lock.lock_timeout, new_log_id: config.new_log_id, ..BusSettings::default() };
    let bus = EventBus::start(&config.data_dir, settings, access, lifetime).await?;
    Ok(Services {
        bus: bus.service().clone(),
        posts: posts::start(&config.posts(token), lifetime).await?,
        comments: comments::start(&config.comments(token), lifetime).await?,
        query: query::start(&config.query(token), lifetime).await?,
        moderation: moderation::start(&config.moderation(token, open), lifetime).await?,
        ready: Readiness::new(&[]),
        lifetime: lifetime.clone(),
    })
}

/// Tells the person who started it where to go, once everything is there; `false` if it ended before.
async fn announce(
    config: &Config,
    began: Instant,
    services: [(&'static str, Readiness); 5],
    lifetime: &Lifetime,
) -> bool {
    let all = async {
        for (_, ready) in &services {
            ready.ready().await;
        }
    };
    tokio::pin!(all);
    loop {
        tokio::select! {
            () = &mut all => break,
            () = lifetime.stop.cancelled() => return false,
            () = tokio::time::sleep(PATIENCE) => {
                let waiting: Vec<_> = services
                    .iter()
                    .filter(|(_, ready)| !ready.is_ready())
                    .map(|(name, ready)| format!("{name}: {}", ready.waiting_for().join(", ")))
                    .collect();
                tracing::warn!(waiting = waiting.join("; "), "not ready yet");
            }
        }
    }
    let milliseconds = began.elapsed().as_millis();
    tracing::info!(milliseconds, data = %config.data_dir.display(), "ready");
    say(&format!("Folkmoot is ready: http://{}", config.addr));
    true
}

/// One line for a person, whatever the log's format is.
fn say(line: &str) {
    use std::io::Write as _;
    // Nobody may be listening any more.
    drop(writeln!(std::io::stdout(), "{line}"));
}
