//! The bus's OpenAPI document, made from the handlers' own annotations and compared with the committed one in a test.

use utoipa::OpenApi;

use crate::{
    append_http, asyncapi, event_http, parked_http, read_http, stream_http, subscription_http, subscription_json,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Folkmoot event bus", description = "Durable events over plain HTTP: pushed, streamed and replayed."),
    // Relative to the document: right on the own port and under the front door.
    servers((url = ".")),
    paths(append_http::append, read_http::list_events, event_http::read_event, stream_http::open,
        asyncapi::read_document,
        subscription_http::list_all, subscription_http::read_one, subscription_http::put_one, subscription_http::delete_one,
        subscription_http::pause_one, subscription_http::resume_one, subscription_http::seek_one,
        parked_http::list_parked, parked_http::redeliver, parked_http::skip),
    components(schemas(append_http::Event, append_http::Events, append_http::AllAccepted, append_http::Accepted, append_http::NotTaken, append_http::Outcome,
        event_http::Told, event_http::Recorded,
        subscription_json::Wish, subscription_json::SeekTo, subscription_json::Shown, subscription_json::LagShown,
        subscription_json::ParkedShown)),
    tags(
        (name = "log", description = "Append, read and follow events"),
        (name = "subscriptions", description = "Have events pushed"),
    )
)]
struct LogApi;

/// The document as JSON.
pub(crate) fn document() -> String {
    chassis::openapi::document(LogApi::openapi())
}
