//! The way in over HTTP: parse, ask the store, answer. Nothing else here knows of status codes.

mod refusal;
mod wire;

use chassis::author::{self, Caller};
use chassis::awaited::Awaiting;
use chassis::body;
use chassis::creation::Creation;
use chassis::headers::{IdempotencyKey, OWNER_KEY, OwnerKey, set_etag, set_event_id, set_location, set_replayed};
use chassis::limit::Limiter;
use chassis::page::{self, Page};
use chassis::problem::Problem;
use chassis::route::{self, Answer, Head, Response, Routes};
use contract::{CommentId, PostId};
use http::header::VARY;
use http::{HeaderValue, StatusCode};
use warp::Filter;

use crate::arrival::Arrivals;
use crate::comment::{NewComment, Refusal};
use crate::draft::{self, Draft};
use crate::store::{Comments, Stored};
use crate::thread::{Cursor, PostState};
use wire::{CommentBody, CommentRequest, EditRequest, ReportBody, ReportRequest};

pub use wire::openapi;

/// The largest body that is read, in bytes.
pub const BODY: u64 = body::limit_of(draft::CONTENT + draft::AUTHOR_NAME);

/// Comments in a page, where the caller does not say, and at most.
const PAGE: usize = 50;
const LARGEST_PAGE: usize = 200;

const ROUTE: &str = "/posts/comments";

/// What handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The comments.
    pub comments: Comments,
    /// The way in for new ones.
    pub arrivals: Arrivals,
    /// Reads that wait for an event.
    pub awaiting: Awaiting,
    /// How often one caller may write.
    pub limiter: Limiter,
}

/// All routes of comments.
pub fn routes(app: &App) -> Routes {
    let thread = warp::path!("posts" / PostId / "comments").or(warp::path!("post" / PostId / "comments"));
    thread_routes(&thread.unify().boxed(), app).or(comment_routes(app)).unify().boxed()
}

fn thread_routes(thread: &warp::filters::BoxedFilter<(PostId,)>, app: &App) -> Routes {
    let create = thread
        .clone()
        .and(warp::post())
        .and(route::with(app))
        .and(route::head())
        .and(body::json(BODY))
        .then(create)
        .map(route::answer);
    let list = thread.clone().and(route::get()).and(route::with(app)).and(route::head()).then(list).map(route::answer);
    let others = thread.clone().and(route::other_methods("GET, HEAD, POST")).map(|_, response| response);
    create.or(list).unify().or(others).unify().boxed()
}

fn comment_routes(app: &App) -> Routes {
    let one = warp::path!("comments" / CommentId).boxed();
    let reports = warp::path!("comments" / CommentId / "reports").boxed();
    let read = one.clone().and(route::get()).and(route::with(app)).and(route::head()).then(read).map(route::answer);
    let edit = one
        .clone()
        .and(warp::patch())
        .and(route::with(app))
        .and(route::head())
        .and(body::json(BODY))
        .then(edit)
        .map(route::answer);
    let delete =
        one.clone().and(warp::delete()).and(route::with(app)).and(route::head()).then(delete).map(route::answer);
    let report = reports
        .clone()
        .and(warp::post())
        .and(route::with(app))
        .and(route::head())
        .and(body::json(BODY))
        .then(report)
        .map(route::answer);
    let known = read.or(edit).unify().or(delete).unify().or(report).unify();
    let others = one
        .and(route::other_methods("GET, HEAD, PATCH, DELETE"))
        .or(reports.and(route::other_methods("POST")))
        .unify()
        .map(|_, response| response);
    known.or(others).unify().boxed()
}

/// Comment on a post, or answer a comment
///
/// Also under `/post/{postId}/comments`. A post that is not known yet is waited for, up to a second.
#[utoipa::path(
    post, path = "/posts/{postId}/comments", tag = "comments", request_body = CommentRequest,
    params(
        ("postId" = String, Path, format = Uuid),
        ("Owner-Key" = Option<String>, Header, description = "A secret of 16 to 256 characters, made by the author's browser: with it the author can edit, delete, and see the comment while it is withheld"),
        ("Idempotency-Key" = Option<String>, Header, description = "With an Owner-Key: the same key and body again make no second comment and answer with the first as it is now, with `Idempotency-Replayed: true`"),
    ),
    responses(
        (status = 201, description = "Kept, and to be judged. `Event-Id` names the event that tells of it, `ETag` the revision", body = CommentBody),
        (status = 404, description = "There is no such post, or no longer", content_type = "application/problem+json"),
        (status = 410, description = "What this request made has been deleted since", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "It is not known whether there is such a post, or too much waits for the bus; try again after `Retry-After`", content_type = "application/problem+json"),
    )
)]
async fn create(post_id: PostId, app: App, head: Head, body: Result<CommentRequest, Problem>) -> Answer {
    app.limiter.check(&head)?;
    let owner = OwnerKey::from(&head.headers)?;
    let key = IdempotencyKey::from(&head.headers)?;
    let body = body?;
    let draft = Draft::check(&body.content, body.parent_id, body.author_name.as_deref()).map_err(Problem::invalid)?;
    let (post, parent) = (post_id.to_string(), draft.parent_id.map(|id| id.to_string()));
    let parts = [Some(&post), Some(&draft.content), parent.as_ref(), draft.author_name.as_ref()];
    let parts = parts.map(|part| part.map_or("", String::as_str));
    let creation = Creation::of(ROUTE, owner.as_ref(), key.as_ref(), &parts);
    let owner_key = owner.map(|owner| owner.hash());
    let new = NewComment { id: CommentId::from_uuid(creation.id), post_id, draft, owner_key: owner_key.clone() };
    let stored = app.arrivals.take(new, creation).await?;
    let mut response = written(StatusCode::CREATED, &stored)?;
    set_location(response.headers_mut(), &head.beside(&format!("../../comments/{}", stored.comment.id)));
    Ok(response)
}

/// The comments of a post, oldest first
///
/// Also under `/post/{postId}/comments`. Text that has not been approved is withheld from all but its author; of a
/// deleted comment a tombstone is there for as long as something answers it.
#[utoipa::path(
    get, path = "/posts/{postId}/comments", tag = "comments",
    params(
        ("postId" = String, Path, format = Uuid),
        ("limit" = Option<usize>, Query, description = "Comments in a page: 50 if absent; above 200 counts as 200"),
        ("cursor" = Option<String>, Query, description = "Where the last page ended, as its `Link` says"),
        ("Owner-Key" = Option<String>, Header, description = "The reader's secret, to see their own comments while they are withheld"),
        ("Await-Event" = Option<String>, Header, description = "Answer only once this event shows, or after 2 seconds"),
    ),
    responses(
        (status = 200, description = "A page. `Link` with `rel=\"next\"` leads to the one after it", body = [CommentBody]),
        (status = 404, description = "There is no such post, or no longer", content_type = "application/problem+json"),
        (status = 503, description = "It is not known whether there is such a post; try again after `Retry-After`", content_type = "application/problem+json"),
    )
)]
async fn list(post_id: PostId, app: App, head: Head) -> Answer {
    let page = Page::read(&head, PAGE, LARGEST_PAGE)?;
    let after = page.cursor.as_deref().map(str::parse::<Cursor>).transpose();
    let after = after.map_err(|_| Problem::invalid_field("?cursor", "Take the cursor from the Link of a page."))?;
    let owner = author::owner(&head)?;
    let read = async {
        app.arrivals.open().await?;
        let list = || app.comments.list(post_id, after.unwrap_or_default(), page.limit);
        let (mut post, mut listed) = list().await?;
        if post == PostState::Unknown {
            app.arrivals.complete().await?;
            (post, listed) = list().await?;
        }
        match post {
            PostState::Open => {}
            PostState::Closed => return Err(Refusal::PostDeleted.into()),
            PostState::Unknown => return Err(Refusal::PostUnknown.into()),
        }
        let bodies: Vec<CommentBody> =
            listed.comments.iter().filter_map(|stored| CommentBody::of(stored, owner.as_deref())).collect();
        let mut response = private(route::json_response(StatusCode::OK, &bodies));
        let next = listed.next.map(|next| next.to_string());
        page::set_next(&mut response, &head, next.as_deref());
        Ok(response)
    };
    app.awaiting.read(&head.headers, read).await
}

/// One comment
#[utoipa::path(
    get, path = "/comments/{id}", tag = "comments",
    params(
        ("id" = String, Path, format = Uuid),
        ("Owner-Key" = Option<String>, Header, description = "The author's secret, to see the text while it is withheld"),
        ("Await-Event" = Option<String>, Header, description = "Answer only once this event shows, or after 2 seconds"),
    ),
    responses(
        (status = 200, description = "The comment. `ETag` is its revision", body = CommentBody),
        (status = 404, description = "Not there, or deleted with nothing that answers it", content_type = "application/problem+json"),
        (status = 503, description = "What was written before is still being read back from the bus; try again after `Retry-After`", content_type = "application/problem+json"),
    )
)]
async fn read(id: CommentId, app: App, head: Head) -> Answer {
    let owner = author::owner(&head)?;
    let read = async {
        app.arrivals.open().await?;
        let stored = app.comments.find(id).await?.ok_or(Refusal::Unknown)?;
        Ok(private(seen(StatusCode::OK, &stored, owner.as_deref())?))
    };
    app.awaiting.read(&head.headers, read).await
}

/// Change a comment's text
///
/// The new text is judged anew, and withheld until then.
#[utoipa::path(
    patch, path = "/comments/{id}", tag = "comments", request_body = EditRequest,
    params(
        ("id" = String, Path, format = Uuid),
        ("Owner-Key" = String, Header, description = "The author's secret"),
        ("If-Match" = Option<String>, Header, description = "Only if it is still at this revision, as its `ETag` said"),
    ),
    responses(
        (status = 200, description = "Changed, and to be judged", body = CommentBody),
        (status = 401, description = "Without Owner-Key", content_type = "application/problem+json"),
        (status = 403, description = "Not the author's Owner-Key", content_type = "application/problem+json"),
        (status = 404, description = "Not there, or deleted", content_type = "application/problem+json"),
        (status = 412, description = "It has another revision than If-Match says", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "What was written before is still being read back from the bus, or too much waits for it; try again after `Retry-After`", content_type = "application/problem+json"),
    )
)]
async fn edit(id: CommentId, app: App, head: Head, body: Result<EditRequest, Problem>) -> Answer {
    app.limiter.check(&head)?;
    let caller = Caller::of(&head)?;
    let content = draft::check_content(&body?.content).map_err(Problem::invalid)?;
    app.arrivals.open().await?;
    written(StatusCode::OK, &app.comments.edit(id, content, caller).await?)
}

/// Delete a comment
///
/// Its text is gone for good. Where something answers it, its place stays.
#[utoipa::path(
    delete, path = "/comments/{id}", tag = "comments",
    params(
        ("id" = String, Path, format = Uuid),
        ("Owner-Key" = String, Header, description = "The author's secret"),
        ("If-Match" = Option<String>, Header, description = "Only if it is still at this revision, as its `ETag` said"),
    ),
    responses(
        (status = 204, description = "Deleted, now or before"),
        (status = 401, description = "Without Owner-Key", content_type = "application/problem+json"),
        (status = 403, description = "Not the author's Owner-Key", content_type = "application/problem+json"),
        (status = 404, description = "Not there", content_type = "application/problem+json"),
        (status = 412, description = "It has another revision than If-Match says", content_type = "application/problem+json"),
        (status = 503, description = "What was written before is still being read back from the bus, or too much waits for it; try again after `Retry-After`", content_type = "application/problem+json"),
    )
)]
async fn delete(id: CommentId, app: App, head: Head) -> Answer {
    app.limiter.check(&head)?;
    let caller = Caller::of(&head)?;
    app.arrivals.open().await?;
    let stored = app.comments.delete(id, caller).await?;
    let mut response = route::empty_response(StatusCode::NO_CONTENT);
    set_event_id(response.headers_mut(), stored.last_event.as_ref());
    Ok(response)
}

/// Report a comment to moderators
///
/// Anyone may. With an `Owner-Key` a comment is reported once, however often it is asked for.
#[utoipa::path(
    post, path = "/comments/{id}/reports", tag = "comments", request_body = ReportRequest,
    params(
        ("id" = String, Path, format = Uuid),
        ("Owner-Key" = Option<String>, Header, description = "The reporter's secret"),
    ),
    responses(
        (status = 202, description = "Passed on, now or before", body = ReportBody),
        (status = 404, description = "Not there, or deleted", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "What was written before is still being read back from the bus, or too much waits for it; try again after `Retry-After`", content_type = "application/problem+json"),
    )
)]
async fn report(id: CommentId, app: App, head: Head, body: Result<ReportRequest, Problem>) -> Answer {
    app.limiter.check(&head)?;
    let reporter = author::owner(&head)?;
    let reason = draft::check_reason(&body?.reason).map_err(Problem::invalid)?;
    app.arrivals.open().await?;
    let event = app.comments.report(id, reason, reporter).await?;
    let mut response = route::json_response(StatusCode::ACCEPTED, &ReportBody::of(id));
    set_event_id(response.headers_mut(), Some(&event));
    Ok(response)
}

/// The answer to a write: the comment as its author sees it, and the event that tells of it.
fn written(status: StatusCode, stored: &Stored) -> Answer {
    let body = CommentBody::to_author(stored).ok_or(Refusal::Unknown)?;
    let mut response = tagged(route::json_response(status, &body), stored);
    set_event_id(response.headers_mut(), stored.last_event.as_ref());
    set_replayed(response.headers_mut(), stored.replayed);
    Ok(response)
}

/// The comment as the holder of this owner key (its hash), or anyone, sees it.
fn seen(status: StatusCode, stored: &Stored, owner: Option<&str>) -> Answer {
    let body = CommentBody::of(stored, owner).ok_or(Refusal::Unknown)?;
    Ok(tagged(route::json_response(status, &body), stored))
}

fn tagged(mut response: Response, stored: &Stored) -> Response {
    if let Some(revision) = stored.comment.revision() {
        set_etag(response.headers_mut(), revision);
    }
    response
}

/// What is seen depends on who reads.
fn private(response: Response) -> Response {
    let mut response = route::uncached(response);
    response.headers_mut().insert(VARY, HeaderValue::from_name(OWNER_KEY));
    response
}
