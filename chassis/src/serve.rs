//! The accept loop: sockets in, one task per connection, and an end that comes.
//!
//! warp's own server has no header timeout, no bound on connections and a shutdown that waits for ever on one stuck
//! request, so connections are served here on hyper-util's builder (HTTP/1.1 and HTTP/2 on one port). A connection
//! that sends nothing or reads nothing is closed (`activity`), one too many, of all or of one address, is told so and
//! closed, what waits for slow callers is bounded (`memory`), and after `stop` open requests get a fixed time before
//! they are cut. Streams and WebSockets end by themselves when `stop` is cancelled ([`crate::stream`]).

pub(crate) mod activity;
mod listener;
pub(crate) mod memory;
pub(crate) mod outgoing;
mod socket;

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use listener::{BindError, bind};

use crate::config::{HttpArgs, Network};
use crate::cors::Cors;
use crate::descriptors;
use crate::labels::Labels;
use crate::places::Places;
use crate::request::{App, Layer};
use crate::route::{Response, Routes};
use crate::starting::Starting;
use activity::{Activity, End, Times};
use socket::Socket;

/// Callers beyond the limit that are told so at once; further ones are just closed.
const REFUSALS: usize = 256;
/// What hyper reads of a header section before it gives up with a bare 431. The request layer's own, lower limits
/// answer with a problem.
const HEADER_BYTES: u32 = 64 * 1024;
const HEADER_FIELDS: usize = 128;
/// Requests of one HTTP/2 connection at a time.
const STREAMS: u32 = 100;
/// What a caller may send of bodies before they are read: the protocol's own default (RFC 9113, 6.9.2). hyper's is 1 MiB.
const WINDOW: u32 = 65_535;
/// What HTTP/2 keeps of one answer before it asks for more.
const SEND_BUFFER: usize = 64 * 1024;
/// One address may have one of so many connections, unless it is a trusted proxy's.
const OF_ONE_ADDRESS: usize = 4;

/// When things end: cancelled `stop` means finish now, and `tasks` are those that must have finished.
#[derive(Clone, Debug, Default)]
pub struct Lifetime {
    /// Cancelled once, at the start of shutdown.
    pub stop: CancellationToken,
    /// Every task that was spawned and must end before the process does.
    pub tasks: TaskTracker,
    /// What the start of it waits for.
    pub starting: Starting,
    /// A loop that the process is useless without has panicked.
    pub(crate) failed: Arc<AtomicBool>,
}

impl Lifetime {
    /// A lifetime that has just begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Spawns a task that shutdown waits for. It has to watch `stop`.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Spawns a loop that the process is useless without: a panic in it is logged and counted, and ends the process as
    /// failed, so that whoever supervises it starts it again.
    pub fn spawn_loop(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let lifetime = self.clone();
        self.tasks.spawn(async move {
            let ended = AssertUnwindSafe(task).catch_unwind().await;
            lifetime.note_end(name, ended);
        });
    }

    /// The same for a loop that blocks a thread.
    pub fn spawn_blocking_loop(&self, name: &'static str, run: impl FnOnce() + Send + 'static) {
        let lifetime = self.clone();
        self.tasks.spawn_blocking(move || lifetime.note_end(name, catch_unwind(AssertUnwindSafe(run))));
    }

    /// Whether it ends because a loop failed.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    fn note_end(&self, name: &'static str, ended: Result<(), Box<dyn Any + Send>>) {
        if let Err(panic) = ended {
            let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(|s| &**s));
            tracing::error!(name, panic = text.unwrap_or("no text"), "a loop panicked: the process ends");
            metrics::counter!("loops_panicked_total", "loop" => name).increment(1);
            self.failed.store(true, Ordering::SeqCst);
            self.stop.cancel();
        }
    }

    /// Cancels `stop` and waits for the tasks; `false` if some were still there when the time was up.
    pub async fn end(&self, within: Duration) -> bool {
        self.stop.cancel();
        self.tasks.close();
        tokio::time::timeout(within, self.tasks.wait()).await.is_ok()
    }
}

/// Bounds of one listener.
#[derive(Clone, Copy, Debug)]
pub struct ServeLimits {
    /// Time for a request's header to arrive, from its first byte; for the first one, from connecting.
    pub header_timeout: Duration,
    /// Time that a connection may stay without a request.
    pub keep_alive: Duration,
    /// Time without progress after which an answer that is not read ends its connection.
    pub stall_timeout: Duration,
    /// Connections held at once.
    pub max_connections: usize,
    /// Time for open requests to finish after `stop`.
    pub drain: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(20),
            max_connections: 10_000,
            drain: Duration::from_secs(10),
        }
    }
}

/// How one listener serves: its bounds, and what the request layer needs to know.
#[derive(Clone, Debug)]
pub struct Server {
    /// The service's name in metrics and logs.
    pub service: &'static str,
    /// Bounds.
    pub limits: ServeLimits,
    /// Origins that browsers may call from.
    pub cors: Cors,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[Network]>,
    /// Whether calls from this machine may pass without a token here ([`crate::access`]). A service's own port has the
    /// rule; a listener that a proxy may stand before has not.
    pub loopback_rule: bool,
    /// The routes' names in metrics.
    pub labels: Labels,
}

impl Server {
    /// With default bounds, no CORS, and no trusted proxy.
    pub fn new(service: &'static str) -> Self {
        Self {
            service,
            limits: ServeLimits::default(),
            cors: Cors::default(),
            trusted_proxies: Arc::new([]),
            loopback_rule: true,
            labels: Labels::default(),
        }
    }

    /// As the settings say.
    pub fn with_args(service: &'static str, args: &HttpArgs) -> Self {
        Self {
            service,
            limits: ServeLimits {
                header_timeout: args.header_timeout,
                keep_alive: args.keep_alive,
                stall_timeout: args.stall_timeout,
                max_connections: args.max_connections.min(descriptors::share(3, 4)),
                drain: args.drain,
            },
            cors: Cors::new(args.allowed_origins.clone()),
            trusted_proxies: args.trusted_proxies.clone().into(),
            ..Self::new(service)
        }
    }

    /// Serves until `lifetime.stop` is cancelled, and then until every connection has ended or been cut.
    pub async fn run(&self, listener: TcpListener, routes: Routes, lifetime: &Lifetime) -> Drained {
        let layer = Layer::new(self);
        let hall = Arc::new(Hall {
            builder: builder(),
            times: Times {
                header: self.limits.header_timeout,
                keep_alive: self.limits.keep_alive,
                stall: self.limits.stall_timeout,
            },
            abort: CancellationToken::new(),
            cut: AtomicUsize::new(0),
            open: metrics::gauge!("http_connections", "service" => self.service),
        });
        let seats = Arc::new(Semaphore::new(self.limits.max_connections));
        let places = Places::new(self.limits.max_connections.div_ceil(OF_ONE_ADDRESS));
        let refusals = Arc::new(Semaphore::new(REFUSALS));
        let connections = TaskTracker::new();
        let service = warp::service(routes);
        let mut pause = Duration::ZERO;
        loop {
            let accepted = tokio::select! {
                biased;
                () = lifetime.stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause = rest_after(&error, pause, self.service).await;
                    continue;
                }
            };
            pause = Duration::ZERO;
            let is_proxy = self.trusted_proxies.iter().any(|network| network.contains(peer.ip()));
            let place = if is_proxy { Some(None) } else { places.take(peer.ip()).map(Some) };
            let (Ok(seat), Some(place)) = (Arc::clone(&seats).try_acquire_owned(), place) else {
                if let Ok(turn) = Arc::clone(&refusals).try_acquire_owned() {
                    connections.spawn(async move {
                        refuse(socket).await;
                        drop(turn);
                    });
                }
                continue;
            };
            // A socket that is already gone says so when it is read.
            drop(socket.set_nodelay(true));
            let activity = Activity::new();
            let app = App::new(Arc::clone(&layer), service.clone(), peer.ip(), Arc::clone(&activity));
            let hall = Arc::clone(&hall);
            let stop = lifetime.stop.child_token();
            connections.spawn(async move {
                hall.open.increment(1);
                hall.host(socket, app, activity, &stop).await;
                hall.open.decrement(1);
                drop((seat, place));
            });
        }
        drop(listener);
        connections.close();
        let waited = tokio::time::timeout(self.limits.drain, connections.wait()).await;
        if waited.is_err() {
            hall.abort.cancel();
            connections.wait().await;
        }
        let drained = Drained { cut: hall.cut.load(Ordering::Relaxed) };
        tracing::debug!(service = self.service, "{drained}");
        drained
    }
}

/// Serves with a name for metrics of `"http"` and the given bounds; [`Server`] has more to set.
pub async fn serve(listener: TcpListener, routes: Routes, lifetime: &Lifetime, limits: ServeLimits) -> Drained {
    let server = Server { limits, ..Server::new("http") };
    server.run(listener, routes, lifetime).await
}

/// How the last connections ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because the time was up.
    pub cut: usize,
}

impl fmt::Display for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cut {
            0 => f.write_str("all connections ended"),
            1 => f.write_str("the time to drain was up: 1 connection was cut"),
            cut => write!(f, "the time to drain was up: {cut} connections were cut"),
        }
    }
}

/// What all connections of a listener share.
struct Hall {
    builder: auto::Builder<TokioExecutor>,
    times: Times,
    abort: CancellationToken,
    cut: AtomicUsize,
    open: metrics::Gauge,
}

impl Hall {
    async fn host<S>(&self, socket: TcpStream, app: App<S>, activity: Arc<Activity>, stop: &CancellationToken)
    where
        S: tower_service::Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let socket = Socket::new(socket, Arc::clone(&activity));
        let connection = self.builder.serve_connection_with_upgrades(TokioIo::new(socket), app);
        let mut connection = pin!(connection);
        let over = async {
            tokio::select! {
                biased;
                () = stop.cancelled() => None,
                end = activity.over(&self.times) => Some(end),
            }
        };
        let end = tokio::select! {
            biased;
            ended = connection.as_mut() => return note(ended),
            end = over => end,
        };
        let late = match end {
            Some(End::Now) => return,
            Some(End::InOrder) => Some(self.times.stall),
            None => None,
        };
        connection.as_mut().graceful_shutdown();
        let late = async {
            match late {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ended = connection.as_mut() => note(ended),
            () = self.abort.cancelled() => {
                self.cut.fetch_add(1, Ordering::Relaxed);
            }
            () = late => {}
        }
    }
}

/// Callers hang up, send nonsense, are slow: worth a line only when someone looks for it.
fn note(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // It runs between requests too; `activity` tells the two apart.
        .header_read_timeout(None)
        .max_headers(HEADER_FIELDS)
        .max_buf_size(HEADER_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_BYTES)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

/// Out of file descriptors, mostly: accepting again at once would only spin. A caller that hung up before it was
/// accepted is no reason to wait.
async fn rest_after(error: &io::Error, pause: Duration, service: &'static str) -> Duration {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        return pause;
    }
    if pause.is_zero() {
        tracing::error!(service, %error, "connections cannot be accepted; trying again");
    }
    let pause = (pause * 2).clamp(Duration::from_millis(20), Duration::from_secs(1));
    tokio::time::sleep(pause).await;
    pause
}

/// Tells a caller that is one too many. What it sent is read before closing, or it would see a reset instead.
async fn refuse(mut socket: TcpStream) {
    const BODY: &str = r#"{"type":"/problems/unavailable","title":"Not available right now","status":503,"detail":"Too many connections are open."}"#;
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let told = async {
        socket.write_all(head.as_bytes()).await?;
        socket.shutdown().await?;
        let mut thrown = [0_u8; 4096];
        while socket.read(&mut thrown).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    // Whether it listened is its own affair.
    drop(tokio::time::timeout(Duration::from_secs(1), told).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[expect(clippy::panic, reason = "what is tested")]
    async fn a_loop_that_panics_ends_the_process_as_failed() {
        for blocking in [false, true] {
            let lifetime = Lifetime::new();
            if blocking {
                lifetime.spawn_blocking_loop("test", || panic!("a bug"));
            } else {
                lifetime.spawn_loop("test", async { panic!("a bug") });
            }
            lifetime.stop.cancelled().await;
            assert!(lifetime.has_failed());
        }
        let lifetime = Lifetime::new();
        lifetime.spawn_loop("test", async {});
        assert!(lifetime.end(Duration::from_mins(1)).await && !lifetime.has_failed());
    }
}
