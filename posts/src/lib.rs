//! Posts: what people post, kept, changed by its author, and told to the bus.
//!
//! - **Owns** each post's text, its author's name and hashed key, its revision, and whether it is deleted.
//! - **Says** `PostCreated`, `PostUpdated`, `PostDeleted`, each in the transaction of the change it tells of.
//! - **Hears** `PostModerated`: a post shows until it is rejected, and a rejected one that was edited stays hidden until
//!   it is judged again. A new database also hears once what this service said before ([`reactor::restore`]).
//!
//! It needs nobody to take a write: while the bus is away events wait in the outbox.

pub mod config;

pub mod http;
pub mod post;
pub mod store;

pub mod reactor;

use chassis::awaited::Awaiting;
use chassis::bus::{BusClient, BusError};
use chassis::limit::Limiter;
use chassis::ops::Readiness;
use chassis::receiver::{self, Hearing};
use chassis::relay;
use chassis::serve::{self, Lifetime};
use chassis::service::{RunError, Service};
use chassis::store::StoreError;
use chassis::subscribe;
use warp::Filter;

use crate::config::Config;
use crate::reactor::restore::Subscriber;
use crate::store::Posts;

/// The `source` of every event said here.
pub const SOURCE: &str = "/posts";

/// The service's name: of its database file, its subscription, and in metrics and logs.
pub const NAME: &str = "posts";

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No HTTP client can be made.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Opens the database and starts everything that runs beside requests: the relay, and the subscription at the bus. The
/// service is ready with that; what it needs of the bus it catches up with by itself.
///
/// # Errors
/// If the database cannot be opened.
pub async fn start(config: &Config, lifetime: &Lifetime) -> Result<Service, StartError> {
    let posts = Posts::open(&config.data_dir, config.outbox_limit).await?;
    let store = posts.store().clone();
    let bus = BusClient::new(&config.bus_url, config.bus_token.clone())?;
    let secret = subscribe::push_secret(&store).await?;
    let hearing = Hearing::default();
    let subscriber = Subscriber {
        posts: posts.clone(),
        url: config.push_url(),
        secret: secret.clone(),
        bus: bus.clone(),
        hearing: hearing.clone(),
    };

    relay::start(store.clone(), bus, lifetime);
    subscriber.start(lifetime).await?;

    let app = http::App {
        posts,
        awaiting: Awaiting::new(store.clone(), Some(hearing.clone())),
        limiter: Limiter::per_minute(config.http.writes_per_minute),
    };
    let pushed = receiver::routes(reactor::Ear, store, secret, hearing);
    Ok(Service {
        name: NAME,
        routes: http::routes(&app).or(pushed).unify().boxed(),
        ready: Readiness::new(&[]),
        openapi: http::openapi(),
        lifetime: lifetime.clone(),
    })
}

/// The service as a process of its own: listens, starts, serves until its lifetime ends.
///
/// # Errors
/// If the address or the database cannot be had.
pub async fn run(mut config: Config, lifetime: Lifetime) -> Result<(), RunError> {
    let listener = serve::bind(config.addr, "--posts-addr").await?;
    config.addr = listener.local_addr()?;
    let service = start(&config, &lifetime).await?;
    tracing::info!("posts: http://{}", config.addr);
    service.serve(listener, &config.http).await;
    Ok(())
}
