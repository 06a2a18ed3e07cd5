//! Comments: what people answer to posts and to each other, held back until it is judged, and told to the bus.
//!
//! - **Owns** each comment's text, its author's name and hashed key, its revision, its place in the thread, and whether it
//!   is deleted.
//! - **Says** `CommentCreated`, `CommentUpdated` (after an edit, and after a verdict), `CommentDeleted` and
//!   `CommentReported`, each in the transaction of the change it tells of.
//! - **Hears** `PostCreated` and `PostDeleted`, so that it never has to ask whether a post exists, and
//!   `CommentModerated`. A new database also hears once what this service said before ([`chassis::restore`]). Until then
//!   it takes no writes and shows nothing: an edit of a comment whose latest version is still to come would take a
//!   revision that the log has given to another text, and a verdict on it might still be missing.
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

use chassis::limit::Limiter;
use chassis::messaging::{Ears, Messaging};
use chassis::serve::{self, Lifetime};
use chassis::service::{RunError, Service, StartError};
use chassis::starting::Answering;
use chassis::store::StoreSettings;
use warp::Filter;

use crate::arrival::Arrivals;
use crate::config::Config;
use crate::store::Comments;

/// The `source` of every event said here.
pub const SOURCE: &str = "/comments";

/// The service's name: of its database file, its subscription, and in metrics and logs.
pub const NAME: &str = "comments";

/// Opens the database and starts everything that runs beside requests: the relay, and the subscription at the bus. The
/// service is ready with that; what it needs of the bus it catches up with by itself.
///
/// # Errors
/// If the database cannot be opened.
pub async fn start(config: &Config, lifetime: &Lifetime) -> Result<Service, StartError> {
    let args = &config.service;
    let comments = Comments::open(&args.data_dir, &StoreSettings::of(args, lifetime)).await?;
    let messaging = Messaging::open(comments.store(), args).await?;
    let ears = Ears { url: config.push_url(), heard: reactor::HEARD, said: reactor::SAID };
    messaging.start(ears, comments.restored(), async { Ok(()) }, lifetime);

    let app = http::App {
        arrivals: Arrivals::new(comments.clone(), messaging.hearing().clone()),
        comments,
        awaiting: messaging.awaiting(),
        limiter: Limiter::per_minute(args.http.writes([&config.addr])),
    };
    let pushed = messaging.routes(reactor::Ear);
    Ok(Service {
        name: NAME,
        routes: http::routes(&app).or(pushed).unify().boxed(),
        ready: messaging.ready().clone(),
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
    let answering = Answering::new(&config.service.http, &lifetime);
    let listener = answering.on(NAME, listener)?;
    let started = start(&config, &lifetime).await;
    let Some(service) = answering.end(started)? else { return Ok(()) };
    tracing::info!("comments: http://{}", config.addr);
    service.serve(listener, &config.service.http).await;
    Ok(())
}
