//! What happens around every request, outside of all routes.
//!
//! In this order: header limits, the caller's address, trace context, CORS, the routes, and then panics become 500,
//! failures one line in the log, and everything a number in the metrics. It runs for every request, so it allocates
//! once (the future), and meters are looked up without building their labels.

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version};
use hyper::body::{Body as _, Incoming};
use tracing::Instrument;

use crate::config::Network;
use crate::cors::Cors;
use crate::labels::Labels;
use crate::problem::{Because, Problem};
use crate::route::{Peer, Response, Unrouted};
use crate::serve::activity::Activity;
use crate::serve::outgoing::Outgoing;
use crate::serve::{Server, memory};
use crate::telemetry;
use crate::trace::{self, TraceContext};

/// More header fields than any browser, proxy or event in binary mode sends.
const MAX_FIELDS: usize = 64;
/// All names and values together.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// The largest answer that is given however many wait to be read.
const SMALL: u64 = 8 * 1024;
/// What of answers may wait on one connection; one alone may be larger.
const HELD: usize = 16 * 1024 * 1024;
/// When to come again where there is no room for an answer.
const FULL: Duration = Duration::from_secs(1);
/// Meters kept; a route beyond is counted as `(other)`.
const MAX_METERS: usize = 1000;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The body of every answer of the routes.
pub(crate) type Body = <Response as Bodied>::Body;

/// Names warp's body, which warp does not.
pub(crate) trait Bodied {
    type Body;
}

impl<B> Bodied for http::Response<B> {
    type Body = B;
}

/// What all requests of one listener share.
pub(crate) struct Layer {
    cors: Cors,
    trusted: Arc<[Network]>,
    loopback_rule: bool,
    meters: Meters,
}

impl Layer {
    pub(crate) fn new(server: &Server) -> Arc<Self> {
        Arc::new(Self {
            cors: server.cors.clone(),
            trusted: Arc::clone(&server.trusted_proxies),
            loopback_rule: server.loopback_rule,
            meters: Meters::new(server.service, server.labels.clone()),
        })
    }

    async fn handle<S>(
        self: Arc<Self>,
        mut routes: S,
        socket: IpAddr,
        connection: Arc<Activity>,
        mut request: Request<Incoming>,
    ) -> Response
    where
        S: tower_service::Service<Request<Incoming>, Response = Response, Error = Infallible>,
    {
        let started = Instant::now();
        let method = request.method().clone();
        let uri = request.uri().clone();
        let origin = request.headers().get(ORIGIN).cloned();
        let context = context_of(request.headers());
        let peer = peer_of(socket, request.headers(), &self.trusted);
        name_host(&mut request);
        request.extensions_mut().insert(Peer { address: peer, loopback_rule: self.loopback_rule });
        let span = tracing::debug_span!("request", %method, path = uri.path(), trace_id = context.id());
        let work = async {
            if let Some(problem) = without_path(&method, request.uri()).or_else(|| oversized(request.headers())) {
                return problem.to_response();
            }
            if let Some(preflight) = self.cors.preflight(&method, request.headers()) {
                return preflight;
            }
            match routes.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        let caught = AssertUnwindSafe(trace::within(context, work)).catch_unwind();
        let mut response = match caught.instrument(span).await {
            Ok(response) => response,
            Err(_) => panicked(),
        };
        if has_no_room(&response, &connection) {
            response = Problem::unavailable("Too many answers wait to be read.", FULL).to_response();
        }
        self.cors.decorate(origin.as_ref(), response.headers_mut());
        if response.status().is_server_error() {
            tell(&mut response, &method, &uri, context, self.meters.service);
        }
        self.meters.count(&method, &uri, &response, started.elapsed());
        response
    }
}

/// One connection's service.
pub(crate) struct App<S> {
    layer: Arc<Layer>,
    routes: S,
    peer: IpAddr,
    activity: Arc<Activity>,
}

impl<S> App<S> {
    /// Of the connection of this activity.
    pub(crate) fn new(layer: Arc<Layer>, routes: S, peer: IpAddr, activity: Arc<Activity>) -> Self {
        Self { layer, routes, peer, activity }
    }
}

impl<S> hyper::service::Service<Request<Incoming>> for App<S>
where
    S: tower_service::Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = http::Response<Outgoing<Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let http2 = request.version() == Version::HTTP_2;
        let open = self.activity.begin(http2, !request.body().is_end_stream());
        let connection = Arc::clone(&self.activity);
        let handled = Arc::clone(&self.layer).handle(self.routes.clone(), self.peer, connection, request);
        Box::pin(handled.map(move |response| Ok(response.map(|body| Outgoing::new(body, open, http2)))))
    }
}

fn context_of(headers: &HeaderMap) -> TraceContext {
    let given = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok());
    given.and_then(TraceContext::parse).map_or_else(TraceContext::start, TraceContext::child)
}

/// The nearest address that is no trusted proxy. Each proxy appends the address that it saw, so the list is believed
/// from its end, and only as far as trusted ones wrote it.
fn peer_of(socket: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut peer = socket.to_canonical();
    if trusted.is_empty() || !is_trusted(peer) {
        return peer;
    }
    for line in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        for hop in line.to_str().unwrap_or_default().rsplit(',') {
            let Some(address) = address_of(hop.trim()) else {
                return peer;
            };
            peer = address.to_canonical();
            if !is_trusted(peer) {
                return peer;
            }
        }
    }
    peer
}

/// An address as proxies write it: alone, in brackets, or with a port (`203.0.113.7:47110`, `[2001:db8::1]:443`).
fn address_of(hop: &str) -> Option<IpAddr> {
    if let Ok(address) = hop.parse() {
        return Some(address);
    }
    if let Ok(address) = hop.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    hop.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// HTTP/2 names the host in `:authority`, and a full URI overrides `Host` (RFC 9112, 3.2.2): afterwards `Host` is it.
fn name_host(request: &mut Request<Incoming>) {
    let named = request.uri().authority().map(|authority| HeaderValue::from_str(authority.as_str()));
    if let Some(Ok(host)) = named {
        request.headers_mut().insert(HOST, host);
    }
}

/// The routes read a path. `CONNECT` has none (RFC 9112, 3.2.3), and `*` is none (3.2.4).
fn without_path(method: &Method, uri: &Uri) -> Option<Problem> {
    if *method == Method::CONNECT {
        return Some(Problem::method_not_allowed("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    }
    let fine = uri.path().starts_with('/');
    (!fine).then(|| Problem::bad_request("The target of the request must be a path."))
}

/// Whether the answer is large, and too much waits already of all or of this connection.
fn has_no_room(response: &Response, connection: &Activity) -> bool {
    let size = response.body().size_hint().lower();
    if size <= SMALL {
        return false;
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let held = connection.held();
    memory::is_full_for(size) || (held > 0 && held.saturating_add(size) > HELD)
}

fn oversized(headers: &HeaderMap) -> Option<Problem> {
    if headers.len() > MAX_FIELDS {
        return Some(Problem::headers_too_large(format!("At most {MAX_FIELDS} header fields are read.")));
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    (bytes > MAX_HEADER_BYTES)
        .then(|| Problem::headers_too_large(format!("At most {MAX_HEADER_BYTES} bytes of header fields are read.")))
}

/// Marks an answer whose failure the panic hook has already told.
#[derive(Clone, Copy)]
struct Panicked;

fn panicked() -> Response {
    let mut response = Problem::internal().to_response();
    response.extensions_mut().insert(Panicked);
    response
}

/// The one line of a failure, and the trace's id for the caller to name.
fn tell(response: &mut Response, method: &Method, uri: &Uri, context: TraceContext, service: &'static str) {
    if let Ok(value) = HeaderValue::from_str(&context.to_string()) {
        response.headers_mut().insert(TRACEPARENT, value);
    }
    // That a service is not ready yet is what its probe asks, and no failure of the request.
    if response.extensions().get::<Panicked>().is_some() || uri.path() == "/readyz" {
        return;
    }
    let because = response.extensions().get::<Because>().map_or("", |Because(text)| text);
    let (status, path, trace_id) = (response.status().as_u16(), uri.path(), context.id());
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(service, status, %method, path, trace_id, because, "not available");
    } else {
        tracing::error!(service, status, %method, path, trace_id, because, "a request failed");
    }
}

/// Requests and their duration by method, route and status.
struct Meters {
    service: &'static str,
    labels: Labels,
    hasher: RandomState,
    /// By a keyed hash of the labels, so that a lookup builds no strings.
    known: RwLock<std::collections::HashMap<u64, Meter>>,
}

#[derive(Clone)]
struct Meter {
    requests: metrics::Counter,
    duration: metrics::Histogram,
}

impl Meters {
    fn new(service: &'static str, labels: Labels) -> Self {
        telemetry::prometheus();
        Self { service, labels, hasher: RandomState::new(), known: RwLock::default() }
    }

    fn count(&self, method: &Method, uri: &Uri, response: &Response, took: Duration) {
        let unrouted = response.extensions().get::<Unrouted>().is_some();
        let route = if unrouted { "(none)" } else { self.labels.of(uri.path()).unwrap_or("(other)") };
        let status = response.status();
        let key = self.hasher.hash_one((method_label(method), status.as_u16(), route));
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let meter = known.unwrap_or_else(|| self.meter(key, method, route, status));
        meter.requests.increment(1);
        meter.duration.record(took.as_secs_f64());
    }

    fn meter(&self, key: u64, method: &Method, route: &str, status: StatusCode) -> Meter {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let full = known.len() >= MAX_METERS;
        let route = if full { "(other)" } else { route }.to_owned();
        let labels = [
            ("service", self.service.to_owned()),
            ("method", method_label(method).to_owned()),
            ("route", route),
            ("status", status.as_u16().to_string()),
        ];
        let meter = Meter {
            requests: metrics::counter!("http_requests_total", &labels),
            duration: metrics::histogram!("http_request_duration_seconds", &labels),
        };
        if !full {
            known.insert(key, meter.clone());
        }
        meter
    }
}

/// Any word may come as a method; the standard ones are counted by name.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_is_no_path_is_no_target() {
        let status = |method, uri: &'static str| {
            without_path(&method, &Uri::from_static(uri)).map(|problem| problem.status().as_u16())
        };
        assert_eq!(status(Method::CONNECT, "e.org:443"), Some(405));
        assert_eq!(status(Method::GET, "e.org:443"), Some(400));
        assert_eq!(status(Method::OPTIONS, "*"), Some(400));
        for path in ["/", "/posts?x", "//", "http://e.org", "http://e.org/posts"] {
            assert_eq!(status(Method::GET, path), None, "{path}");
        }
    }

    #[test]
    fn a_forwarded_address_is_believed_from_trusted_proxies_only() {
        let peer = |socket: &str, lines: &[&'static str], trusted: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(X_FORWARDED_FOR, HeaderValue::from_static(line));
            }
            let trusted: Vec<Network> = trusted.iter().map(|network| network.parse().unwrap()).collect();
            peer_of(socket.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(peer("10.0.0.1", &["1.2.3.4"], &[]), "10.0.0.1");
        assert_eq!(peer("10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(peer("::ffff:10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(peer("9.9.9.9", &["1.2.3.4"], &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(peer("10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.2"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(peer("10.0.0.1", &["6.6.6.6", "1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(peer("10.0.0.1", &["1.2.3.4, junk"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(peer("10.0.0.1", &["203.0.113.7:47110"], &["10.0.0.0/8"]), "203.0.113.7");
        assert_eq!(peer("10.0.0.1", &["[2001:db8::1]:443"], &["10.0.0.0/8"]), "2001:db8::1");
        assert_eq!(peer("10.0.0.1", &["[2001:db8::1]"], &["10.0.0.0/8"]), "2001:db8::1");
        assert_eq!(peer("10.0.0.1", &["1.2.3.4:1, 10.0.0.2:2"], &["10.0.0.0/8"]), "1.2.3.4");
        for bad in ["1.2.3.4:", "1.2.3.4:x", "[1.2.3.4]", "2001:db8::1:443:", "[2001:db8::1", "unknown"] {
            assert_eq!(peer("10.0.0.1", &[bad], &["10.0.0.0/8"]), "10.0.0.1", "{bad}");
        }
        assert_eq!(peer("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(peer("::ffff:1.2.3.4", &[], &[]), "1.2.3.4");
    }
}
