//! Comments: what people answer to posts and to each other, held back until it is judged, and told to the bus.
//!
//! - **Owns** each comment's text, its author's name and hashed key, its revision, its place in the thread, and whether it
//!   is deleted.
//! - **Says** `CommentCreated`, `CommentUpdated` (after an edit, and after a verdict), `CommentDeleted` and
//!   `CommentReported`, each in the transaction of the change it tells of.
//! - **Hears** `PostCreated` and `PostDeleted`, so that it never has to ask whether a post exists, and
//!   `CommentModerated`. A new database also hears once what this service said before ([`restore`]).
//!
//! It needs nobody to take a comment on a post that it knows: while the bus is away events wait in the outbox. A
//! comment on a post that it does not know waits a moment for news of it ([`arrival`]).

pub mod config;

pub mod arrival;
pub mod http;

pub mod comment;
pub mod draft;
pub mod store;
pub mod thread;

pub mod reactor;
pub mod restore;

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

use crate::arrival::Arrivals;
use crate::config::Config;
use crate::restore::Ears;
use crate::store::Comments;

/// The `source` of every event said here.
pub const SOURCE: &str = "/comments";

/// The service's name: of its database file, its subscription, and in metrics and logs.
pub const NAME: &str = "comments";

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
    let comments = Comments::open(&config.data_dir, config.outbox_limit)?;
    let store = comments.store().clone();
    let bus = BusClient::new(&config.bus_url, config.bus_token.clone())?;
    let secret = subscribe::push_secret(&store).await?;
    let hearing = Hearing::default();

    relay::start(store.clone(), bus.clone(), lifetime);
    let ears = Ears {
        comments: comments.clone(),
        url: config.push_url(),
        secret: secret.clone(),
        bus,
        hearing: hearing.clone(),
    };
    let restored = restore::start(ears, lifetime).await?;

    let app = http::App {
        comments: comments.clone(),
        arrivals: Arrivals::new(comments, hearing.clone(), restored),
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
    let listener = serve::bind(config.addr, "--comments-addr").await?;
    config.addr = listener.local_addr()?;
    let service = start(&config, &lifetime).await?;
    tracing::info!("comments: http://{}", config.addr);
    service.serve(listener, &config.http).await;
    Ok(())
}
