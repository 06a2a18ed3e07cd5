//! The way in over HTTP: parse, ask the store, answer. Nothing else here knows of status codes.
//!
//! Every call is guarded: the queue shows what is withheld from everyone else, and the rules tell how to get around them.

mod batch;
mod verdicts;
mod wire;

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use chassis::access::Access;
use chassis::awaited::Awaiting;
use chassis::body;
use chassis::hearing::Hearing;
use chassis::page::{self, Page};
use chassis::problem::Problem;
use chassis::route::{self, Answer, Head, Routes};
use http::StatusCode;
use utoipa::OpenApi;
use warp::Filter;

use crate::reactor::judges::Judges;
use crate::store::Moderation;
use crate::verdict::Refusal;
use verdicts::{DecisionRequest, Decisions, LogEntry, ResultBody, UndoRequest, Undos, VerdictBody};
use wire::{Document, QueueItem, RuleBody};

/// The largest body that is read, in bytes: as many decisions as are taken at a time, each with the longest reason.
pub const BODY: u64 = body::limit_of(batch::MOST * (verdicts::REASON + verdicts::AROUND));

/// Items in a page, where the caller does not say, and at most.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

/// What to wait for a new database to be filled.
const RESTORING: Duration = Duration::from_secs(5);

/// What to wait for an event that is on its way, and after which time to ask again.
const SOON: Duration = Duration::from_secs(1);

/// What handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The items.
    pub moderation: Moderation,
    /// The rules.
    pub judges: Judges,
    /// Reads that wait for an event.
    pub awaiting: Awaiting,
    /// How far this service has received the log.
    pub hearing: Hearing,
    /// Who may call.
    pub access: Access,
}

/// All routes of moderation.
pub fn routes(app: &App) -> Routes {
    let queue_path = warp::path!("queue").boxed();
    let decisions_path = warp::path!("decisions").boxed();
    let undo_path = warp::path!("decisions" / "undo").boxed();
    let log_path = warp::path!("log").boxed();
    let rules_path = warp::path!("rules").boxed();

    let get = |path: warp::filters::BoxedFilter<()>| path.and(route::get()).and(route::with(app)).and(route::head());
    let queue = get(queue_path.clone()).then(queue).map(route::answer);
    let rules = get(rules_path.clone()).then(rules).map(route::answer);
    let log = get(log_path.clone()).then(log).map(route::answer);
    let post = |path: warp::filters::BoxedFilter<()>| {
        let access = app.access.clone();
        let body = body::raw_if(BODY, move |head| access.check(head));
        path.and(warp::post()).and(route::with(app)).and(route::head()).and(body)
    };
    let decide = post(decisions_path.clone()).then(decide).map(route::answer);
    let undo = post(undo_path.clone()).then(undo).map(route::answer);

    let known = queue.or(rules).unify().or(log).unify().or(decide).unify().or(undo).unify();
    let reads = queue_path.or(rules_path).unify().or(log_path).unify();
    let writes = decisions_path.or(undo_path).unify();
    let others = reads.and(route::other_methods("GET, HEAD")).or(writes.and(route::other_methods("POST"))).unify();
    known.or(others).unify().boxed()
}

/// The OpenAPI document of these routes, as JSON.
pub fn openapi() -> String {
    chassis::openapi::document(Document::openapi())
}

/// What waits for a moderator, longest waiting first
#[utoipa::path(
    get, path = "/queue", tag = "moderation",
    params(
        ("limit" = Option<usize>, Query, description = "Items in a page: 20 if absent; above 100 counts as 100"),
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
    let after = cursor(&page)?;
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

/// Decide on a post or comment, or on up to 100 of them, whatever was decided on them before
///
/// Of an array each item counts by itself, in its order: one that is refused keeps none of the others from counting.
#[utoipa::path(
    post, path = "/decisions", tag = "moderation", request_body = Decisions,
    responses(
        (status = 201, description = "Decided. `Event-Id` names the event that tells of it", body = VerdictBody),
        (status = 200, description = "A result for each item of an array. `Event-Id` names the last event that tells of one", body = [ResultBody]),
        (status = 401, description = "Without the token, where one is needed", content_type = "application/problem+json"),
        (status = 404, description = "Not there, or deleted", content_type = "application/problem+json"),
        (status = 409, description = "It has another revision by now: read it again", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "A new database is still being filled, what it is about may not have arrived yet, or too much waits for the bus; try again later", content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
async fn decide(app: App, head: Head, body: Result<Bytes, Problem>) -> Answer {
    batch::run::<DecisionRequest>(app, head, body).await
}

/// Take back a moderator's verdict, or up to 100 of them: what stood before stands again
///
/// The answer is the verdict that stands then, with the next number; its status is `pending` where the item is in the
/// queue again. It can be taken back like any other.
#[utoipa::path(
    post, path = "/decisions/undo", tag = "moderation", request_body = Undos,
    responses(
        (status = 201, description = "Taken back. `Event-Id` names the event that tells of it", body = VerdictBody),
        (status = 200, description = "A result for each item of an array. `Event-Id` names the last event that tells of one", body = [ResultBody]),
        (status = 401, description = "Without the token, where one is needed", content_type = "application/problem+json"),
        (status = 404, description = "Not there, or deleted", content_type = "application/problem+json"),
        (status = 409, description = "It is not the latest verdict, it was not a moderator's, or the item was edited since", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "A new database is still being filled, what it is about may not have arrived yet, or too much waits for the bus; try again later", content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
async fn undo(app: App, head: Head, body: Result<Bytes, Problem>) -> Answer {
    batch::run::<UndoRequest>(app, head, body).await
}

/// What was decided, by rules and by moderators, latest first
///
/// Nothing is ever taken out of it; no text of what was judged is in it.
#[utoipa::path(
    get, path = "/log", tag = "moderation",
    params(
        ("limit" = Option<usize>, Query, description = "Entries in a page: 20 if absent; above 100 counts as 100"),
        ("cursor" = Option<String>, Query, description = "Where the last page ended, as its `Link` says"),
        ("Await-Event" = Option<String>, Header, description = "Answer only once this event shows, or after 2 seconds"),
    ),
    responses(
        (status = 200, description = "A page. `Link` with `rel=\"next\"` leads to the one after it", body = [LogEntry]),
        (status = 401, description = "Without the token, where one is needed", content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
async fn log(app: App, head: Head) -> Answer {
    app.access.check(&head)?;
    let page = Page::read(&head, PAGE, LARGEST_PAGE)?;
    let after = cursor(&page)?;
    let read = async {
        let listed = app.moderation.log(after, page.limit).await?;
        let entries: Vec<LogEntry> = listed.entries.into_iter().map(LogEntry::of).collect();
        let mut response = route::uncached(route::json_response(StatusCode::OK, &entries));
        page::set_next(&mut response, &head, listed.next.map(|next| next.to_string()).as_deref());
        Ok(response)
    };
    app.awaiting.read(&head.headers, read).await
}

/// Where the page begins.
fn cursor<C: FromStr>(page: &Page) -> Result<Option<C>, Problem> {
    let parsed = page.cursor.as_deref().map(str::parse).transpose();
    parsed.map_err(|_| Problem::invalid_field("?cursor", "Take the cursor from the Link of a page."))
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
            Refusal::Unknown | Refusal::Deleted => Self::not_found("There is no such post or comment, or no more."),
            Refusal::Revision(current) | Refusal::Ahead(current) => {
                Self::conflict(format!("It is at revision {current}; read it again."))
            }
            Refusal::Decision(0) => Self::conflict("It has no verdict that could be taken back."),
            Refusal::Decision(latest) => {
                Self::conflict(format!("Its latest verdict is number {latest}; only that one can be taken back."))
            }
            Refusal::Final(latest) => Self::conflict(format!(
                "What stood before verdict {latest} is not kept, or the rules reached it; decide instead."
            )),
            Refusal::Behind => Self::unavailable("Not everything that was published has arrived here yet.", SOON),
            Refusal::Restoring => {
                Self::unavailable("What was decided before is still being read from the bus.", RESTORING)
            }
        }
    }
}
