//! Moderation: judges every version of every post and comment, by rules first and by people where rules do not suffice.
//!
//! - **Owns** the verdicts, their numbers, the log of them, and the queue of what waits for a moderator.
//! - **Says** `PostModerated` and `CommentModerated`, each in the transaction that notes the verdict.
//! - **Hears** what is posted, commented, edited, deleted and reported. A new database also hears once what this
//!   service said before ([`chassis::restore`], [`reactor`]).
//!
//! Nobody waits for it: while it is away comments stay withheld, and are judged when it is back.

pub mod config;

pub mod http;

pub mod item;
pub mod rules;
pub mod undo;
pub mod verdict;

pub mod store;

pub mod reactor;

mod measure;

use chassis::access::Access;
use chassis::config::all_loopback;
use chassis::messaging::{Ears, Messaging};
use chassis::serve::{self, Lifetime};
use chassis::service::{self, RunError, Service};
use chassis::starting::Answering;
use chassis::store::StoreSettings;
use warp::Filter;

use crate::config::{Config, RulesFileError};
use crate::reactor::Ear;
use crate::reactor::judges::Judges;
use crate::rules::Rules;
use crate::store::Moderation;

/// The `source` of every event said here.
pub const SOURCE: &str = "/moderation";

/// The service's name: of its database file, its subscription, and in metrics and logs.
pub const NAME: &str = "moderation";

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There are no rules to judge by.
    #[error(transparent)]
    Rules(#[from] RulesFileError),
    /// Anybody could read what is withheld.
    #[error(
        "not every listener is on loopback, and there is no token: set --bus-token / FOLKMOOT_BUS_TOKEN, which moderators then send"
    )]
    Unguarded,
    /// As any service.
    #[error(transparent)]
    Service(#[from] service::StartError),
}

/// Reads the rules and starts judging by them; see [`start_with`].
///
/// # Errors
/// If the rules cannot be read, the database cannot be opened, or nothing would guard what is withheld.
pub async fn start(config: &Config, lifetime: &Lifetime) -> Result<Service, StartError> {
    start_with(config, config.read_rules()?, lifetime).await
}

/// Opens the database and starts everything that runs beside requests: the relay, and the subscription at the bus. The
/// service is ready with that; what it needs of the bus it catches up with by itself.
///
/// # Errors
/// If the database cannot be opened, or nothing would guard what is withheld.
pub async fn start_with(config: &Config, rules: Rules, lifetime: &Lifetime) -> Result<Service, StartError> {
    let access = access(config)?;
    let args = &config.service;
    let settings = StoreSettings::of(args, lifetime);
    let opened = Moderation::open(&args.data_dir, &settings, config.report_threshold).await;
    let moderation = opened.map_err(service::StartError::from)?;
    let messaging = Messaging::open(moderation.store(), args).await?;
    let count = rules.all().len();
    let ear = Ear { judges: Judges::new(rules, config.judge_timeout), moderation: moderation.clone() };
    let ears = Ears { url: config.push_url(), heard: reactor::HEARD, said: reactor::SAID };
    messaging.start(ears, moderation.restored(), ear.clone().settle(), lifetime);
    tracing::debug!(rules = count, "judging");

    let app = http::App {
        moderation,
        judges: ear.judges.clone(),
        awaiting: messaging.awaiting(),
        hearing: messaging.hearing().clone(),
        access,
    };
    let pushed = messaging.routes(ear);
    Ok(Service {
        name: NAME,
        routes: http::routes(&app).or(pushed).unify().boxed(),
        ready: messaging.ready().clone(),
        openapi: http::openapi(),
        lifetime: lifetime.clone(),
    })
}

fn access(config: &Config) -> Result<Access, StartError> {
    match config.token.clone().or_else(|| config.service.bus_token.clone()) {
        token if config.open => Ok(Access::open(token, config.service.http.allowed_origins.clone())),
        Some(token) => Ok(Access::token(token)),
        None => Err(StartError::Unguarded),
    }
}

/// The service as a process of its own: listens, starts, serves until its lifetime ends.
///
/// # Errors
/// If the address, the rules or the database cannot be had.
pub async fn run(mut config: Config, lifetime: Lifetime) -> Result<(), RunError> {
    let listener = serve::bind(config.addr, "--moderation-addr").await?;
    config.addr = listener.local_addr()?;
    config.open = all_loopback([&config.addr]);
    let answering = Answering::new(&config.service.http, &lifetime);
    let listener = answering.on(NAME, listener)?;
    let started = start(&config, &lifetime).await;
    let Some(service) = answering.end(started)? else { return Ok(()) };
    tracing::info!("moderation: http://{}", config.addr);
    service.serve(listener, &config.service.http).await;
    Ok(())
}
