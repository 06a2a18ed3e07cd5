//! `GET /asyncapi.json`: what goes over the bus, for programs that read such documents (`AsyncAPI` 3.0).
//!
//! It is told from the side of a program at the bus: that one sends to `/events` and receives from the stream. The bus
//! itself knows none of these events; they are listed in [`contract::catalogue`].

use bytes::Bytes;
use chassis::route::{Response, Routes, bytes_response, get, other_methods};
use contract::Envelope;
use contract::catalogue::{CATALOGUE, Listed};
use contract::envelope::PLACE;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use warp::Filter;

use crate::cloudevents::EVENT_JSON;

const ABOUT: &str = "Durable events over plain HTTP. A program sends events to `/events`, and receives them from the \
stream or pushed to an address of its own (`PUT /subscriptions/{name}`, see `openapi.json`). Every event is a CloudEvent; \
listed are those that Folkmoot's own services say, and the bus takes any other just as well. Readers ignore types and \
fields that they do not know.";

/// What the stream says besides events: name, when, schema, example.
fn frames() -> [(&'static str, &'static str, Value, Value); 3] {
    let sequence = json!({ "$ref": "#/components/schemas/Sequence" });
    [
        (
            "Opening",
            "The first that is said: which log this is, and its last sequence. As a server-sent event its name is `log`.",
            object(&json!({ "log": { "type": "string", "format": "uuid" }, "head": sequence })),
            json!({ "log": "019c1405-36fb-7000-8000-000000000009", "head": "0000000000000042" }),
        ),
        (
            "CaughtUp",
            "Everything up to the head at opening has been given. As a server-sent event its name is `caughtUp`.",
            object(&json!({ "caughtUp": sequence })),
            json!({ "caughtUp": "0000000000000042" }),
        ),
        (
            "Problem",
            "The last that is said where the log cannot be read: a server-sent event with the name `problem` (RFC 9457).",
            object(&json!({
                "type": { "type": "string" },
                "title": { "type": "string" },
                "status": { "type": "integer" },
                "detail": { "type": "string" },
            })),
            json!({
                "type": "/problems/log-damaged",
                "title": "The log is damaged",
                "status": 500,
                "detail": "What is kept at sequence 0000000000000007 is not what was written, so it is not given out.",
            }),
        ),
    ]
}

/// The document as JSON.
fn document() -> Value {
    let events: Vec<&str> = CATALOGUE.iter().map(|listed| listed.type_name).chain(["Foreign"]).collect();
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:folkmoot:event-bus",
        "info": {
            "title": "Folkmoot event bus",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
            "tags": [{ "name": "events" }],
        },
        "defaultContentType": EVENT_JSON,
        "servers": {
            "http": server("http", "Append, and follow by server-sent events."),
            "websocket": server("ws", "Follow over a WebSocket."),
            "subscriber": {
                "host": "{receiver}",
                "protocol": "http",
                "description": "A subscriber, wherever its subscription says.",
                "variables": { "receiver": { "default": "localhost:9000", "description": "Its host and port." } },
            },
        },
        "channels": {
            "append": channel("/events", "http", &events, "Every event that there is goes through here."),
            "stream": channel("/events/stream", "http", &[&events[..], &["Opening", "CaughtUp", "Problem"]].concat(),
                "The log as server-sent events: the past from where it is asked for, then what comes."),
            "socket": with(channel("/events/stream", "websocket", &["Opening", "Batch", "CaughtUp", "Ack"],
                "The same over a WebSocket, in batches."), "bindings",
                json!({ "ws": { "method": "GET", "query": begin(), "bindingVersion": "0.1.0" } })),
            "push": channel(Value::Null, "subscriber", &events,
                "A POST for each event, in each subject's order, until it is answered with 2xx; for a batch one with an \
                 array. With a secret it is signed (Standard Webhooks: `webhook-id`, `webhook-timestamp`, \
                 `webhook-signature`)."),
        },
        "operations": {
            "append": operation("send", "append", "Append an event; 201 means that it is on disk.",
                json!({ "http": { "method": "POST", "bindingVersion": "0.3.0" } })),
            "follow": operation("receive", "stream", "Follow the log by server-sent events.",
                json!({ "http": { "method": "GET", "query": begin(), "bindingVersion": "0.3.0" } })),
            "listen": only(operation("receive", "socket", "Follow the log over a WebSocket.", json!({})),
                &["Opening", "Batch", "CaughtUp"]),
            "acknowledge": only(operation("send", "socket", "Say how far the batches have been taken.", json!({})), &["Ack"]),
            "bePushed": operation("receive", "push", "Have events pushed.",
                json!({ "http": { "method": "POST", "bindingVersion": "0.3.0" } })),
        },
        "components": {
            "messages": messages(),
            "schemas": schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The bus's token. While the bus listens on loopback alone, calls may do without.",
                },
            },
        },
    })
}

/// The bus's own port, or wherever it is mounted.
fn server(protocol: &str, description: &str) -> Value {
    json!({
        "host": "{host}",
        "pathname": "{prefix}",
        "protocol": protocol,
        "description": description,
        "security": [{ "$ref": "#/components/securitySchemes/token" }],
        "variables": {
            "host": { "default": "localhost:4005", "description": "The bus's host and port.", "examples": ["localhost:8080"] },
            "prefix": {
                "default": "",
                "description": "What stands before the bus's paths: nothing on its own port.",
                "examples": ["/api/v1/bus"],
            },
        },
    })
}

fn channel(address: impl Into<Value>, server: &str, messages: &[&str], description: &str) -> Value {
    let reference = |name: &&str| ((*name).to_owned(), json!({ "$ref": format!("#/components/messages/{name}") }));
    json!({
        "address": address.into(),
        "description": description,
        "servers": [{ "$ref": format!("#/servers/{server}") }],
        "messages": messages.iter().map(reference).collect::<Map<_, _>>(),
    })
}

fn operation(action: &str, channel: &str, summary: &str, bindings: Value) -> Value {
    let channel = json!({ "$ref": format!("#/channels/{channel}") });
    let operation = json!({ "action": action, "channel": channel, "summary": summary });
    if bindings == json!({}) { operation } else { with(operation, "bindings", bindings) }
}

/// Narrows an operation to some of its channel's messages.
fn only(operation: Value, messages: &[&str]) -> Value {
    let channel = operation["channel"]["$ref"].as_str().unwrap_or_default().to_owned();
    let messages = messages.iter().map(|name| json!({ "$ref": format!("{channel}/messages/{name}") })).collect();
    with(operation, "messages", messages)
}

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

/// From where to follow, and what.
fn begin() -> Value {
    json!({
        "type": "object",
        "properties": {
            "after": { "type": "string", "description": "Begin after this sequence; if nothing is given, at the beginning." },
            "since": { "type": "string", "format": "date-time", "description": "Begin with what was recorded then or later." },
            "tail": { "type": "boolean", "description": "Only what is new." },
            "type": { "type": "string", "description": "Only these types, separated by commas." },
            "subject": { "type": "string", "description": "Only this subject." },
            "logid": { "type": "string", "format": "uuid", "description": "Refuse if this is not the log's id." },
        },
    })
}

fn messages() -> Map<String, Value> {
    let mut messages: Map<_, _> =
        CATALOGUE.iter().map(|listed| (listed.type_name.to_owned(), event_message(listed))).collect();
    let mut add = |name: &str, summary: &str, content_type: &str, payload: Value, example: Value| {
        let message = json!({
            "name": name, "title": name, "summary": summary, "contentType": content_type, "payload": payload,
            "examples": [{ "payload": example }],
        });
        messages.insert(name.to_owned(), message);
    };
    let foreign = json!({
        "specversion": "1.0", "id": "7", "source": "/sensors/roof", "type": "TemperatureMeasured",
        "data": { "celsius": 21.5 },
    });
    let event = json!({ "$ref": "#/components/schemas/CloudEvent" });
    add("Foreign", "Any other event: the bus carries it as it came.", EVENT_JSON, event.clone(), foreign);
    let batch = object(&json!({
        "events": { "type": "array", "items": event },
        "upto": { "$ref": "#/components/schemas/Sequence" },
    }));
    let about = "Events in order, and how far the log was looked through; to be acknowledged.";
    let first: Vec<Value> = CATALOGUE.iter().take(1).map(|listed| json_of(&listed.example())).collect();
    add("Batch", about, "application/json", batch, json!({ "events": first, "upto": "0000000000000042" }));
    let ack = object(&json!({ "ack": { "$ref": "#/components/schemas/Sequence" } }));
    let about = "A batch's `upto`. Eight batches may be on their way without one.";
    add("Ack", about, "application/json", ack, json!({ "ack": "0000000000000042" }));
    for (name, about, payload, example) in frames() {
        add(name, about, "application/json", payload, example);
    }
    messages
}

fn event_message(listed: &Listed) -> Value {
    let own = json!({
        "type": "object",
        "properties": {
            "type": { "const": listed.type_name },
            "source": { "const": listed.source },
            "data": { "$ref": format!("#/components/schemas/{}", listed.type_name) },
        },
        "required": ["type", "source", "subject", "time", "data"],
    });
    json!({
        "name": listed.type_name,
        "title": listed.type_name,
        "summary": listed.summary,
        "contentType": EVENT_JSON,
        "payload": { "allOf": [{ "$ref": "#/components/schemas/CloudEvent" }, own] },
        "examples": [{ "payload": json_of(&listed.example()) }],
    })
}

fn json_of(envelope: &Envelope) -> Value {
    serde_json::to_value(envelope).unwrap_or_default()
}

fn schemas() -> Map<String, Value> {
    let mut schemas: Map<_, _> =
        CATALOGUE.iter().map(|listed| (listed.type_name.to_owned(), listed.schema())).collect();
    let text = |about: &str| json!({ "type": "string", "minLength": 1, "maxLength": 255, "description": about });
    let sequence = json!({
        "type": "string",
        "pattern": "^[0-9]{16}$",
        "description": "A place in the log: sixteen digits, so that text is ordered as numbers are.",
    });
    let event = json!({
        "type": "object",
        "description": "A CloudEvent 1.0 in JSON. Further attributes are carried as they come.",
        "properties": {
            "specversion": { "const": "1.0" },
            "id": text("What its producer calls it; with `source` its identity."),
            "source": text("Who says it."),
            "type": text("What happened."),
            "subject": text("What it happened to: events of one subject stay in order."),
            "time": { "type": "string", "format": "date-time", "description": "When it was said." },
            "datacontenttype": { "type": "string", "description": "The media type of `data`; JSON if absent." },
            "dataschema": { "type": "string", "description": "The URI of what `data` adheres to." },
            "sequence": {
                "type": ["string", "integer"],
                "description": "Its place in the log, sixteen digits, which the bus sets; or its producer's own numbering, \
                    any text, where it came with one: then the place is `folkmootsequence`.",
            },
            PLACE: {
                "$ref": "#/components/schemas/Sequence",
                "description": "Its place in the log, where `sequence` is its producer's own. Read this one first.",
            },
            "causationid": text("The id of the event that caused it."),
            "correlationid": text("The id of the event that began it all."),
            "traceparent": { "type": "string", "description": "The W3C trace context of whoever said it." },
            "data": { "description": "What happened, as JSON." },
            "data_base64": { "type": "string", "description": "What happened, if it is no JSON." },
        },
        "required": ["specversion", "id", "source", "type"],
    });
    schemas.insert("Sequence".to_owned(), sequence);
    schemas.insert("CloudEvent".to_owned(), event);
    schemas
}

/// The schema of an object that has all of these.
fn object(properties: &Value) -> Value {
    let required: Vec<&String> = properties.as_object().map(|map| map.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// `GET /asyncapi.json`, with the end of its path. It holds no data, so it asks for no token.
pub(crate) fn routes() -> Routes {
    let document = Bytes::from(format!("{:#}", document()));
    let path = warp::path!("asyncapi.json");
    path.and(get())
        .map(move || read_document(document.clone()))
        .or(path.and(other_methods("GET, HEAD, OPTIONS")))
        .unify()
        .boxed()
}

/// Read the `AsyncAPI` document
///
/// What goes over the bus: every event with its schema, and the ways to send and receive them.
#[utoipa::path(
    get, path = "/asyncapi.json", tag = "log",
    responses((status = 200, description = "the document", content((Object = "application/json")))),
    security(()),
)]
pub(crate) fn read_document(document: Bytes) -> Response {
    let mut response = bytes_response(StatusCode::OK, "application/json", document);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
