//! The way in over HTTP: parse, wait if asked to, look, answer. Nothing else here knows of status codes.

mod preview;

pub use preview::BODY as PREVIEW_BODY;

use std::time::Duration;

use chassis::awaited::{self, Awaited, PATIENCE};
use chassis::body;
use chassis::headers::OwnerKey;
use chassis::limit::Limiter;
use chassis::page::{self, Page};
use chassis::problem::Problem;
use chassis::route::{self, Answer, Head, Response, Routes};
use chassis::serve::Lifetime;
use chassis::stream::{self, EVENT_STREAM};
use contract::PostId;
use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::sync::oneshot;
use utoipa::OpenApi;
use warp::Filter;

use crate::desk::Busy;
use crate::folder::{Digest, Work};
use crate::model::Model;
use crate::pipeline::Orders;
use crate::place::PlaceError;
use crate::render::{CommentBody, MoreReplies, PostBody};
use crate::store::Sort;
use crate::thread;
use crate::view::{self, Unseen, View};

/// Posts in a page, where the caller does not say, and at most.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;
/// Comments in a part of a thread, where the caller does not say.
const PART: usize = 50;
/// Texts may change while they are rendered: so often it is looked before the reader is sent away.
const LOOKS: usize = 8;
/// A digest takes about a second for a million posts.
const DIGEST_PATIENCE: Duration = Duration::from_secs(30);

const READ_ONLY: &str = "GET, HEAD, OPTIONS";
const STALE: HeaderName = HeaderName::from_static("folkmoot-stale");
const LAST_EVENT_ID: &str = "last-event-id";

/// What handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The read model.
    pub model: Model,
    /// The way to the fold.
    pub orders: Orders,
    /// How often one caller may look at a text before it is written.
    pub previews: Limiter,
    /// When live answers end.
    pub lifetime: Lifetime,
}

/// All routes of query.
pub fn routes(app: &App) -> Routes {
    let posts = warp::path!("posts").boxed();
    let one = warp::path!("posts" / PostId).boxed();
    let thread = warp::path!("posts" / PostId / "comments").boxed();
    let live_path = warp::path!("live").boxed();
    let digest_path = warp::path!("digest").boxed();
    let reads =
        |path: &warp::filters::BoxedFilter<()>| path.clone().and(route::get()).and(route::with(app)).and(route::head());
    let reads_one = |path: &warp::filters::BoxedFilter<(PostId,)>| {
        path.clone().and(route::get()).and(route::with(app)).and(route::head())
    };
    let preview_path = warp::path!("preview").boxed();
    let previews = app.previews.clone();
    let known = (reads(&posts).then(list).map(route::answer))
        .or(reads_one(&one).then(read).map(route::answer))
        .unify()
        .or(reads_one(&thread).then(comments).map(route::answer))
        .unify()
        .or(reads(&live_path).then(live).map(route::answer))
        .unify()
        .or(reads(&digest_path).then(digest).map(route::answer))
        .unify()
        .or((preview_path.clone().and(warp::post()))
            .and(route::with(&preview::desk()))
            .and(body::json_if(preview::BODY, move |head| previews.check(head)))
            .then(preview::preview)
            .map(route::answer))
        .unify();
    let pages = posts.or(live_path).unify().or(digest_path).unify();
    let others = pages.and(route::other_methods(READ_ONLY));
    let others_one = one.or(thread).unify().and(route::other_methods(READ_ONLY)).map(|_, response| response);
    let others_preview = preview_path.and(route::other_methods("POST, OPTIONS"));
    known.or(others).unify().or(others_one).unify().or(others_preview).unify().boxed()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Folkmoot: query", description = "What is read: posts with their threads, and live updates."),
    // Relative to the document: right on the own port and under the front door.
    servers((url = "..")),
    paths(list, read, comments, live, digest, preview::preview),
    components(schemas(PostBody, CommentBody, MoreReplies, Digest, preview::PreviewRequest, preview::PreviewBody))
)]
struct Document;

/// The OpenAPI document of these routes, as JSON.
pub fn openapi() -> String {
    chassis::openapi::document(Document::openapi())
}

impl App {
    /// Waits until there is something to read, and for the event that the request names.
    async fn arrive(&self, head: &Head) -> Result<Awaited, Problem> {
        self.check_ready()?;
        match awaited::requested(&head.headers)? {
            Some(event) => Ok(self.model.applied.wait(&event, PATIENCE).await),
            None => Ok(Awaited::Seen),
        }
    }

    fn check_ready(&self) -> Result<(), Problem> {
        if self.model.ready.is_ready() {
            return Ok(());
        }
        Err(Problem::unavailable("What was posted is still being read from the log.", Duration::from_secs(1)))
    }

    /// Looks, and where texts are not rendered yet has that done and looks again.
    async fn look(&self, mut look: impl FnMut() -> Result<View, Unseen>) -> Result<View, Problem> {
        for _ in 0..LOOKS {
            match look() {
                Ok(view) => return Ok(view),
                Err(Unseen::Hidden) => return Err(Problem::not_found("There is no such post.")),
                Err(Unseen::Cursor) => {
                    return Err(Problem::invalid_field(
                        "?cursor",
                        "What cursor names is not there: begin again without it.",
                    ));
                }
                Err(Unseen::Unrendered(texts)) => self.model.desk.render(texts).await.map_err(|Busy| busy())?,
            }
        }
        Err(busy())
    }

    /// A view, or why there is none: it may be that an awaited event has not come.
    fn shown(&self, head: &Head, awaited: Awaited, view: Result<View, Problem>) -> Response {
        match view {
            Ok(view) => self.show(head, awaited, view),
            Err(problem) => {
                let mut response = awaited.mark(problem.to_response());
                self.mark_stale(response.headers_mut());
                response
            }
        }
    }

    /// A view as an answer; without a body where the reader has it.
    fn show(&self, head: &Head, awaited: Awaited, view: View) -> Response {
        let tag = etag(&view);
        let mut response = if has(&head.headers, &tag) {
            route::empty_response(StatusCode::NOT_MODIFIED)
        } else {
            route::bytes_response(StatusCode::OK, "application/json", view.body)
        };
        page::set_next(&mut response, head, view.next.as_deref());
        let headers = response.headers_mut();
        headers.insert(ETAG, tag);
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static(if view.private { "private, no-store" } else { "no-cache" }),
        );
        headers.insert(VARY, HeaderValue::from_static("owner-key"));
        self.mark_stale(headers);
        awaited.mark(response)
    }

    fn mark_stale(&self, headers: &mut HeaderMap) {
        if self.model.is_stale() {
            headers.insert(STALE, HeaderValue::from_static("true"));
        }
    }
}

/// A tag of what everyone sees is never one of what a single reader sees. Where the address takes writes the tag begins
/// with the revision, which is what their `If-Match` is compared by.
fn etag(view: &View) -> HeaderValue {
    let revision = view.revision.map(|revision| format!("{revision}-")).unwrap_or_default();
    let text = format!("\"{revision}{}{}\"", if view.private { "own-" } else { "" }, hex::encode(view.tag));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
}

fn busy() -> Problem {
    Problem::unavailable("Too many texts wait to be rendered.", Duration::from_secs(1))
}

/// Does the reader have this already? `If-None-Match` compares weakly (RFC 9110, 13.1.2).
fn has(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default();
    headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

fn owner(head: &Head) -> Result<Option<String>, Problem> {
    Ok(OwnerKey::from(&head.headers)?.map(|key| key.hash()))
}

fn cursor<C: std::str::FromStr<Err = PlaceError>>(page: &Page) -> Result<Option<C>, Problem> {
    let read = |text: &String| text.parse::<C>();
    page.cursor.as_ref().map(read).transpose().map_err(|error| Problem::invalid_field("?cursor", error.to_string()))
}

/// All posts that everyone may see, each with its first comments
#[utoipa::path(
    get, path = "/posts", tag = "query",
    params(
        ("sort" = Option<String>, Query, description = "`new` (default): latest posts first; `active`: posts with the latest comments first"),
        ("limit" = Option<u32>, Query, description = "Posts in a page: 1 or more, 20 by default; above 100 counts as 100"),
        ("cursor" = Option<String>, Query, description = "From the `Link` of the page before"),
        ("Owner-Key" = Option<String>, Header, description = "Marks what its holder wrote with `own`, and shows it where it is withheld from others"),
        ("Await-Event" = Option<String>, Header, description = "An `Event-Id`: answered once that event shows, or after 2 s with `Await-Event: timeout`"),
    ),
    responses(
        (status = 200, description = "`Link` with `rel=\"next\"` leads to the next page. `Folkmoot-Stale: true`: not up to date, for the bus cannot be reached", body = Vec<PostBody>),
        (status = 304, description = "Not changed since the `ETag` in `If-None-Match`"),
        (status = 422, description = "A parameter is not valid", content_type = "application/problem+json"),
        (status = 503, description = "The log is still being read", content_type = "application/problem+json"),
    )
)]
async fn list(app: App, head: Head) -> Answer {
    let sort = match head.parameter("sort").as_deref() {
        None | Some("new") => Sort::New,
        Some("active") => Sort::Active,
        Some(_) => return Err(Problem::invalid_field("?sort", "sort must be new or active.")),
    };
    let page = Page::read(&head, PAGE, LARGEST_PAGE)?;
    let after = cursor(&page)?;
    let owner = owner(&head)?;
    let awaited = app.arrive(&head).await?;
    let (store, owner) = (app.model.store(), owner.as_deref());
    let look = || view::list(&store, sort, after, page.limit, owner).map_err(Unseen::Unrendered);
    Ok(app.shown(&head, awaited, app.look(look).await))
}

/// One post with its thread
#[utoipa::path(
    get, path = "/posts/{id}", tag = "query",
    params(
        ("id" = String, Path, description = "The post"),
        ("limit" = Option<u32>, Query, description = "A part of the thread ends behind the branch with which it has so many comments: 1 or more, 50 by default; above 200 counts as 200. It never has more than 200 comments, nor, but for the last of them, more than 256 KiB of them"),
        ("cursor" = Option<String>, Query, description = "From the `Link` of the part before"),
        ("Owner-Key" = Option<String>, Header, description = "Marks what its holder wrote with `own`, and shows it where it is withheld from others"),
        ("Await-Event" = Option<String>, Header, description = "An `Event-Id`: answered once that event shows, or after 2 s with `Await-Event: timeout`"),
    ),
    responses(
        (status = 200, description = "`Link` with `rel=\"next\"` leads to the next part of the thread, which may begin inside a branch. A branch that goes on there has `moreReplies` at its root. `ETag` begins with the revision and is taken by `If-Match` where the post is changed or deleted", body = PostBody),
        (status = 304, description = "Not changed since the `ETag` in `If-None-Match`"),
        (status = 404, description = "There is no such post that this reader may see", content_type = "application/problem+json"),
        (status = 503, description = "The log is still being read", content_type = "application/problem+json"),
    )
)]
async fn read(id: PostId, app: App, head: Head) -> Answer {
    let page = Page::read(&head, PART, thread::MOST)?;
    let after = cursor(&page)?;
    let owner = owner(&head)?;
    let awaited = app.arrive(&head).await?;
    let store = app.model.store();
    let look = || view::post(&store, id, after, page.limit, owner.as_deref());
    Ok(app.shown(&head, awaited, app.look(look).await))
}

/// A post's thread without the post
#[utoipa::path(
    get, path = "/posts/{id}/comments", tag = "query",
    params(
        ("id" = String, Path, description = "The post"),
        ("limit" = Option<u32>, Query, description = "A part of the thread ends behind the branch with which it has so many comments: 1 or more, 50 by default; above 200 counts as 200. It never has more than 200 comments, nor, but for the last of them, more than 256 KiB of them"),
        ("cursor" = Option<String>, Query, description = "From the `Link` of the part before"),
        ("Owner-Key" = Option<String>, Header, description = "Marks what its holder wrote with `own`, and shows it where it is withheld from others"),
        ("Await-Event" = Option<String>, Header, description = "An `Event-Id`: answered once that event shows, or after 2 s with `Await-Event: timeout`"),
    ),
    responses(
        (status = 200, description = "Oldest first, each followed by those that answer it. `Link` with `rel=\"next\"` leads to the next part; a `cursor` from `moreReplies` to the rest of one branch", body = Vec<CommentBody>),
        (status = 404, description = "There is no such post that this reader may see", content_type = "application/problem+json"),
    )
)]
async fn comments(id: PostId, app: App, head: Head) -> Answer {
    let page = Page::read(&head, PART, thread::MOST)?;
    let after = cursor(&page)?;
    let owner = owner(&head)?;
    let awaited = app.arrive(&head).await?;
    let store = app.model.store();
    let look = || view::comments(&store, id, after, page.limit, owner.as_deref());
    Ok(app.shown(&head, awaited, app.look(look).await))
}

/// What changes, as it changes
#[utoipa::path(
    get, path = "/live", tag = "query",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "Goes on after this id. A browser's EventSource sends it by itself"),
        ("after" = Option<String>, Query, description = "The same for a new EventSource, which cannot set a header; the header counts more"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", description = "Server-sent events, as everyone may see them: `post` (a post without comments, or its id and status if it is hidden or gone), `comment` (a comment with `postId`), `reset` (what happened meanwhile is not known any more: read anew)"),
        (status = 503, description = "Too many listen, or the log is still being read", content_type = "application/problem+json"),
    )
)]
async fn live(app: App, head: Head) -> Answer {
    app.check_ready()?;
    let mut response = if head.method == Method::HEAD {
        route::bytes_response(StatusCode::OK, EVENT_STREAM, "")
    } else {
        let after = head.parameter("after");
        let last = head.header(LAST_EVENT_ID).or(after.as_deref());
        let pieces = app.model.live.listen(app.model.shelf(), last, head.peer, &app.lifetime);
        let full = |_| Problem::unavailable("Too many listen already.", Duration::from_secs(5));
        stream::sse(&app.lifetime, pieces.map_err(full)?.into_stream())
    };
    app.mark_stale(response.headers_mut());
    Ok(response)
}

/// The model in short, for comparing two
#[utoipa::path(
    get, path = "/digest", tag = "operations",
    responses(
        (status = 200, description = "Two models with the same sha256 are the same, byte for byte", body = Digest),
        (status = 503, description = "Not at the moment", content_type = "application/problem+json"),
    )
)]
async fn digest(app: App, _head: Head) -> Answer {
    let (asker, answer) = oneshot::channel();
    let busy = || Problem::unavailable("The model cannot be gone through at the moment.", Duration::from_secs(1));
    let asking = async {
        app.orders.send(Work::Digest(asker)).await.ok()?;
        answer.await.ok()
    };
    let digest = tokio::time::timeout(DIGEST_PATIENCE, asking).await.ok().flatten().ok_or_else(busy)?;
    let mut response = route::json_response(StatusCode::OK, &digest);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
