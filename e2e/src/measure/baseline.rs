//! The machine itself, in the same run: how often its disk takes a flush, and what the accept loop that every service
//! uses does with a constant body. Figures of two days are compared by their ratio to these.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use ::http::StatusCode;
use anyhow::Context;
use bytes::Bytes;
use chassis::route::bytes_response;
use chassis::serve::{Lifetime, Server, bind};
use tokio::sync::oneshot;
use warp::Filter;

use super::figures::Section;
use super::http::{Connection, get};
use super::load::{self, Called, Caller, per_second};
use super::settings::Settings;

/// How long each of the two is measured.
const TIME: Duration = Duration::from_secs(2);
/// Bytes of an append to the disk: a page of the database's write-ahead log.
const PAGE: usize = 4096;
/// Bytes of the constant body: a small page of posts.
const BODY: usize = 1024;
/// Threads of the constant server: as many as the services have on a machine with two cores.
const THREADS: usize = 2;

/// What other figures are held against.
#[derive(Debug, Clone, Copy)]
pub struct Baseline {
    /// Appends that were on disk, one after another, in a second.
    pub flushes: f64,
    /// Requests with a constant answer in a second.
    pub constant: f64,
}

/// Measures both.
///
/// # Errors
/// If the disk cannot be written or no server can be run.
pub async fn measure(settings: &Settings) -> anyhow::Result<(Baseline, Section)> {
    let folder = settings.folder()?;
    let path = folder.path().join("flushed");
    let flushes = tokio::task::spawn_blocking(move || flushes(&path)).await??;
    let load = constant(settings.connections()).await?;
    let mut section = Section::new("baseline", "this machine, for comparison");
    section.note("appends of 4 KiB flushed, one by one", flushes, "/s", "fdatasync");
    section.load("GET of a constant KiB", &load, "warp on the services' accept loop, in this process");
    Ok((Baseline { flushes, constant: load.rate() }, section))
}

fn flushes(path: &Path) -> anyhow::Result<f64> {
    let mut file = File::create(path)?;
    let page = [0x5a; PAGE];
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < TIME {
        file.write_all(&page)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(per_second(count, began.elapsed()))
}

async fn constant(connections: usize) -> anyhow::Result<load::Load> {
    let lifetime = Lifetime::new();
    let (tell, told) = oneshot::channel();
    let until = lifetime.clone();
    // Threads of its own, as a service has; this one is left to the load.
    let server = std::thread::spawn(move || serve(tell, &until));
    let address = told.await.context("the server does not start")?.to_string();
    let mut callers = Vec::with_capacity(connections);
    for _ in 0..connections {
        callers.push(Reader { connection: Connection::open(&address).await?, request: get(&address, "/") });
    }
    let load = load::full(callers, TIME).await;
    lifetime.stop.cancel();
    let ended = tokio::task::spawn_blocking(move || server.join()).await?;
    ended.map_err(|_| anyhow::anyhow!("the server panicked"))??;
    load
}

fn serve(tell: oneshot::Sender<SocketAddr>, lifetime: &Lifetime) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    runtime.block_on(async {
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "the constant server").await?;
        let body = Bytes::from(vec![b'x'; BODY]);
        let routes = warp::any().map(move || bytes_response(StatusCode::OK, "text/plain", body.clone())).boxed();
        tell.send(listener.local_addr()?).map_err(|_| anyhow::anyhow!("nobody wants it"))?;
        Server::new("constant").run(listener, routes, lifetime).await;
        Ok(())
    })
}

struct Reader {
    connection: Connection,
    request: Vec<u8>,
}

impl Caller for Reader {
    async fn call(&mut self) -> anyhow::Result<Called> {
        let reply = self.connection.call(&self.request).await?;
        Ok(if reply.is_success() { Called::Taken(1) } else { Called::Refused(reply.shown()) })
    }
}
