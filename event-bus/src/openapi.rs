//! The bus's OpenAPI document, made from the handlers' own annotations and compared with the committed one in a test.

use utoipa::OpenApi;

use crate::{append_http, read_http, stream_http};

#[derive(OpenApi)]
#[openapi(
    info(title = "Folkmoot event bus", description = "Durable events over plain HTTP: pushed, streamed and replayed."),
    paths(append_http::append, read_http::list_events, read_http::read_event, stream_http::open),
    components(schemas(append_http::Accepted, append_http::NotTaken, append_http::Outcome)),
    tags((name = "log", description = "Append, read and follow events"))
)]
struct LogApi;

/// The document as JSON.
pub(crate) fn document() -> String {
    let document = LogApi::openapi();
    document.to_pretty_json().unwrap_or_default()
}
