//! The way in over HTTP: parse, ask the store, answer. Nothing else here knows of status codes.
//!
//! Every call is guarded: the queue shows what is withheld from everyone else, and the rules tell how to get around them.

mod wire;

use std::time::Duration;

use chassis::access::Access;
use chassis::awaited::Awaiting;
use chassis::body;
use chassis::headers::set_event_id;
use chassis::page::{self, Page};
use chassis::problem::Problem;
use chassis::route::{self, Answer, Head, Routes};
use chassis::text::Checks;
use http::StatusCode;
use utoipa::OpenApi;
use warp::Filter;

use crate::item::Key;
use crate::reactor::judges::Judges;
use crate::store::{Cursor, Moderation};
use crate::verdict::{Decision, Refusal};
use wire::{DecisionRequest, Document, QueueItem, RuleBody, Ruled, VerdictBody};

/// The largest body that is read, in bytes.
const BODY: u64 = 16 * 1024;

/// The longest reason, in characters.
const REASON: usize = 1000;

/// Items in a page, where the caller does not say, and at most.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

/// What to wait for a new database to be filled.
const RESTORING: Duration = Duration::from_secs(5);

/// What handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The items.
    pub moderation: Moderation,
    /// The rules.
    pub judges: Judges,
    /// Reads that wait for an event.
    pub awaiting: Awaiting,
    /// Who may call.
    pub access: Access,
}

/// All routes of moderation.
pub fn routes(app: &App) -> Routes {
    let queue_path = warp::path!("queue").boxed();
    let decisions_path = warp::path!("decisions").boxed();
    let rules_path = warp::path!("rules").boxed();

    let get = |path: warp::filters::BoxedFilter<()>| path.and(route::get()).and(route::with(app)).and(route::head());
    let queue = get(queue_path.clone()).then(queue).map(route::answer);
    let rules = get(rules_path.clone()).then(rules).map(route::answer);
    let decide = decisions_path
        .clone()
        .and(warp::post())
        .and(route::with(app))
        .and(route::head())
        .and(body::json(BODY))
        .then(decide)
        .map(route::answer);

    let known = queue.or(rules).unify().or(decide).unify();
    let reads = queue_path.or(rules_path).unify();
    let others =
        (reads.and(route::other_methods("GET, HEAD"))).or(decisions_path.and(route::other_methods("POST"))).unify();
    known.or(others).unify().boxed()
}

/// The OpenAPI document of these routes, as JSON.
pub fn openapi() -> String {
    Document::openapi().to_pretty_json().unwrap_or_default()
}

/// What waits for a moderator, longest waiting first
#[utoipa::path(
    get, path = "/queue", tag = "moderation",
    params(
        ("limit" = Option<usize>, Query, description = "Items in a page: 20 if absent, at most 100"),
        ("cursor" = Option<String>, Query, description = "Where the last page ended, as its `Link` says"),
        ("Await-Event" = Option<String>, Header, description = "Answer only once this event shows, or after 2 seconds"),
    ),
    responses(
        (status = 200, description = "A page. `Link` with `rel=\"next\"` leads to the one after it", body = [QueueItem]),
        (status = 401, description = "Without the token, where one is needed", content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
async fn queue(app: App, head: Head) -> Answer {
    app.access.check(&head)?;
    let page = Page::read(&head, PAGE, LARGEST_PAGE)?;
    let after: Option<Cursor> = page
        .cursor
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| Problem::invalid_field("?cursor", "Take the cursor from the Link of a page."))?;
    let read = async {
        let listed = app.moderation.queue(after, page.limit).await?;
        let items: Vec<QueueItem> = listed.records.into_iter().filter_map(QueueItem::of).collect();
        let mut response = route::uncached(route::json_response(StatusCode::OK, &items));
        let next = listed.next.map(|next| next.to_string());
        page::set_next(&mut response, &head, next.as_deref());
        Ok(response)
    };
    app.awaiting.read(&head.headers, read).await
}

/// Decide on a post or comment, whatever was decided on it before
#[utoipa::path(
    post, path = "/decisions", tag = "moderation", request_body = DecisionRequest,
    responses(
        (status = 201, description = "Decided. `Event-Id` names the event that tells of it", body = VerdictBody),
        (status = 401, description = "Without the token, where one is needed", content_type = "application/problem+json"),
        (status = 404, description = "Not there, or deleted", content_type = "application/problem+json"),
        (status = 409, description = "It has another revision by now: read it again", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "A new database is still being filled, or too much waits for the bus; try again later", content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
async fn decide(app: App, head: Head, body: Result<DecisionRequest, Problem>) -> Answer {
    app.access.check(&head)?;
    let body = body?;
    let mut checks = Checks::new();
    let reason = body.reason.as_deref().map(|reason| checks.optional("/reason", reason, REASON));
    let decision = Decision {
        key: Key { kind: body.kind, id: body.id },
        revision: body.revision,
        approve: body.status == Ruled::Approved,
        reason: reason.filter(|reason| !reason.is_empty()),
    };
    let decision = checks.finish(decision).map_err(Problem::invalid)?;
    let decided = app.moderation.decide(decision).await?;
    let event = decided.event.clone();
    let mut response = route::uncached(route::json_response(StatusCode::CREATED, &VerdictBody::of(decided)));
    set_event_id(response.headers_mut(), Some(&event));
    Ok(response)
}

/// The rules that are in force, in their order; the last is what decides where none matches
#[utoipa::path(
    get, path = "/rules", tag = "moderation",
    responses(
        (status = 200, description = "The rules", body = [RuleBody]),
        (status = 401, description = "Without the token, where one is needed", content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
async fn rules(app: App, head: Head) -> Answer {
    app.access.check(&head)?;
    Ok(route::uncached(route::json_response(StatusCode::OK, &RuleBody::all(app.judges.rules()))))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::not_found("There is no such post or comment, or no more."),
            Refusal::Revision(current) => Self::conflict(format!("It is at revision {current}; read it again.")),
            Refusal::Restoring => {
                Self::unavailable("What was decided before is still being read from the bus.", RESTORING)
            }
        }
    }
}
