//! Posts: what people post, kept, changed by its author, and told to the bus.
//!
//! - **Owns** each post's text, its author's name and hashed key, its revision, and whether it is deleted.
//! - **Says** `PostCreated`, `PostUpdated`, `PostDeleted`, each in the transaction of the change it tells of.
//! - **Hears** `PostModerated`: a post shows until it is rejected, and a rejected one that was edited stays hidden until
//!   it is judged again. A new database also hears once what this service said before ([`chassis::restore`]). Until then
//!   it takes new posts, and changes and shows only those: an edit of another post might take a revision that the log
//!   has given to another text, a verdict on it might still be missing, and a creation with a key may be a repetition.
//!
//! It needs nobody to take a write: while the bus is away events wait in the outbox.

pub mod config;

pub mod http;
pub mod post;
pub mod store;

pub mod reactor;

use chassis::limit::Limiter;
use chassis::messaging::{Ears, Messaging};
use chassis::serve::{self, Lifetime};
use chassis::service::{RunError, Service, StartError};
use chassis::starting::Answering;
use chassis::store::StoreSettings;
use warp::Filter;

use crate::config::Config;
use crate::store::Posts;

/// The `source` of every event said here.
pub const SOURCE: &str = "/posts";

/// The service's name: of its database file, its subscription, and in metrics and logs.
pub const NAME: &str = "posts";

/// Opens the database and starts everything that runs beside requests: the relay, and the subscription at the bus. The
/// service is ready with that; what it needs of the bus it catches up with by itself.
///
/// # Errors
/// If the database cannot be opened.
pub async fn start(config: &Config, lifetime: &Lifetime) -> Result<Service, StartError> {
    let args = &config.service;
    let posts = Posts::open(&args.data_dir, &StoreSettings::of(args, lifetime)).await?;
    let messaging = Messaging::open(posts.store(), args).await?;
    let ears = Ears { url: config.push_url(), heard: reactor::HEARD, said: reactor::SAID };
    let restoring = posts.clone();
    let settle = async move {
        restoring.settle();
        Ok(())
    };
    messaging.start(ears, posts.restored(), settle, lifetime);

    let app = http::App {
        posts,
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
    let listener = serve::bind(config.addr, "--posts-addr").await?;
    config.addr = listener.local_addr()?;
    let answering = Answering::new(&config.service.http, &lifetime);
    let listener = answering.on(NAME, listener)?;
    let started = start(&config, &lifetime).await;
    let Some(service) = answering.end(started)? else { return Ok(()) };
    tracing::info!("posts: http://{}", config.addr);
    service.serve(listener, &config.service.http).await;
    Ok(())
}
