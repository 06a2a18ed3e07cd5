//! The accept loop: sockets in, one task per connection, and an end that comes.
//!
//! warp's own server has no header timeout, no bound on connections and a shutdown that waits for ever on one stuck
//! request, so connections are served here on hyper-util's builder (HTTP/1.1 and HTTP/2 on one port). A connection
//! that says nothing is closed, one too many is told so and closed, and after `stop` open requests get a fixed time
//! before they are cut. Streams and WebSockets end by themselves when `stop` is cancelled ([`crate::stream`]).

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
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
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{HttpArgs, Network};
use crate::cors::Cors;
use crate::request::{App, Layer};
use crate::route::{Response, Routes};
use crate::starting::Starting;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;
/// Callers beyond the limit that are told so at once; further ones are just closed.
const REFUSALS: usize = 256;
/// What hyper reads of a header section before it gives up with a bare 431. The request layer's own, lower limits
/// answer with a problem.
const HEADER_BYTES: u32 = 64 * 1024;
const HEADER_FIELDS: usize = 128;

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
    /// Time for a request's header to arrive, also for the first byte and between requests.
    pub header_timeout: Duration,
    /// Connections held at once.
    pub max_connections: usize,
    /// Time for open requests to finish after `stop`.
    pub drain: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self { header_timeout: Duration::from_secs(10), max_connections: 10_000, drain: Duration::from_secs(10) }
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
}

impl Server {
    /// With default bounds, no CORS, and no trusted proxy.
    pub fn new(service: &'static str) -> Self {
        Self { service, limits: ServeLimits::default(), cors: Cors::default(), trusted_proxies: Arc::new([]) }
    }

    /// As the settings say.
    pub fn with_args(service: &'static str, args: &HttpArgs) -> Self {
        Self {
            service,
            limits: ServeLimits {
                header_timeout: args.header_timeout,
                max_connections: args.max_connections,
                drain: args.drain,
            },
            cors: Cors::new(args.allowed_origins.clone()),
            trusted_proxies: args.trusted_proxies.clone().into(),
        }
    }

    /// Serves until `lifetime.stop` is cancelled, and then until every connection has ended or been cut.
    pub async fn run(&self, listener: TcpListener, routes: Routes, lifetime: &Lifetime) -> Drained {
        let layer = Layer::new(self.service, self.cors.clone(), Arc::clone(&self.trusted_proxies));
        let hall = Arc::new(Hall {
            builder: builder(&self.limits),
            header_timeout: self.limits.header_timeout,
            abort: CancellationToken::new(),
            cut: AtomicUsize::new(0),
            open: metrics::gauge!("http_connections", "service" => self.service),
        });
        let seats = Arc::new(Semaphore::new(self.limits.max_connections));
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
            let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else {
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
            let seen = Arc::new(AtomicBool::new(false));
            let app = App::new(Arc::clone(&layer), service.clone(), peer.ip(), Arc::clone(&seen));
            let hall = Arc::clone(&hall);
            let stop = lifetime.stop.child_token();
            connections.spawn(async move {
                hall.open.increment(1);
                hall.host(socket, app, &seen, &stop).await;
                hall.open.decrement(1);
                drop(seat);
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
    header_timeout: Duration,
    abort: CancellationToken,
    cut: AtomicUsize,
    open: metrics::Gauge,
}

impl Hall {
    async fn host<S>(&self, socket: TcpStream, app: App<S>, seen: &AtomicBool, stop: &CancellationToken)
    where
        S: tower_service::Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let connection = self.builder.serve_connection_with_upgrades(TokioIo::new(socket), app);
        let mut connection = pin!(connection);
        tokio::select! {
            biased;
            ended = connection.as_mut() => return note(ended),
            () = self.silence(seen) => return,
            () = stop.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            ended = connection.as_mut() => note(ended),
            () = self.abort.cancelled() => {
                self.cut.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Ends when no request has come for as long as one may take. hyper's own timeout begins with the first byte
    /// that tells HTTP/1 from HTTP/2, so a caller that sends none would stay for ever.
    async fn silence(&self, seen: &AtomicBool) {
        tokio::time::sleep(self.header_timeout).await;
        if seen.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

/// Callers hang up, send nonsense, are slow: worth a line only when someone looks for it.
fn note(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

fn builder(limits: &ServeLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(HEADER_FIELDS)
        .max_buf_size(HEADER_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_BYTES)
        .max_concurrent_streams(256)
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

/// Opens a listener. `setting` is the flag that sets the address (`"--posts-addr"`), for the message when it fails.
///
/// # Errors
/// [`BindError`], which says what to do.
#[allow(clippy::unused_async, reason = "the socket needs the runtime, which an async fn is sure to be in")]
pub async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, BindError> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // Without it a restart would wait for the last connections' TIME_WAIT. On Windows it means something else.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|source| BindError { address, setting: setting.trim_start_matches('-').to_owned(), source })
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub struct BindError {
    address: SocketAddr,
    setting: String,
    #[source]
    source: io::Error,
}

impl BindError {
    /// Whether another program has the port.
    pub fn is_taken(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = &self.setting;
        let variable = format!("FOLKMOOT_{}", flag.to_ascii_uppercase().replace('-', "_"));
        let port = self.address.port();
        match self.source.kind() {
            io::ErrorKind::AddrInUse => {
                write!(f, "port {port} is taken: stop the other program or set --{flag} / {variable}")
            }
            io::ErrorKind::PermissionDenied => write!(
                f,
                "port {port} may not be used by this account: set --{flag} / {variable} to a port from 1024 on"
            ),
            io::ErrorKind::AddrNotAvailable => {
                write!(f, "{} is no address of this machine: set --{flag} / {variable}", self.address.ip())
            }
            _ => write!(f, "cannot listen on {} ({}): set --{flag} / {variable}", self.address, self.source),
        }
    }
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
        assert!(lifetime.end(Duration::from_secs(60)).await && !lifetime.has_failed());
    }
}
