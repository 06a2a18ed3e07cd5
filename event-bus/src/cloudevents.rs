//! Events as HTTP brings them: the CloudEvents HTTP protocol binding 1.0
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>), and the classic
//! `{"type", "data"}` as plain JSON.
//!
//! The content type decides: a structured event, a batch, plain JSON (one event or an array of them), or, where there
//! are `ce-` headers and any other type, the binary mode, in which the body is the event's data. In an array every
//! event is read by itself, so that a bad one spoils no other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chassis::body;
use chassis::problem::Problem;
use contract::envelope::ANONYMOUS_SOURCE;
use contract::{Draft, Envelope, EnvelopeError};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The most bytes of one event.
pub const MAX_EVENT: usize = 256 * 1024;
/// The most events in one request.
pub const MAX_EVENTS: usize = 10_000;
/// The most bytes of one request.
pub const MAX_BODY: u64 = 4 * 1024 * 1024;

/// The media type of one event as JSON.
pub const EVENT_JSON: &str = "application/cloudevents+json";
/// The media type of several events as a JSON array.
pub const BATCH_JSON: &str = "application/cloudevents-batch+json";

/// What came.
#[derive(Debug)]
pub enum Incoming {
    /// One event.
    One(Box<Envelope>),
    /// An array; each item is an event or why it is none.
    Many(Vec<Result<Envelope, Refused>>),
}

/// An item of an array that is no event that is taken.
#[derive(Debug)]
pub struct Refused {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its source and subject, if they can be told: what follows it there must not overtake it.
    pub order: Option<(Box<str>, Box<str>)>,
    /// What is wrong.
    pub problem: Problem,
}

/// Reads a request.
///
/// # Errors
/// 415 for another content type, and what is wrong with a single event or with the array as such.
pub fn read(headers: &HeaderMap, bytes: &Bytes) -> Result<Incoming, Problem> {
    let media_type = body::media_type(headers);
    match media_type.as_deref() {
        Some(BATCH_JSON) => {
            body::is_json(headers)?;
            many(bytes)
        }
        Some(EVENT_JSON) => {
            body::is_json(headers)?;
            one(bytes)
        }
        Some(other) if other.starts_with("application/cloudevents") => Err(Problem::unsupported_media(format!(
            "`{other}` is not read here; of the CloudEvents formats only JSON is."
        ))),
        _ if headers.contains_key("ce-type") || headers.contains_key("ce-specversion") => {
            binary(headers, media_type.as_deref(), bytes)
        }
        _ => {
            body::is_json(headers)?;
            if bytes.trim_ascii_start().first() == Some(&b'[') { many(bytes) } else { one(bytes) }
        }
    }
}

fn one(bytes: &[u8]) -> Result<Incoming, Problem> {
    event(bytes).map(|event| Incoming::One(Box::new(event)))
}

fn event(bytes: &[u8]) -> Result<Envelope, Problem> {
    check_size(bytes.len())?;
    body::check_foreign(bytes)?;
    Envelope::parse(bytes).map_err(|error| problem_of(&error))
}

fn check_size(length: usize) -> Result<(), Problem> {
    if length <= MAX_EVENT {
        return Ok(());
    }
    Err(Problem::payload_too_large(format!("An event has at most {MAX_EVENT} bytes; this one has {length}.")))
}

fn many(bytes: &[u8]) -> Result<Incoming, Problem> {
    let items: Vec<&RawValue> = match serde_json::from_slice(bytes) {
        Ok(items) => items,
        Err(error) if error.is_data() => {
            return Err(Problem::invalid_field("", "A batch is a JSON array of events."));
        }
        Err(error) => {
            body::check_foreign(bytes)?;
            return Err(Problem::bad_request(format!("Not JSON: {error}.")));
        }
    };
    if items.len() > MAX_EVENTS {
        return Err(Problem::payload_too_large(format!(
            "At most {MAX_EVENTS} events are taken at once; these are {}.",
            items.len()
        )));
    }
    let read = |item: &RawValue| event(item.get().as_bytes()).map_err(|problem| refused(item, problem));
    Ok(Incoming::Many(items.into_iter().map(read).collect()))
}

/// What can be told of an item that is no event.
fn refused(item: &RawValue, problem: Problem) -> Refused {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Told {
        id: Option<serde_json::Value>,
        source: Option<serde_json::Value>,
        subject: Option<serde_json::Value>,
    }
    let told: Told = serde_json::from_str(item.get()).unwrap_or_default();
    let text = |value: Option<serde_json::Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let (id, source, subject) = (text(told.id), text(told.source), text(told.subject));
    let source = source.unwrap_or_else(|| ANONYMOUS_SOURCE.to_owned());
    let order = subject.or_else(|| id.clone()).map(|subject| (source.into(), subject.into()));
    Refused { id, order, problem }
}

/// Section 3.1: attributes in headers, data in the body.
fn binary(headers: &HeaderMap, media_type: Option<&str>, bytes: &Bytes) -> Result<Incoming, Problem> {
    check_size(bytes.len())?;
    let mut draft = Draft::new();
    let mut set = |name: &str, value: &str| draft.set(name, value).map_err(|error| problem_of(&error));
    for (name, value) in headers {
        let Some(attribute) = name.as_str().strip_prefix("ce-") else { continue };
        let text = decode_header(value.as_bytes())
            .ok_or_else(|| Problem::invalid_field(format!("/{attribute}"), format!("{name} is not UTF-8.")))?;
        if matches!(attribute, "data" | "data_base64" | "datacontenttype") {
            let detail = format!("{name} is no attribute in binary mode: the body is the data.");
            return Err(Problem::invalid_field(format!("/{attribute}"), detail));
        }
        set(attribute, &text)?;
    }
    if let Some(content_type) = headers.get(http::header::CONTENT_TYPE) {
        set("datacontenttype", content_type.to_str().unwrap_or_default())?;
    }
    let json = media_type.is_none_or(|name| name == "application/json" || name.ends_with("+json"));
    if bytes.is_empty() {
        // An event may have no data.
    } else if json {
        body::check_foreign(bytes)?;
        let text = std::str::from_utf8(bytes).map_err(|error| Problem::bad_request(error.to_string()))?;
        let data: Box<RawValue> = serde_json::from_str(text)
            .map_err(|error| Problem::bad_request(format!("The body is not JSON: {error}.")))?;
        draft.set_data(data).map_err(|error| problem_of(&error))?;
    } else {
        set("data_base64", &STANDARD.encode(bytes))?;
    }
    draft.finish().map(|event| Incoming::One(Box::new(event))).map_err(|error| problem_of(&error))
}

fn problem_of(error: &EnvelopeError) -> Problem {
    match error {
        EnvelopeError::Syntax(error) => Problem::bad_request(format!("Not JSON: {error}.")),
        error => Problem::invalid_field(error.pointer(), error.to_string()),
    }
}

/// Section 3.1.3.2: a quoted string is unquoted first, then one round of percent-decoding.
fn decode_header(value: &[u8]) -> Option<String> {
    let value = value.trim_ascii();
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let plain = match quoted {
        None => value.to_vec(),
        Some(inner) => {
            let mut escaped = false;
            let unescape = |byte: &u8| {
                escaped = !escaped && *byte == b'\\';
                (!escaped).then_some(*byte)
            };
            inner.iter().filter_map(unescape).collect()
        }
    };
    percent_decode(&plain)
}

/// Replaces every `%XX` by its byte; a `%` that begins no such thing stays. `None` if the result is not UTF-8.
pub fn percent_decode(text: &[u8]) -> Option<String> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
        {
            decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_decoded_as_the_binding_says() {
        let decode = |text: &str| decode_header(text.as_bytes());
        assert_eq!(decode("Euro%20%E2%82%AC%20%F0%9F%98%80").as_deref(), Some("Euro € 😀"));
        assert_eq!(decode("100%").as_deref(), Some("100%"));
        assert_eq!(decode("%4g%").as_deref(), Some("%4g%"));
        assert_eq!(decode("%25E2").as_deref(), Some("%E2"), "one round only");
        assert_eq!(decode(r#""a \"b\" \\ c""#).as_deref(), Some(r#"a "b" \ c"#));
        assert_eq!(decode("%ff"), None);
        assert_eq!(decode("").as_deref(), Some(""));
        assert_eq!(decode("\"").as_deref(), Some("\""));
    }
}
