//! What a text will look like, before it is posted: the same Markdown as in what is read. It asks nothing of the model.

use chassis::problem::Problem;
use chassis::route::{self, Answer};
use chassis::text::Checks;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::markdown;

/// The largest body that is read, in bytes.
pub(super) const BODY: u64 = 64 * 1024;
/// The longest text, in characters: that of a post.
const LONGEST: usize = 40_000;

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
    )
)]
pub(super) async fn preview(body: Result<PreviewRequest, Problem>) -> Answer {
    let mut checks = Checks::new();
    let content = checks.optional("/content", &body?.content, LONGEST);
    let content = checks.finish(content).map_err(Problem::invalid)?;
    Ok(route::uncached(route::json_response(StatusCode::OK, &PreviewBody { html: markdown::to_html(&content) })))
}
