//! The bus's routes put together, and what its errors are over HTTP. (What the handlers do is in the files named
//! after what they do: append, read, stream.)

use std::sync::Arc;
use std::time::Duration;

use chassis::access::Access;
use chassis::headers::{FOLKMOOT_HEAD, FOLKMOOT_LOG};
use chassis::problem::Problem;
use chassis::route::{Head, Response, Routes};
use chassis::serve::Lifetime;
use contract::{LogId, Sequence};
use http::{HeaderName, HeaderValue, StatusCode};
use warp::Filter;

use crate::config::StreamSettings;
use crate::dispatcher::Dispatcher;
use crate::engine::{AppendError, Log, ReadError};
use crate::{append_http, asyncapi, event_http, read_http, stream_http, subscription_http};

/// When trying again makes sense after the engine failed.
const RETRY: Duration = Duration::from_secs(1);

/// What every handler works with.
#[derive(Clone)]
pub(crate) struct Bus(Arc<Parts>);

struct Parts {
    log: Arc<dyn Log>,
    access: Access,
    lifetime: Lifetime,
    stream: StreamSettings,
}

/// Who may send a body: decided before any of it is read.
pub(crate) fn allowed(bus: &Bus) -> impl Fn(&Head) -> Result<(), Problem> + Clone + Send + Sync + 'static {
    let bus = bus.clone();
    move |head| bus.check(head)
}

impl Bus {
    pub(crate) fn new(log: Arc<dyn Log>, access: Access, lifetime: Lifetime, stream: StreamSettings) -> Self {
        Self(Arc::new(Parts { log, access, lifetime, stream }))
    }

    pub(crate) fn log(&self) -> &Arc<dyn Log> {
        &self.0.log
    }

    pub(crate) fn lifetime(&self) -> &Lifetime {
        &self.0.lifetime
    }

    pub(crate) fn stream(&self) -> StreamSettings {
        self.0.stream
    }

    /// Whether a call may pass: on the bus a token guards everything, for the log holds withheld text.
    ///
    /// # Errors
    /// 401 or 403.
    pub(crate) fn check(&self, head: &Head) -> Result<(), Problem> {
        self.0.access.check(head)
    }

    /// The log's last sequence now.
    pub(crate) fn head(&self) -> Sequence {
        *self.0.log.head().borrow()
    }

    /// Names the log and its head on an answer.
    pub(crate) fn name_log(&self, response: &mut Response, head: Sequence) {
        name_log(response, self.0.log.id(), head);
    }

    /// 409 if the caller speaks of another log than this one.
    ///
    /// # Errors
    /// That problem.
    pub(crate) fn check_log(&self, named: Option<LogId>) -> Result<(), Problem> {
        let id = self.0.log.id();
        match named {
            Some(named) if named != id => Err(Problem::new(
                StatusCode::CONFLICT,
                "another-log",
                "This is another log",
                format!("The log here is {id}, not {named}: sequences of that one mean nothing here."),
            )
            .with_header(FOLKMOOT_LOG, header(&id))),
            _ => Ok(()),
        }
    }
}

/// Everything under `/events` and `/subscriptions`, and what the events are.
pub(crate) fn routes(bus: &Bus, dispatcher: &Dispatcher) -> Routes {
    let stream = stream_http::routes(bus);
    let read = read_http::routes(bus).or(event_http::routes(bus)).unify();
    let append = append_http::routes(bus);
    let subscriptions = subscription_http::routes(bus, dispatcher);
    let all = stream.or(append).unify().or(read).unify().or(subscriptions).unify().or(asyncapi::routes()).unify();
    // Refusals too: by this header a client knows that it is the bus that answers.
    let log = header(&bus.log().id());
    all.map(move |mut response: Response| {
        response.headers_mut().entry(FOLKMOOT_LOG).or_insert_with(|| log.clone());
        response
    })
    .boxed()
}

/// `Folkmoot-Log` and `Folkmoot-Head`.
fn name_log(response: &mut Response, log: LogId, head: Sequence) {
    let headers = response.headers_mut();
    headers.insert(FOLKMOOT_LOG, header(&log));
    headers.insert(FOLKMOOT_HEAD, header(&head));
}

/// Ids and sequences are visible ASCII, so the fallback is never used.
fn header(value: &impl ToString) -> HeaderValue {
    HeaderValue::try_from(value.to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// The media types that the caller would take, in lower case, without their parameters.
pub(crate) fn accepts(head: &Head, media_type: &str) -> bool {
    let named = |name: HeaderName| head.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    named(http::header::ACCEPT)
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type)))
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let because = error.to_string();
        let problem = match error {
            AppendError::Overloaded => Self::unavailable("Too many appends are waiting; nothing was kept.", RETRY),
            AppendError::Full(_) => Self::disk_full("There is no room left for events; nothing was kept.", RETRY * 10),
            AppendError::Unknown(_) => Self::unknown_fate(
                "The disk failed while this was written. The events may have been kept, or not; send them again: what \
                 is there is known by its source and id.",
            ),
            AppendError::Failed(_) => Self::unavailable("The log cannot be written; nothing was kept.", RETRY),
        };
        problem.because(because)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let because = error.to_string();
        match error {
            ReadError::Ahead { after, head } => Self::new(
                StatusCode::CONFLICT,
                "beyond-the-log",
                "The log does not reach that far",
                format!("`after` is {after}, but the log ends at {head}: it was begun anew, or has lost its end."),
            )
            .with_header(FOLKMOOT_HEAD, header(&head)),
            ReadError::Damaged { sequence, .. } => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "log-damaged",
                "The log is damaged",
                format!("What is kept at sequence {sequence} is not what was written, so it is not given out."),
            )
            .because(because),
            ReadError::Failed(_) => Self::unavailable("The log cannot be read.", RETRY).because(because),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_meets_has_a_status_and_no_details() {
        let sequence = Sequence::new(7);
        for (problem, status) in [
            (Problem::from(AppendError::Overloaded), 503),
            (Problem::from(AppendError::Full("/var/secret/path".to_owned())), 507),
            (Problem::from(AppendError::Failed("/var/secret/path".to_owned())), 503),
            (Problem::from(AppendError::Unknown("/var/secret/path".to_owned())), 500),
            (Problem::from(ReadError::Ahead { after: sequence, head: Sequence::ZERO }), 409),
            (Problem::from(ReadError::Damaged { sequence, reason: "it is missing" }), 500),
            (Problem::from(ReadError::Failed("/var/secret/path".to_owned())), 503),
        ] {
            assert_eq!(problem.status().as_u16(), status);
            assert!(!problem.to_json().to_string().contains("secret"), "{problem}");
        }
    }
}
