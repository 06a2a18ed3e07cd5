//! The event bus: a log of everything that happened, and three ways to hear of it.
//!
//! It owns the log and the subscriptions, hears events from anyone who may append them, and says nothing of its own
//! except what became of a delivery that was given up. An event's data is opaque to it.
//!
//! Reading order: [`engine`] is what is asked of a log and [`entry`] what stands in it. The embedded [`log`] keeps
//! `record`s in its `store`, linked by `digest`s and checked as `row`s, with the newest in its `tail`. Over
//! HTTP events come in as [`cloudevents`] and are appended, read (`reading` says what is asked for), or followed
//! (`follow`) by server-sent events and WebSockets. What they may be is told to programs in `asyncapi`.
//!
//! Or they are pushed: [`registry`] is what is asked of the keeper of [`subscription`]s, embedded in
//! `store::subscriptions`. The [`dispatcher`] has a `worker` for each, which reads the log ahead, does what [`parking`]
//! decides, pushes by `delivery` and learns from the [`answer`]; [`lag`] says how far behind it is.

pub mod engine;
pub mod entry;

mod digest;
pub mod log;
mod measure;
mod record;
mod row;
mod store;
mod tail;

pub mod registry;
pub mod subscription;

pub mod answer;
mod delivery;
pub mod dispatcher;
pub mod lag;
pub mod parking;
mod worker;

mod append_http;
mod asyncapi;
pub mod cloudevents;
mod event_http;
mod follow;
mod http;
mod openapi;
mod parked_http;
mod read_http;
mod reading;
mod sse;
mod stream_http;
mod subscription_http;
mod subscription_json;
mod websocket;

pub mod config;

use std::path::Path;
use std::sync::Arc;

use chassis::access::{Access, Secret};
use chassis::config::all_loopback;
use chassis::ops::Readiness;
use chassis::serve::{self, Lifetime};
use chassis::service::{RunError, Service};
use chassis::starting::Answering;
use chassis::store::{Store, StoreError, StoreSettings, private_folder};
use chassis::telemetry;

use crate::config::{BusSettings, Config};
use crate::dispatcher::Dispatcher;
use crate::log::EmbeddedLog;
use crate::store::subscriptions::SubscriptionStore;

/// The bus's name: in its database file's name, in metrics and logs.
pub const NAME: &str = "event-bus";

/// How much of the database the writer and each reader may hold in memory: index pages that appends touch again.
const CACHE: u32 = 8 << 20;
/// Reads from disk side by side.
const READERS: usize = 4;

/// A running bus.
#[derive(Debug)]
pub struct EventBus {
    log: Arc<EmbeddedLog>,
    dispatcher: Dispatcher,
    service: Service,
}

impl EventBus {
    /// Opens the log in `dir` and starts what works in the background, until `lifetime` ends.
    ///
    /// # Errors
    /// If the folder is in use, or the database cannot be opened.
    pub async fn start(
        dir: &Path,
        settings: BusSettings,
        access: Access,
        lifetime: &Lifetime,
    ) -> Result<Self, StoreError> {
        telemetry::prometheus();
        let store_settings = StoreSettings {
            cache: CACHE,
            readers: READERS,
            lock_timeout: settings.lock_timeout,
            lifetime: lifetime.clone(),
            ..StoreSettings::default()
        };
        let store = Store::open(dir, NAME, store::MIGRATIONS, &store_settings)?;
        let registry = Arc::new(SubscriptionStore::new(store.clone()));
        if let Some(given_up) = settings.new_log_id {
            EmbeddedLog::renew(&store, given_up).await?;
        }
        let log = Arc::new(EmbeddedLog::open(store, settings.tail_bytes).await?);
        let dispatcher = dispatcher::start(log.clone(), registry, lifetime, settings.push)
            .await
            .map_err(|error| StoreError::Database(error.to_string()))?;
        let bus = http::Bus::new(log.clone(), access, lifetime.clone(), settings.stream);
        let service = Service {
            name: NAME,
            routes: http::routes(&bus, &dispatcher),
            ready: Readiness::new(&[]),
            openapi: openapi::document(),
            lifetime: lifetime.clone(),
        };
        Ok(Self { log, dispatcher, service })
    }

    /// The log.
    pub fn log(&self) -> &Arc<EmbeddedLog> {
        &self.log
    }

    /// The subscriptions at work.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Its routes and what every service has, to be served or composed.
    pub fn service(&self) -> &Service {
        &self.service
    }
}

/// Runs the bus in a process of its own.
///
/// # Errors
/// If its port or its folder cannot be used.
pub async fn run(config: Config, lifetime: Lifetime) -> Result<(), RunError> {
    let listener = serve::bind(config.bus_addr, "--bus-addr").await?;
    let address = listener.local_addr()?;
    let token = if let Some(token) = &config.bus_token {
        token.clone()
    } else {
        private_folder(&config.data_dir)?;
        Secret::read_or_create(&config.data_dir.join("bus.token"))?
    };
    let access = if all_loopback([&address]) {
        Access::open(Some(token), config.http.allowed_origins.clone())
    } else {
        Access::token(token)
    };
    let answering = Answering::new(&config.http, &lifetime);
    let listener = answering.on(NAME, listener)?;
    let started = EventBus::start(&config.data_dir, config.bus(), access, &lifetime).await;
    let Some(bus) = answering.end(started)? else { return Ok(()) };
    tracing::info!("the event bus is at http://{address}");
    bus.service().serve(listener, &config.http).await;
    Ok(())
}
