//! Query: what people read. It folds the bus's log into posts with their threads, and keeps them ready to be shown.
//!
//! - **Owns** nothing that the log does not say: a snapshot on disk only saves folding everything again.
//! - **Hears** what is said about posts and comments, from the log itself, in order; everything else it counts and passes.
//! - **Says** nothing.
//!
//! The way of an event: the bus's stream brings it ([`pipeline`]), it is read ([`heard`]) and folded ([`projection`])
//! into a [`post`] with its [`thread`], which the [`store`] keeps, where the [`folder`] thread alone changes anything.
//! The way of a reader: [`http`] asks for a [`view`], which is put together from what [`render`] made, once it shows
//! what the reader waits for ([`applied`]); or the reader listens to what is [`live`].

pub mod config;

pub mod desk;
pub mod heard;
pub mod html;
pub mod markdown;
pub mod place;
pub mod post;
pub mod render;
pub mod thread;

pub mod canonical;
pub mod cut;
pub mod projection;
pub mod snapshot;
pub mod store;

pub mod applied;
pub mod folder;
pub mod live;
pub mod model;
pub mod pipeline;
pub mod replacement;
pub mod ring;

pub mod http;
mod meters;
pub mod view;

use std::sync::Arc;

use chassis::bus::{BusClient, BusError};
use chassis::limit::Limiter;
use chassis::serve::{self, Lifetime};
use chassis::service::{RunError, Service};
use chassis::starting::Answering;
use chassis::telemetry;

use crate::canonical::Position;
use crate::config::Config;
use crate::folder::{Folder, Rhythm};
use crate::model::Model;
use crate::snapshot::{SnapshotError, Snapshots};

/// The service's name: of its snapshot, and in metrics and logs.
pub const NAME: &str = "query";

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder of the snapshot cannot be used.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// No HTTP client can be made.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Reading the snapshot ended in a panic.
    #[error("the snapshot's reader panicked")]
    Panicked,
}

/// Previews that one caller may have for each write that it may make: the page asks for one whenever the writer pauses.
const PREVIEWS_PER_WRITE: u32 = 10;

/// Reads the snapshot, and follows the log from there. Ready once the log's head has been reached, or, without the
/// bus, after a while with the snapshot.
///
/// # Errors
/// If the folder of the snapshot cannot be used. A snapshot that cannot be used is put aside instead.
pub async fn start(config: &Config, lifetime: &Lifetime) -> Result<Service, StartError> {
    telemetry::prometheus();
    let bus = BusClient::new(&config.bus_url, config.bus_token.clone())?;
    let model = Model::new(config.live_listeners, config.stale_after);
    let (folder, into) = (config.data_dir.clone(), model.clone());
    let (lock_timeout, whole) = (config.lock.lock_timeout, lifetime.clone());
    let opened = tokio::task::spawn_blocking(move || {
        let snapshots = Snapshots::open(&folder, lock_timeout, &whole)?;
        recall(&snapshots, &into).map(|position| (snapshots, position))
    });
    let (snapshots, position) = opened.await.map_err(|_| StartError::Panicked)??;

    model.live.begin(position.sequence);
    model.live.start(lifetime);
    model.set_position(position);
    let rhythm = Rhythm { every: config.snapshot_every, events: config.snapshot_events };
    let folder = Folder::new(model.clone(), position, Arc::new(snapshots), rhythm);
    let orders = pipeline::start(&model, folder, bus, lifetime);

    let previews = Limiter::per_minute(config.http.writes([&config.addr]).saturating_mul(PREVIEWS_PER_WRITE));
    let app = http::App { model: model.clone(), orders, previews, lifetime: lifetime.clone() };
    Ok(Service {
        name: NAME,
        routes: http::routes(&app),
        ready: model.ready,
        openapi: http::openapi(),
        lifetime: lifetime.clone(),
    })
}

/// Fills the model from the snapshot, and says where it is then.
fn recall(snapshots: &Snapshots, model: &Model) -> Result<Position, SnapshotError> {
    let begun = std::time::Instant::now();
    match snapshots.read(&model.store()) {
        Ok(Some(memo)) => {
            model.applied.note(&memo.applied);
            let (posts, comments) = model.store().size();
            let took = begun.elapsed();
            tracing::info!(position = %memo.position.sequence, posts, comments, ?took, "the snapshot was read");
            Ok(memo.position)
        }
        Ok(None) => Ok(Position::default()),
        Err(error @ (SnapshotError::File { .. } | SnapshotError::Taken(_) | SnapshotError::Stopped(_))) => Err(error),
        Err(error) => {
            let aside = snapshots.reject()?;
            let aside = aside.display();
            tracing::error!(%error, %aside, "the snapshot cannot be used and was put aside: everything is folded anew");
            Ok(Position::default())
        }
    }
}

/// The service as a process of its own: listens, starts, serves until its lifetime ends.
///
/// # Errors
/// If the address or the folder cannot be had.
pub async fn run(mut config: Config, lifetime: Lifetime) -> Result<(), RunError> {
    let listener = serve::bind(config.addr, "--query-addr").await?;
    config.addr = listener.local_addr()?;
    let answering = Answering::new(&config.http, &lifetime);
    let listener = answering.on(NAME, listener)?;
    let started = start(&config, &lifetime).await;
    let Some(service) = answering.end(started)? else { return Ok(()) };
    tracing::info!("query: http://{}", config.addr);
    service.serve(listener, &config.http).await;
    Ok(())
}
