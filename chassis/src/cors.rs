//! Which pages may call from a browser: the Fetch standard's CORS protocol for configured origins.
//!
//! It is part of the request layer, outside of everything, so that errors carry its headers too: a page that cannot
//! read a 422 can only say that something failed.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::config::Origin;
use crate::route::{Response, empty_response};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Await-Event, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Owner-Key, \
     traceparent",
);
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Await-Event, ETag, Event-Id, Folkmoot-Stale, Idempotency-Replayed, Link, Location, Retry-After, traceparent",
);
/// Seconds that a browser may remember an answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origins that may call. None by default.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    allowed: Arc<[Origin]>,
}

impl Cors {
    /// For these origins.
    pub fn new(allowed: impl Into<Arc<[Origin]>>) -> Self {
        Self { allowed: allowed.into() }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        self.allowed.iter().any(|allowed| allowed.as_str().as_bytes() == origin.as_bytes())
    }

    /// The answer to a preflight from an allowed origin. One from elsewhere gets the route's own answer, which names
    /// no origin, and the browser stops there.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let asks = *method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || !self.allows(headers.get(ORIGIN)?) {
            return None;
        }
        let mut response = empty_response(StatusCode::NO_CONTENT);
        let answer = response.headers_mut();
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(response)
    }

    /// Puts the headers on any answer. Caches must know that it depends on the origin, even where there was none.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if self.allowed.is_empty() {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin.filter(|origin| self.allows(origin)) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}
