//! Request bodies as values: read with a limit, parsed, and every way to get it wrong told apart.
//!
//! The filters never reject. They give `Result<T, Problem>`, so a body that cannot be read is an answer of its own
//! route and not a search for another one. What is refused before any type is looked at: another content type (415),
//! too many bytes (413), what is not JSON, too deep, or not Unicode (400), and NUL in a string (422), which databases
//! and C libraries cut strings at.

use std::pin::pin;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use warp::{Filter, Rejection};

use crate::problem::{FieldError, Problem};
use crate::route::{Head, head};
use crate::serve::memory::{self, Share};

/// Levels of arrays and objects that are read. Nothing that is said here needs more than a few.
pub const MAX_DEPTH: usize = 64;

/// A body must have come within this time.
const MAX_TIME: Duration = Duration::from_secs(30);

/// How much of a body that is too large is read and thrown away, so that the caller, who is still sending, gets to
/// read the answer instead of a reset connection.
const DRAIN_BYTES: usize = 8 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// The bytes of a character that takes most of them: escaped as two surrogates, `\ud83d\ude00`.
const CHARACTER: u64 = 12;
/// What stands around the texts of a body: braces, names, ids, blanks.
const AROUND: u64 = 4096;

/// The limit of a body whose texts have at most so many characters in all: a caller that keeps to those never reads that its
/// body is too large, however it is escaped.
pub const fn limit_of(characters: usize) -> u64 {
    characters as u64 * CHARACTER + AROUND
}

/// A JSON body of at most `limit` bytes as a `T`.
pub fn json<T: DeserializeOwned + Send + 'static>(
    limit: u64,
) -> impl Filter<Extract = (Result<T, Problem>,), Error = Rejection> + Clone + Send + Sync + 'static {
    warp::header::headers_cloned().and(warp::body::stream()).then(move |headers: HeaderMap, stream| async move {
        let read = read(limit, &headers, stream).await;
        is_json(&headers)?;
        parse(&read?)
    })
}

/// A body of at most `limit` bytes as it came, of any content type.
pub fn raw(
    limit: u64,
) -> impl Filter<Extract = (Result<Bytes, Problem>,), Error = Rejection> + Clone + Send + Sync + 'static {
    warp::header::headers_cloned()
        .and(warp::body::stream())
        .then(move |headers: HeaderMap, stream| async move { read(limit, &headers, stream).await })
}

/// The same as [`json`] for those whom `allowed` lets through; whom it refuses, nothing is read of.
pub fn json_if<T: DeserializeOwned + Send + 'static>(
    limit: u64,
    allowed: impl Fn(&Head) -> Result<(), Problem> + Clone + Send + Sync + 'static,
) -> impl Filter<Extract = (Result<T, Problem>,), Error = Rejection> + Clone + Send + Sync + 'static {
    head().and(warp::body::stream()).then(move |head: Head, stream| {
        let allowed = allowed(&head);
        async move {
            allowed?;
            let read = read(limit, &head.headers, stream).await;
            is_json(&head.headers)?;
            parse(&read?)
        }
    })
}

/// The same as [`raw`] for those whom `allowed` lets through; whom it refuses, nothing is read of.
pub fn raw_if(
    limit: u64,
    allowed: impl Fn(&Head) -> Result<(), Problem> + Clone + Send + Sync + 'static,
) -> impl Filter<Extract = (Result<Bytes, Problem>,), Error = Rejection> + Clone + Send + Sync + 'static {
    head().and(warp::body::stream()).then(move |head: Head, stream| {
        let allowed = allowed(&head);
        async move {
            allowed?;
            read(limit, &head.headers, stream).await
        }
    })
}

/// The media type of a request without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(essence(value).to_ascii_lowercase())
}

fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// Whether the body says that it is JSON: `application/json` or any `+json`, in UTF-8.
///
/// # Errors
/// 415 if not.
pub fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Err(Problem::unsupported_media("Send Content-Type: application/json with the body."));
    };
    let value = value.to_str().unwrap_or_default();
    let essence = essence(value);
    let json = essence.eq_ignore_ascii_case("application/json")
        || essence
            .len()
            .checked_sub(5)
            .and_then(|at| essence.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case("+json"));
    let charset = value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    if json && charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8")) {
        return Ok(());
    }
    Err(Problem::unsupported_media(format!("`{value}` is not read here; send application/json in UTF-8.")))
}

/// Reads a JSON text as a `T`.
///
/// # Errors
/// 400 where it is no JSON, too deep or no Unicode; 422 with a pointer where it is JSON but no `T`, or has a NUL.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    check(body)?;
    serde_json::from_slice(body).map_err(|error| explain::<T>(body, &error))
}

/// What every JSON text must pass, also where it is kept as it came: UTF-8, not too deep, no lone surrogate, no NUL
/// in a string. Syntax beyond that is left to the parser.
///
/// # Errors
/// 400 or 422, saying where.
pub fn check(body: &[u8]) -> Result<(), Problem> {
    check_text(body, Nul::Refused)
}

/// The same for what is only carried, in which a string may hold NUL: it is its producer's and its readers' affair.
///
/// # Errors
/// 400, saying where.
pub fn check_foreign(body: &[u8]) -> Result<(), Problem> {
    check_text(body, Nul::Taken)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nul {
    Taken,
    Refused,
}

fn check_text(body: &[u8], nul: Nul) -> Result<(), Problem> {
    if body.trim_ascii().is_empty() {
        return Err(Problem::bad_request("The body is empty; send JSON."));
    }
    if let Err(error) = std::str::from_utf8(body) {
        return Err(Problem::bad_request(format!("The body is not UTF-8, from byte {} on.", error.valid_up_to())));
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while at < body.len() {
        match body[at] {
            b'"' => at = check_string(body, at + 1, nul)?,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Problem::bad_request(format!("The JSON is nested more than {MAX_DEPTH} levels deep.")));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Looks through a string from behind its opening quote; gives the place of the closing one (or the end).
fn check_string(body: &[u8], mut at: usize, allowed: Nul) -> Result<usize, Problem> {
    while at < body.len() && body[at] != b'"' {
        if body[at] != b'\\' {
            at += 1;
            continue;
        }
        let Some(unit) = escaped_unit(body, at) else {
            at += 2;
            continue;
        };
        match unit {
            0 if allowed == Nul::Refused => return Err(nul(body, at)),
            0xd800..=0xdbff if matches!(escaped_unit(body, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            0xd800..=0xdfff => {
                return Err(Problem::bad_request(format!(
                    "A lone surrogate at byte {at}: \\u{unit:04x} is half of a character."
                )));
            }
            _ => at += 6,
        }
    }
    Ok(at)
}

/// The UTF-16 unit of a `\uXXXX` at this place.
fn escaped_unit(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn nul(body: &[u8], at: usize) -> Problem {
    let pointer =
        serde_json::from_slice(body).ok().and_then(|value| pointer_to_nul(&value, String::new())).unwrap_or_default();
    Problem::invalid_field(pointer, format!("A NUL character (\\u0000 at byte {at}) is not allowed in text."))
}

fn pointer_to_nul(value: &serde_json::Value, here: String) -> Option<String> {
    match value {
        serde_json::Value::String(text) => text.contains('\0').then_some(here),
        serde_json::Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| pointer_to_nul(item, format!("{here}/{index}")))
        }
        serde_json::Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            if name.contains('\0') {
                return Some(here.clone());
            }
            pointer_to_nul(item, format!("{here}/{}", pointer_token(name)))
        }),
        _ => None,
    }
}

/// RFC 6901: `~` and `/` within a name are escaped.
fn pointer_token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Parses once more, slowly, to say where it went wrong.
fn explain<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Problem {
    if error.classify() != Category::Data {
        return Problem::bad_request(format!("The body is not valid JSON: {error}."));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let (pointer, error) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => (String::new(), error.to_string()),
        Err(located) => (pointer_of(located.path()), located.into_inner().to_string()),
    };
    Problem::invalid(vec![FieldError::new(pointer, format!("{}.", without_place(&error)))])
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => pointer_token(key),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}

/// The pointer says where; line and column would say it twice.
fn without_place(error: &str) -> &str {
    error.rsplit_once(" at line ").map_or(error, |(text, _)| text)
}

async fn read(
    limit: u64,
    headers: &HeaderMap,
    stream: impl Stream<Item = Result<impl Buf, warp::Error>> + Send,
) -> Result<Bytes, Problem> {
    let mut stream = pin!(stream);
    if let Some(encoding) = headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(Problem::unsupported_media(
            "Compressed bodies are not read here; send it without Content-Encoding.",
        ));
    }
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_none_or(|length| length <= limit) {
        let collected = tokio::time::timeout(MAX_TIME, collect(limit, &mut stream)).await;
        match collected {
            Ok(Ok(Some(bytes))) => return Ok(bytes),
            Ok(Ok(None)) => {}
            Ok(Err(problem)) => return Err(problem),
            Err(_) => {
                return Err(Problem::request_timeout(format!(
                    "The body did not come within {} seconds.",
                    MAX_TIME.as_secs()
                )));
            }
        }
    }
    // A caller that waits for `100 Continue` has sent nothing yet, and reads the answer as it is.
    if !headers.contains_key(EXPECT) {
        drain(&mut stream).await;
    }
    Err(Problem::payload_too_large(format!("At most {limit} bytes are read here.")))
}

/// `None` when there is more than `limit`.
async fn collect<B: Buf>(
    limit: u64,
    stream: &mut (impl Stream<Item = Result<B, warp::Error>> + Unpin),
) -> Result<Option<Bytes>, Problem> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let broken = |error: warp::Error| Problem::bad_request(format!("The body broke off or is malformed: {error}."));
    let Some(first) = stream.next().await else {
        return Ok(Some(Bytes::new()));
    };
    let mut first = first.map_err(broken)?;
    if first.remaining() > limit {
        return Ok(None);
    }
    let first = first.copy_to_bytes(first.remaining());
    let Some(second) = stream.next().await else {
        return Ok(Some(first));
    };
    let mut waiting = Share::of(first.len());
    let mut all = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        let chunk = chunk.map_err(broken)?;
        if memory::is_full_for(chunk.remaining()) {
            return Err(Problem::unavailable("Too much waits in memory for slow callers.", Duration::from_secs(1)));
        }
        waiting.grow(chunk.remaining());
        if all.len() + chunk.remaining() > limit {
            return Ok(None);
        }
        bytes::BufMut::put(&mut all, chunk);
        next = stream.next().await;
    }
    Ok(Some(all.freeze()))
}

async fn drain<B: Buf>(stream: &mut (impl Stream<Item = Result<B, warp::Error>> + Unpin)) {
    let mut thrown = 0;
    let rest = async {
        while let Some(Ok(chunk)) = stream.next().await {
            thrown += chunk.remaining();
            if thrown > DRAIN_BYTES {
                break;
            }
        }
    };
    // Running out of time only means that the caller may see a reset.
    drop(tokio::time::timeout(DRAIN_TIME, rest).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_of(body: &[u8]) -> Option<u16> {
        check(body).err().map(|problem| problem.status().as_u16())
    }

    #[test]
    fn what_every_json_text_must_pass() {
        assert_eq!(status_of(br#"{"a":["b\\","\"]]]"]}"#), None);
        assert_eq!(status_of(b"  "), Some(400));
        assert_eq!(status_of(b"\"\xff\""), Some(400));
        assert_eq!(status_of(br#""\ud83d\ude00""#), None);
        assert_eq!(status_of(br#""\ud83d""#), Some(400));
        assert_eq!(status_of(br#""\ude00\ud83d""#), Some(400));
        assert_eq!(status_of(br#""\ud83d\u0041""#), Some(400));
        assert_eq!(status_of(br#""\\u0000""#), None);
        assert_eq!(status_of(br#""\\\u0000""#), Some(422));
        assert_eq!(status_of("[".repeat(MAX_DEPTH).as_bytes()), None);
        assert_eq!(status_of("[".repeat(MAX_DEPTH + 1).as_bytes()), Some(400));
        assert_eq!(status_of(br#""\u00"#), None, "left to the parser");
        assert_eq!(status_of(br#""\"#), None, "left to the parser");
    }

    #[test]
    fn what_is_only_carried_may_hold_nul() {
        assert!(check_foreign(br#"{"a\u0000":"\u0000"}"#).is_ok());
        assert!(check_foreign(br#""\u0000\ud83d""#).is_err());
    }

    #[test]
    fn a_nul_is_pointed_at() {
        let problem = check(br#"{"a":[{"b/c":"x\u0000"}]}"#).err();
        let pointer = problem.as_ref().map(|p| p.errors()[0].pointer.as_str());
        assert_eq!(pointer, Some("/a/0/b~1c"));
    }
}
