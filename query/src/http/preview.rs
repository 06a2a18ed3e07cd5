//! What a text will look like, before it is posted: the same Markdown as in what is read. It asks nothing of the model.
//!
//! Anyone may ask, and a text can be made to cost much. So one text at a time is rendered, on a thread of its own, where it
//! holds up no reader; who would wait too long is told to come again.

use std::time::Duration;

use chassis::body;
use chassis::problem::Problem;
use chassis::route::{self, Answer};
use chassis::text::Checks;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::desk::{Busy, Desk};
use crate::html::Text;

/// The largest body that is read, in bytes.
pub const BODY: u64 = body::limit_of(LONGEST);
/// The longest text, in characters: that of a post.
const LONGEST: usize = 40_000;

/// How long a text may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// The one place where texts are rendered to be looked at, apart from those that are read.
pub(super) fn desk() -> Desk {
    Desk::new(1, PATIENCE)
}

/// A text to be looked at
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({ "content": "This is *new*." }))]
pub(super) struct PreviewRequest {
    /// The text, in Markdown
    #[schema(max_length = 40_000)]
    content: String,
}

/// What it looks like
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "html": "<p>This is <em>new</em>.</p>" }))]
pub(super) struct PreviewBody {
    /// HTML that is safe to be put into a page
    html: String,
}

/// What a text will look like
#[utoipa::path(
    post, path = "/preview", tag = "query", request_body = PreviewRequest,
    responses(
        (status = 200, description = "The text as HTML, as it would be shown. Nothing is kept", body = PreviewBody),
        (status = 413, description = "The body has more than 64 KB", content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` says what", content_type = "application/problem+json"),
        (status = 429, description = "Too many previews from this address; `Retry-After` says when to try again", content_type = "application/problem+json"),
        (status = 503, description = "Too many texts wait; try again", content_type = "application/problem+json"),
    )
)]
pub(super) async fn preview(desk: Desk, body: Result<PreviewRequest, Problem>) -> Answer {
    let mut checks = Checks::new();
    let content = checks.optional("/content", &body?.content, LONGEST);
    let content = checks.finish(content).map_err(Problem::invalid)?;
    let text = Text::new(&content);
    let busy = |Busy| Problem::unavailable("Too many texts wait to be looked at.", Duration::from_secs(1));
    desk.render(vec![text.clone()]).await.map_err(busy)?;
    let html = text.ready().unwrap_or_default().to_owned();
    Ok(route::uncached(route::json_response(StatusCode::OK, &PreviewBody { html })))
}
