//! The way in over HTTP: parse, ask the store, answer. Nothing else here knows of status codes.

mod wire;

use std::time::Duration;

use chassis::author::{self, Caller};
use chassis::awaited::Awaiting;
use chassis::body;
use chassis::creation::Creation;
use chassis::headers::{IdempotencyKey, OwnerKey, set_etag, set_event_id, set_location, set_replayed};
use chassis::limit::Limiter;
use chassis::page::{self, Page};
use chassis::problem::Problem;
use chassis::route::{self, Answer, Head, Response, Routes};
use contract::{PostId, Timestamp};
use http::StatusCode;
use utoipa::OpenApi;
use warp::Filter;

use crate::post::{self, Draft, Edit, Refusal};
use crate::store::{Posts, Stored};
use wire::{Document, EditRequest, PostBody, PostRequest};

/// The largest body that is read, in bytes.
pub const BODY: u64 = body::limit_of(post::TITLE + post::CONTENT + post::AUTHOR_NAME);

/// Posts in a page, where the caller does not say, and at most.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

/// When to ask again for what is still being read back.
const NOT_YET: Duration = Duration::from_secs(1);

const ROUTE: &str = "/posts";

/// What handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The posts.
    pub posts: Posts,
    /// Reads that wait for an event.
    pub awaiting: Awaiting,
    /// How often one caller may write.
    pub limiter: Limiter,
}

/// All routes of posts.
pub fn routes(app: &App) -> Routes {
    let all = warp::path!("posts").boxed();
    let create_path = warp::path!("posts" / "create").boxed();
    let one = warp::path!("posts" / PostId).boxed();

    let create = (all.clone().and(warp::post()))
        .and(route::with(app))
        .and(route::head())
        .and(body::json(BODY))
        .then(create)
        .map(route::answer);
    let alias = (create_path.clone().and(warp::post()))
        .and(route::with(app))
        .and(route::head())
        .and(body::json(BODY))
        .then(create_by_alias)
        .map(route::answer);
    let list = all.clone().and(route::get()).and(route::with(app)).and(route::head()).then(list).map(route::answer);
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

    let known = create.or(alias).unify().or(list).unify().or(read).unify().or(edit).unify().or(delete).unify();
    let others = (all.and(route::other_methods("GET, HEAD, POST")))
        .or(create_path.and(route::other_methods("POST")))
        .unify()
        .or(one.and(route::other_methods("GET, HEAD, PATCH, DELETE")).map(|_, response| response))
        .unify();
    known.or(others).unify().boxed()
}

/// The OpenAPI document of these routes, as JSON.
pub fn openapi() -> String {
    chassis::openapi::document(Document::openapi())
}

/// Post something
#[utoipa::path(
    post, path = "/posts", tag = "posts", request_body = PostRequest,
    params(
        ("Owner-Key" = Option<String>, Header, description = "A secret of 16 to 256 characters, made by the author's browser: with it the author can edit, delete, and see the post if it is withheld"),
        ("Idempotency-Key" = Option<String>, Header, description = "With an Owner-Key: the same key and body again make no second post and answer with the first as it is now, with `Idempotency-Replayed: true`"),
    ),
    responses(
        (status = 201, description = "Posted. `Event-Id` names the event that tells of it, `ETag` the revision", body = PostBody),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "Too much waits for the bus, or, with an Idempotency-Key, what was posted before is still being read back; try again later", content_type = "application/problem+json"),
    )
)]
async fn create(app: App, head: Head, body: Result<PostRequest, Problem>) -> Answer {
    let (id, mut response) = post_it(&app, &head, body).await?;
    set_location(response.headers_mut(), &head.beside(&format!("posts/{id}")));
    Ok(response)
}

async fn post_it(app: &App, head: &Head, body: Result<PostRequest, Problem>) -> Result<(PostId, Response), Problem> {
    app.limiter.check(head)?;
    let owner = OwnerKey::from(&head.headers)?;
    let key = IdempotencyKey::from(&head.headers)?;
    let body = body?;
    let draft =
        Draft::check(&body.title, body.content.as_deref(), body.author_name.as_deref()).map_err(Problem::invalid)?;
    let parts = [Some(&draft.title), draft.content.as_ref(), draft.author_name.as_ref()];
    let parts = parts.map(|part| part.map_or("", String::as_str));
    let creation = Creation::of(ROUTE, owner.as_ref(), key.as_ref(), &parts);
    let created =
        post::create(PostId::from_uuid(creation.id), draft, owner.map(|owner| owner.hash()), Timestamp::now());
    let stored = app.posts.create(creation, created).await?;
    Ok((stored.id, seen(StatusCode::CREATED, stored)?))
}

/// Post something, by the path that the classic client knows; all as at `/posts`
#[utoipa::path(
    post, path = "/posts/create", tag = "posts", request_body = PostRequest,
    responses((status = 201, description = "Posted", body = PostBody))
)]
async fn create_by_alias(app: App, head: Head, body: Result<PostRequest, Problem>) -> Answer {
    let (id, mut response) = post_it(&app, &head, body).await?;
    set_location(response.headers_mut(), &head.beside(&id.to_string()));
    Ok(response)
}

/// All posts that everyone may see, newest first
#[utoipa::path(
    get, path = "/posts", tag = "posts",
    params(
        ("limit" = Option<usize>, Query, description = "Posts in a page: 20 if absent; above 100 counts as 100"),
        ("cursor" = Option<String>, Query, description = "Where the last page ended, as its `Link` says"),
        ("Await-Event" = Option<String>, Header, description = "Answer only once this event shows, or after 2 seconds"),
    ),
    responses(
        (status = 200, description = "A page. `Link` with `rel=\"next\"` leads to the one after it", body = [PostBody]),
        (status = 503, description = "Still reading back from the bus what was posted before; try again later", content_type = "application/problem+json"),
    )
)]
async fn list(app: App, head: Head) -> Answer {
    let page = Page::read(&head, PAGE, LARGEST_PAGE)?;
    let before = page.cursor.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| Problem::invalid_field("?cursor", "Take the cursor from the Link of a page."))?;
    let read = async {
        let listed = app.posts.list(before, page.limit).await?;
        let bodies: Vec<PostBody> = listed.posts.into_iter().filter_map(PostBody::of).collect();
        let mut response = route::uncached(route::json_response(StatusCode::OK, &bodies));
        let next = listed.next.map(|next| next.to_string());
        page::set_next(&mut response, &head, next.as_deref());
        Ok(response)
    };
    app.awaiting.read(&head.headers, read).await
}

/// One post
#[utoipa::path(
    get, path = "/posts/{id}", tag = "posts",
    params(
        ("id" = String, Path, format = Uuid),
        ("Owner-Key" = Option<String>, Header, description = "The author's secret, to see a post that is withheld"),
        ("Await-Event" = Option<String>, Header, description = "Answer only once this event shows, or after 2 seconds"),
    ),
    responses(
        (status = 200, description = "The post. `ETag` is its revision", body = PostBody),
        (status = 404, description = "Not there, deleted, or withheld from this caller", content_type = "application/problem+json"),
        (status = 503, description = "Still reading back from the bus what was posted before; try again later", content_type = "application/problem+json"),
    )
)]
async fn read(id: PostId, app: App, head: Head) -> Answer {
    let owner = author::owner(&head)?;
    let read = async {
        let stored = app.posts.find(id).await?;
        if !post::is_seen_by(&stored.item, owner.as_deref()) {
            return Err(Refusal::Unknown.into());
        }
        // Which event told of it is the answer to a write only.
        Ok(route::uncached(seen(StatusCode::OK, Stored { last_event: None, ..stored })?))
    };
    app.awaiting.read(&head.headers, read).await
}

/// Change a post's text
#[utoipa::path(
    patch, path = "/posts/{id}", tag = "posts", request_body = EditRequest,
    params(
        ("id" = String, Path, format = Uuid),
        ("Owner-Key" = String, Header, description = "The author's secret"),
        ("If-Match" = Option<String>, Header, description = "Only if it is still at this revision, as its `ETag` said"),
    ),
    responses(
        (status = 200, description = "Changed, and to be judged again", body = PostBody),
        (status = 401, description = "Without Owner-Key", content_type = "application/problem+json"),
        (status = 403, description = "Not the author's Owner-Key", content_type = "application/problem+json"),
        (status = 404, description = "Not there, or deleted", content_type = "application/problem+json"),
        (status = 412, description = "It has another revision than If-Match says", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what, field by field", content_type = "application/problem+json"),
        (status = 503, description = "Too much waits for the bus, or what was posted before is still being read back; try again later", content_type = "application/problem+json"),
    )
)]
async fn edit(id: PostId, app: App, head: Head, body: Result<EditRequest, Problem>) -> Answer {
    app.limiter.check(&head)?;
    let caller = Caller::of(&head)?;
    let body = body?;
    let content = body.content.as_ref().map(Option::as_deref);
    let edit = Edit::check(body.title.as_deref(), content).map_err(Problem::invalid)?;
    seen(StatusCode::OK, app.posts.edit(id, edit, caller).await?)
}

/// Delete a post, and with it its thread
#[utoipa::path(
    delete, path = "/posts/{id}", tag = "posts",
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
        (status = 503, description = "Too much waits for the bus, or what was posted before is still being read back; try again later", content_type = "application/problem+json"),
    )
)]
async fn delete(id: PostId, app: App, head: Head) -> Answer {
    app.limiter.check(&head)?;
    let stored = app.posts.delete(id, Caller::of(&head)?).await?;
    let mut response = route::empty_response(StatusCode::NO_CONTENT);
    set_event_id(response.headers_mut(), stored.last_event.as_ref());
    Ok(response)
}

/// The post as an answer, with its revision and, after a write, the event that tells of it.
fn seen(status: StatusCode, stored: Stored) -> Answer {
    let (event, replayed) = (stored.last_event.clone(), stored.replayed);
    let revision = stored.item.version.as_ref().map(|version| version.revision);
    let body = PostBody::of(stored).ok_or(Refusal::Unknown)?;
    let mut response = route::json_response(status, &body);
    if let Some(revision) = revision {
        set_etag(response.headers_mut(), revision);
    }
    set_event_id(response.headers_mut(), event.as_ref());
    set_replayed(response.headers_mut(), replayed);
    Ok(response)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::not_found("There is no such post."),
            Refusal::NotYet => {
                Self::unavailable("What was posted before is still being read back from the bus.", NOT_YET)
            }
            Refusal::Denied(why) => why.into(),
            Refusal::NotRepeated(why) => why.into(),
        }
    }
}
