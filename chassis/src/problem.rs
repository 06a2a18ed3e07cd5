//! What a caller is told when something cannot be done: RFC 9457 `application/problem+json`.
//!
//! Handlers answer `Result<Response, Problem>` and nothing else decides about error bodies, so every failure has one
//! shape. What the caller reads (`detail`) and what the log says (`because`) are two things: the second never leaves
//! the process.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::route::Response;
use crate::store::{StoreError, WriteError};

/// The media type of every error body.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What to wait for a full queue, or for a service that starts again.
const SOON: Duration = Duration::from_secs(1);
/// What to wait for the bus to take what has piled up.
const LATER: Duration = Duration::from_secs(10);

/// A failure as the caller is to see it. Boxed inside, so that a `Result` carrying it stays small.
#[derive(Clone)]
pub struct Problem(Box<Parts>);

#[derive(Clone)]
struct Parts {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    headers: Vec<(HeaderName, HeaderValue)>,
    because: Option<Box<str>>,
}

/// One thing that is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the body such as `/title`, or `?limit` for a query parameter.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl FieldError {
    /// What is wrong with the field at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// The log's side of a failure, carried to the request layer in the response's extensions.
#[derive(Clone, Debug)]
pub(crate) struct Because(pub(crate) Arc<str>);

impl Problem {
    /// A problem of any kind. `kind` is a slug that stays the same for ever (`type` is `/problems/<kind>`), `title`
    /// its short name, `detail` what happened this time.
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Parts {
            status,
            kind,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            headers: Vec::new(),
            because: None,
        }))
    }

    /// 400: the request itself cannot be read.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read", detail)
    }

    /// 401: a token is needed, or the one that came is not right.
    pub fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is needed", detail)
            .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: known, but not allowed.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405, with the methods that the path does have (`"GET, HEAD, POST"`).
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "Method not allowed",
            format!("This path takes {allow}."),
        )
        .with_header(ALLOW, HeaderValue::from_static(allow))
    }

    /// 408: the body came too slowly.
    pub fn request_timeout(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", "The request took too long to arrive", detail)
    }

    /// 409: it contradicts what is there.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict", detail)
    }

    /// 410: it was there, and is gone for good.
    pub fn gone(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::GONE, "gone", "Gone", detail)
    }

    /// 412: `If-Match` names another revision than the current one.
    pub fn precondition_failed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", "It has changed meanwhile", detail)
    }

    /// 413: the body is beyond the limit.
    pub fn payload_too_large(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload-too-large", "The body is too large", detail)
    }

    /// 415: the body is not in a format that is read here.
    pub fn unsupported_media(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type", detail)
    }

    /// 422: readable, but what it says is not valid; one entry per field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [] => "The content is not valid.".to_owned(),
            [one] => one.detail.clone(),
            [first, rest @ ..] => format!("{} And {} more.", first.detail, rest.len()),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The content is not valid", detail);
        problem.0.errors = errors;
        problem
    }

    /// 422 about one field.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, detail)])
    }

    /// 422 about the body as a whole.
    pub fn invalid_body(detail: impl Into<String>) -> Self {
        Self::invalid_field("", detail)
    }

    /// 429, with the time after which it may be tried again.
    pub fn too_many(retry: Duration) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
            "Slow down, and try again after the time in Retry-After.",
        );
        problem.0.retry_after = Some(retry);
        problem
    }

    /// 431: more or larger header fields than are read here.
    pub fn headers_too_large(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "headers-too-large",
            "Too many or too large header fields",
            detail,
        )
    }

    /// 503: not now, but soon; nothing was done.
    pub fn unavailable(detail: impl Into<Cow<'static, str>>, retry: Duration) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available right now", detail);
        problem.0.retry_after = Some(retry);
        problem
    }

    /// 500: our fault. Say why to the log with [`Problem::because`].
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here",
            "The failure is in the server's log; the trace id in `traceparent` finds it.",
        )
    }

    /// Adds a header field to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Sets the time after which trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, retry: Duration) -> Self {
        self.0.retry_after = Some(retry);
        self
    }

    /// What the log is to say about it; the caller never sees this. The request layer writes it, once.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.0.because = Some(cause.to_string().into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The slug that names this kind of problem.
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// What happened, for the caller.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What is wrong field by field; empty unless the status is 422.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The body: `{type, title, status, detail, errors?}`. Also used for one failed item among several.
    pub fn to_json(&self) -> serde_json::Value {
        let mut body = serde_json::json!({
            "type": format!("/problems/{}", self.0.kind),
            "title": self.0.title,
            "status": self.0.status.as_u16(),
            "detail": self.0.detail,
        });
        if !self.0.errors.is_empty() {
            body["errors"] = serde_json::json!(self.0.errors);
        }
        body
    }

    /// The answer that says this problem.
    pub fn to_response(&self) -> Response {
        let mut response = Response::new(self.to_json().to_string().into());
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry) = self.0.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(retry)));
        }
        for (name, value) in &self.0.headers {
            headers.append(name.clone(), value.clone());
        }
        if let Some(because) = &self.0.because {
            response.extensions_mut().insert(Because(Arc::from(&**because)));
        }
        response
    }
}

/// `Retry-After` counts whole seconds (RFC 9110, 10.2.3): rounded up, at least one.
fn whole_seconds(retry: Duration) -> u64 {
    retry.as_secs().saturating_add(u64::from(retry.subsec_nanos() > 0)).max(1)
}

impl warp::Reply for Problem {
    fn into_response(self) -> Response {
        self.to_response()
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.to_response()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.0.status, self.0.kind, self.0.detail)?;
        if let Some(because) = &self.0.because {
            write!(f, " ({because})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Problem {}

/// So that a write that refuses nothing can be answered like any other.
impl From<Infallible> for Problem {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Closed => Self::unavailable("The service is stopping.", SOON),
            StoreError::LogOlder => Self::unavailable(
                "The event bus has an older copy of its log. Nothing can be written until an operator has mended that.",
                LATER,
            ),
            other => Self::internal().because(other),
        }
    }
}

impl<E: Into<Problem>> From<WriteError<E>> for Problem {
    fn from(error: WriteError<E>) -> Self {
        match error {
            WriteError::Refused(refusal) => refusal.into(),
            WriteError::Overloaded => {
                Self::unavailable("Too many writes are waiting.", SOON).because("the queue of writes is full")
            }
            WriteError::OutboxFull => Self::unavailable("Too much waits for the event bus, which is away.", LATER)
                .because("the outbox is full: the bus has been away for too long"),
            WriteError::Failed(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_whole_seconds_rounded_up() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::from_millis(2001)), 3);
        assert_eq!(whole_seconds(Duration::MAX), u64::MAX);
    }

    #[test]
    fn what_the_log_is_told_is_not_in_the_body() {
        let problem = Problem::internal().because("disk full");
        assert!(!problem.to_json().to_string().contains("disk"));
        assert!(problem.to_string().contains("disk full"));
    }
}
