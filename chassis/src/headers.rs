//! The request headers that change what a call means, each parsed once into a type.

use std::fmt;

use contract::{EventId, Revision};
use http::header::{ETAG, IF_MATCH, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// `Idempotency-Key`: the same key means the same creation.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// `Idempotency-Replayed`: on an answer that tells of what an earlier request with the same key made, as it is now.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// `Owner-Key`: the secret of an anonymous author.
pub const OWNER_KEY: HeaderName = HeaderName::from_static("owner-key");
/// `Event-Id`: on every answer to a write, the event that tells of it.
pub const EVENT_ID: HeaderName = HeaderName::from_static("event-id");
/// `Await-Event`: on a read, the event that it should see.
pub const AWAIT_EVENT: HeaderName = HeaderName::from_static("await-event");
/// `Folkmoot-Log`: the id of the bus's log.
pub const FOLKMOOT_LOG: HeaderName = HeaderName::from_static("folkmoot-log");
/// `Folkmoot-Head`: the bus's last sequence.
pub const FOLKMOOT_HEAD: HeaderName = HeaderName::from_static("folkmoot-head");
/// `Folkmoot-Upto`: where a subscription's cursor stands after this push.
pub const FOLKMOOT_UPTO: HeaderName = HeaderName::from_static("folkmoot-upto");
/// `Folkmoot-Subscription`: the subscription that a push belongs to.
pub const FOLKMOOT_SUBSCRIPTION: HeaderName = HeaderName::from_static("folkmoot-subscription");
/// `Folkmoot-Service`: the service that a subscription is put for, in its own words.
pub const FOLKMOOT_SERVICE: HeaderName = HeaderName::from_static("folkmoot-service");

/// Says on the answer to a creation that it made nothing: an earlier request with this key did.
pub fn set_replayed(headers: &mut HeaderMap, replayed: bool) {
    if replayed {
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
}

/// One value of a header as text.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::bad_request(format!("The header {name} came more than once.")));
    }
    let text = value.to_str().map_err(|_| Problem::bad_request(format!("The header {name} must be visible ASCII.")))?;
    Ok(Some(text.trim()))
}

/// What makes a creation repeatable: 1 to 255 visible ASCII characters, chosen by the caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// Reads it, if it is there. Quotes around it, as the IETF draft writes it, are taken off.
    ///
    /// # Errors
    /// 400 if it is empty, too long or came twice.
    pub fn from(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(text) = single(headers, &IDEMPOTENCY_KEY)? else {
            return Ok(None);
        };
        let text = unquoted(text).unwrap_or(text);
        if text.is_empty() || text.len() > 255 {
            return Err(Problem::bad_request("Idempotency-Key must have 1 to 255 characters."));
        }
        Ok(Some(Self(text.into())))
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The revision that a strong tag begins with.
fn revision_of(tag: &str) -> Option<u32> {
    let Some(tag) = unquoted(tag) else { return tag.parse().ok() };
    tag.split_once('-').map_or(tag, |(revision, _)| revision).parse().ok()
}

fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// `If-Match`: the revisions that a change may be made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever it is, as long as it is there.
    Any,
    /// One of these.
    Revisions(Vec<u32>),
}

impl IfMatch {
    /// Reads it, if it is there. Revisions are accepted with and without quotes.
    ///
    /// A tag may go on behind the revision, as those of query do (`"3-5f2a"`): it is compared by the revision alone, for
    /// that names exactly one text, and what a write replaces is the text, not what stands around it.
    ///
    /// # Errors
    /// 400 if it is neither `*` nor revisions such as `"3"`; weak tags never match (RFC 9110, 13.1.1).
    pub fn from(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(text) = single(headers, &IF_MATCH)? else {
            return Ok(None);
        };
        if text == "*" {
            return Ok(Some(Self::Any));
        }
        let revisions: Option<Vec<u32>> =
            text.split(',').map(str::trim).filter(|tag| !tag.starts_with("W/")).map(revision_of).collect();
        revisions
            .map(|revisions| Some(Self::Revisions(revisions)))
            .ok_or_else(|| Problem::bad_request("If-Match takes the revision as its ETag gave it, such as \"3\"."))
    }

    /// Whether a change to this revision may be made.
    pub fn allows(&self, current: Revision) -> bool {
        match self {
            Self::Any => true,
            Self::Revisions(named) => named.contains(&current.get()),
        }
    }
}

/// A secret that an anonymous author's browser made: 16 to 256 visible ASCII characters. Never stored, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnerKey(Box<str>);

impl OwnerKey {
    /// Reads it, if it is there.
    ///
    /// # Errors
    /// 400 if it is too short to be a secret, too long, or not visible ASCII.
    pub fn from(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(text) = single(headers, &OWNER_KEY)? else {
            return Ok(None);
        };
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || !(16..=256).contains(&text.len()) {
            return Err(Problem::bad_request("Owner-Key must have 16 to 256 visible ASCII characters without spaces."));
        }
        Ok(Some(Self(text.into())))
    }

    /// What is stored and said in events: the SHA-256 of the secret, in lower-case hex.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerKey(***)")
    }
}

/// A revision as an entity tag: `"3"`.
pub fn etag(revision: Revision) -> HeaderValue {
    let mut text = [b'"'; 12];
    let digits = revision.get().to_string();
    text[1..=digits.len()].copy_from_slice(digits.as_bytes());
    HeaderValue::from_bytes(&text[..digits.len() + 2]).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// Puts a revision's tag on an answer.
pub fn set_etag(headers: &mut HeaderMap, revision: Revision) {
    headers.insert(ETAG, etag(revision));
}

/// Names on an answer the event that tells of the write, if one does.
pub fn set_event_id(headers: &mut HeaderMap, event: Option<&EventId>) {
    // An id that cannot stand in a header cannot be awaited either.
    if let Some(Ok(event)) = event.map(|event| HeaderValue::from_str(event.as_str())) {
        headers.insert(EVENT_ID, event);
    }
}

/// Says on an answer where to find what was created. The reference should be a relative one, by
/// [`crate::route::Head::beside`], since nobody here knows under which prefix the service is reached.
pub fn set_location(headers: &mut HeaderMap, reference: &str) {
    if let Ok(reference) = HeaderValue::from_str(reference) {
        headers.insert(LOCATION, reference);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn if_match_reads_tags_and_bare_numbers() {
        let read = |value| IfMatch::from(&with(IF_MATCH, value));
        assert_eq!(read("*").unwrap(), Some(IfMatch::Any));
        assert_eq!(read("\"3\"").unwrap(), Some(IfMatch::Revisions(vec![3])));
        assert_eq!(read("3").unwrap(), Some(IfMatch::Revisions(vec![3])));
        assert_eq!(read("\"1\", \"2\"").unwrap(), Some(IfMatch::Revisions(vec![1, 2])));
        assert_eq!(read("W/\"1\"").unwrap(), Some(IfMatch::Revisions(vec![])));
        assert_eq!(read("\"3-5f2a\", \"4-own-5f2a\"").unwrap(), Some(IfMatch::Revisions(vec![3, 4])));
        assert_eq!(read("W/\"3-5f2a\"").unwrap(), Some(IfMatch::Revisions(vec![])));
        assert!(read("\"-3\"").is_err() && read("\"5f2a\"").is_err() && read("3-5f2a").is_err());
        assert!(read("\"x\"").is_err());
        assert_eq!(IfMatch::from(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn an_owner_key_is_a_secret_of_some_length() {
        let read = |value| OwnerKey::from(&with(OWNER_KEY, value));
        assert!(read("short").is_err());
        assert!(read("sixteen characters with spaces").is_err());
        let key = read("0123456789abcdef").unwrap().unwrap();
        assert_eq!(key.hash(), "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f");
        assert_eq!(format!("{key:?}"), "OwnerKey(***)");
    }

    #[test]
    fn a_key_that_comes_twice_is_refused() {
        let mut headers = with(IDEMPOTENCY_KEY, "a");
        headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("b"));
        assert!(IdempotencyKey::from(&headers).is_err());
        let quoted = with(IDEMPOTENCY_KEY, "\"a\"");
        assert_eq!(IdempotencyKey::from(&quoted).unwrap().unwrap().as_str(), "a");
    }
}
