//! Event ids, and ids that follow from what caused them.
//!
//! A reaction that runs twice must say the same event again, not a second one. So the id of an event that another
//! event caused is computed: the cause's millisecond first, which keeps ids time-ordered, then a hash of everything
//! that tells one effect of that cause from another.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use thiserror::Error;
use uuid::{Uuid, Variant, Version};

/// The longest event id, in bytes.
const LONGEST: usize = 255;

/// The last millisecond that fits the 48 bits which `UUIDv7` and `UUIDv8` of ours begin with.
const LAST_MILLISECOND: u64 = (1 << 48) - 1;

/// The `id` of an event; together with its `source` it says which event this is.
///
/// Any text of 1 to 255 bytes without control characters, since foreign producers name their events as they like.
/// Ours are UUIDs: version 7 when a person caused the event, version 8 ([`EventId::derived`]) when an event did.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Box<str>", into = "Box<str>")]
pub struct EventId(Box<str>);

/// Why a text is no event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EventIdError {
    /// The text is empty.
    #[error("an event id must not be empty")]
    Empty,
    /// The text is longer than 255 bytes.
    #[error("an event id must be at most {LONGEST} bytes long")]
    TooLong,
    /// The text holds a control character (NUL, line feed, escape, ...).
    #[error("an event id must not hold control characters")]
    Control,
}

impl EventId {
    /// A new `UUIDv7`, greater than every id that this process made before: for an event that a person caused.
    #[expect(clippy::new_without_default, reason = "every call gives another id, which no default may do")]
    pub fn new() -> Self {
        Self::of_uuid(Uuid::now_v7())
    }

    /// The event id that this text is.
    ///
    /// # Errors
    /// If the text is empty, longer than 255 bytes, or holds a control character.
    pub fn parse(text: &str) -> Result<Self, EventIdError> {
        check(text)?;
        Ok(Self(text.into()))
    }

    /// The id of the event of type `type_name` that `source` says about `affected` because of `cause`: always the
    /// same for the same arguments.
    ///
    /// A `UUIDv8` (RFC 9562, 5.8): 48 bits of milliseconds, then bits of a SHA-256 over the length-prefixed cause,
    /// source, type and affected id. The milliseconds are those that the cause's own id begins with if it is a
    /// `UUIDv7` or `UUIDv8`, else `cause_time`.
    pub fn derived(cause: &Self, cause_time: Timestamp, source: &str, type_name: &str, affected: &str) -> Self {
        let milliseconds = cause
            .milliseconds()
            .unwrap_or_else(|| u64::try_from(cause_time.millis()).unwrap_or(0).min(LAST_MILLISECOND));
        let hash = digest(&[cause.as_str(), source, type_name, affected]);
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&hash[..10]);
        Self::of_uuid(Uuid::new_v8(bytes))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The milliseconds since the epoch that a time-ordered UUID begins with.
    fn milliseconds(&self) -> Option<u64> {
        let uuid = Uuid::try_parse(&self.0).ok()?;
        let ordered = uuid.get_variant() == Variant::RFC4122
            && matches!(uuid.get_version(), Some(Version::SortRand | Version::Custom));
        ordered.then(|| {
            let mut wide = [0; 8];
            wide[2..].copy_from_slice(&uuid.as_bytes()[..6]);
            u64::from_be_bytes(wide)
        })
    }

    fn of_uuid(uuid: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text: &str = uuid.hyphenated().encode_lower(&mut buffer);
        Self(text.into())
    }
}

fn check(text: &str) -> Result<(), EventIdError> {
    if text.is_empty() {
        Err(EventIdError::Empty)
    } else if text.len() > LONGEST {
        Err(EventIdError::TooLong)
    } else if has_control(text) {
        Err(EventIdError::Control)
    } else {
        Ok(())
    }
}

/// Does the text hold a control character? Plain ASCII, which nearly every attribute of every event is, is told at a
/// glance.
pub(crate) fn has_control(text: &str) -> bool {
    let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    !plain && text.chars().any(char::is_control)
}

/// The UUID that these parts name: always the same for the same parts in the same order.
///
/// A `UUIDv8` of a SHA-256 over the parts, each after its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
/// It is what makes a repeated creation with the same `Idempotency-Key` name the same thing.
pub fn keyed_uuid(parts: &[&str]) -> Uuid {
    let hash = digest(parts);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::new_v8(bytes)
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

impl TryFrom<Box<str>> for EventId {
    type Error = EventIdError;

    fn try_from(text: Box<str>) -> Result<Self, EventIdError> {
        check(&text)?;
        Ok(Self(text))
    }
}

impl From<EventId> for Box<str> {
    fn from(id: EventId) -> Self {
        id.0
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        Self::parse(text)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({})", self.0)
    }
}
