//! How routes are written: a path, then a method, and after that nothing rejects.
//!
//! A rejection means "not my route" and nothing else. So what a handler needs of the request comes through one filter
//! that cannot fail ([`head`]), bodies come as values ([`crate::body`]), every path ends in [`other_methods`], and
//! [`finish`] turns what matched no path into a 404. A trailing slash names the same thing as none.
//!
//! ```text
//! let one = warp::path!("posts" / PostId);
//! let read = one.and(get()).and(with(&app)).and(head()).then(read).map(answer);
//! let edit = one.and(warp::patch()).and(with(&app)).and(head()).and(body::json(LIMIT)).then(edit).map(answer);
//! read.or(edit).unify().or(one.and(other_methods("GET, HEAD, PATCH")).map(|_, response| response)).unify().boxed()
//! ```

use std::convert::Infallible;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use warp::path::FullPath;
use warp::{Filter, Rejection};

use crate::problem::{FieldError, Problem};

/// Every answer.
pub type Response = warp::reply::Response;

/// A resource's routes, boxed: compile times stay low and signatures readable.
pub type Routes = warp::filters::BoxedFilter<(Response,)>;

/// What a handler gives back.
pub type Answer = Result<Response, Problem>;

/// What the request layer found out about the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The address; a forwarded one only from a trusted proxy.
    pub(crate) address: IpAddr,
    /// See [`Head::loopback_rule`].
    pub(crate) loopback_rule: bool,
}

/// Marks the answer of [`finish`]: no route had this path, so metrics must not name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unrouted;

/// What a handler may want to know of a request besides its path and body.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// All header fields. `Host` is there for HTTP/2 too.
    pub headers: HeaderMap,
    /// The query as it came, without `?`.
    pub query: Option<String>,
    /// Whether the path ends in a slash, which changes where a relative reference leads.
    pub trailing_slash: bool,
    /// Who is calling; `None` where routes are called without a socket.
    pub peer: Option<IpAddr>,
    /// Whether the request came to a listener where calls from this machine may pass without a token
    /// ([`crate::access`]). The front door is none.
    pub loopback_rule: bool,
}

impl Head {
    /// The query parameters as a type whose fields are their names. Unknown ones are ignored.
    ///
    /// # Errors
    /// 422 naming the parameter where one does not parse.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let raw = self.query.as_deref().unwrap_or_default();
        let parameters = serde_urlencoded::Deserializer::new(form_pairs(raw.as_bytes()));
        serde_path_to_error::deserialize(parameters).map_err(|error| {
            let at = error.path().to_string();
            let pointer = if at == "." { "?".to_owned() } else { format!("?{at}") };
            Problem::invalid(vec![FieldError::new(pointer, error.into_inner().to_string())])
        })
    }

    /// One query parameter, decoded; the first where it is repeated.
    pub fn parameter(&self, name: &str) -> Option<String> {
        form_pairs(self.query.as_deref()?.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A reference that is relative to the request's path without a trailing slash (`posts/1` is what stands beside
    /// `/posts`), made right for the path as it came. It holds under any prefix (RFC 3986, 5.2).
    pub fn beside(&self, reference: &str) -> String {
        let up = if self.trailing_slash { "../" } else { "" };
        format!("{up}{reference}")
    }

    /// One header field as text; `None` if it is absent or not visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

fn form_pairs(raw: &[u8]) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(raw)
}

/// The request's head; never rejects.
pub fn head() -> impl Filter<Extract = (Head,), Error = Infallible> + Clone + Send + Sync + 'static {
    let query = warp::query::raw().map(Some).or_else(|_: Rejection| std::future::ready(Ok::<_, Infallible>((None,))));
    warp::method()
        .and(warp::header::headers_cloned())
        .and(query)
        .and(warp::path::full())
        .and(warp::ext::optional::<Peer>())
        .map(|method, headers, query, path: FullPath, peer: Option<Peer>| Head {
            method,
            headers,
            query,
            trailing_slash: path.as_str().ends_with('/'),
            peer: peer.map(|peer| peer.address),
            loopback_rule: peer.is_some_and(|peer| peer.loopback_rule),
        })
}

/// GET, and HEAD with it: the server leaves the body out of the answer to a HEAD.
pub fn get() -> impl Filter<Extract = (), Error = Rejection> + Copy + Send + Sync + 'static {
    warp::get().or(warp::head()).unify()
}

/// The end of a path: 405 with `Allow`, and 204 with `Allow` for OPTIONS. `allow` as in `"GET, HEAD, POST"`.
pub fn other_methods(allow: &'static str) -> Routes {
    warp::method()
        .map(move |method: Method| {
            if method != Method::OPTIONS {
                return Problem::method_not_allowed(allow).to_response();
            }
            let mut response = empty_response(StatusCode::NO_CONTENT);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
            response
        })
        .boxed()
}

/// Hands a clone of `state` to a handler.
pub fn with<T: Clone + Send + Sync + 'static>(
    state: &T,
) -> impl Filter<Extract = (T,), Error = Infallible> + Clone + Send + Sync + 'static {
    let state = state.clone();
    warp::any().map(move || state.clone())
}

/// 404 for what matched no path. Goes around all routes, once.
pub fn finish(routes: Routes) -> Routes {
    routes
        .recover(|_: Rejection| async {
            let mut response = Problem::not_found("There is nothing under this path.").to_response();
            response.extensions_mut().insert(Unrouted);
            Ok::<_, Infallible>(response)
        })
        .unify()
        .boxed()
}

/// An [`Answer`] as a response, for `.then(handler).map(route::answer)`.
pub fn answer(answer: Answer) -> Response {
    answer.unwrap_or_else(|problem| problem.to_response())
}

/// An answer in JSON.
pub fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => bytes_response(status, "application/json", bytes),
        Err(error) => {
            Problem::internal().because(format_args!("the answer cannot be written as JSON: {error}")).to_response()
        }
    }
}

/// An answer whose bytes are ready.
pub fn bytes_response(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An answer without a body.
pub fn empty_response(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// An answer of which no copy may be kept: a verdict changes what is seen without a new revision.
pub fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
