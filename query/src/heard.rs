//! An event as the fold takes it: what it says about a post or comment, or why it says nothing.
//!
//! Reading is apart from folding, so that it can be done on another thread. Of the envelope only what the fold needs
//! is read, and nothing of it is copied: the bus checked it when it took it.

use std::borrow::Cow;

use contract::{CommentChange, Event, EventId, Parsed, PostChange, Sequence, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An event of the log, as far as the fold looks at it.
#[derive(Debug, Deserialize)]
pub struct Said<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    type_name: Cow<'a, str>,
    /// Its place in the log, unless [`contract::envelope::PLACE`] is there: then its producer's own number.
    #[serde(borrow, default)]
    sequence: Option<&'a RawValue>,
    #[serde(default)]
    folkmootsequence: Option<Sequence>,
    #[serde(borrow, default)]
    time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// An event, ready to be folded.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Its id, in short.
    pub key: EventKey,
    /// Its place in the log.
    pub sequence: Sequence,
    /// What it says.
    pub word: Word,
}

/// What an event says to the read model.
#[derive(Debug, Clone)]
pub enum Word {
    /// Something about a post.
    Post(PostChange),
    /// Something about a comment.
    Comment(CommentChange),
    /// Nothing, and why.
    Nothing(Skipped),
}

/// Why an event has no effect. The names are the metric's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skipped {
    /// A type that no part of this version knows.
    UnknownType,
    /// A type that others listen to.
    NotForReading,
    /// It is not from the service that owns its type.
    NotFromOwner,
    /// Its data was erased.
    Redacted,
    /// Its data is not what its type says.
    Unreadable,
    /// It stands in the log before what has been folded.
    Passed,
    /// What it says was known.
    Known,
    /// Something later was known.
    Outdated,
    /// What it is about is deleted.
    Deleted,
}

impl Skipped {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::UnknownType,
        Self::NotForReading,
        Self::NotFromOwner,
        Self::Redacted,
        Self::Unreadable,
        Self::Passed,
        Self::Known,
        Self::Outdated,
        Self::Deleted,
    ];

    /// The word in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown-type",
            Self::NotForReading => "not-for-reading",
            Self::NotFromOwner => "not-from-owner",
            Self::Redacted => "redacted",
            Self::Unreadable => "unreadable",
            Self::Passed => "passed",
            Self::Known => "known",
            Self::Outdated => "outdated",
            Self::Deleted => "deleted",
        }
    }
}

impl Said<'_> {
    /// Its place in the log. The bus names one in every event; without it, what it says is taken for old.
    fn place(&self) -> Sequence {
        let plain = || serde_json::from_str(self.sequence?.get()).ok();
        self.folkmootsequence.or_else(plain).unwrap_or_default()
    }

    /// When it was said, if it says so.
    pub fn time(&self) -> Option<Timestamp> {
        self.time.as_deref()?.parse().ok()
    }

    /// Reads what it says. The second is for the log, where it cannot be read.
    pub fn hear(&self) -> (Heard, Option<String>) {
        let mut flaw = None;
        let sequence = self.place();
        let data = self.data.map_or("", RawValue::get);
        let owner = Event::owner(&self.type_name);
        let word = match Event::parse(&self.type_name, data) {
            _ if owner.is_some_and(|owner| owner != self.source) => Word::Nothing(Skipped::NotFromOwner),
            Ok(Parsed::Known(event)) => Word::of(event),
            Ok(Parsed::Unknown) => Word::Nothing(Skipped::UnknownType),
            Ok(Parsed::Redacted) => Word::Nothing(Skipped::Redacted),
            Err(error) => {
                flaw = Some(format!("event {} at {sequence}: {error}", self.id));
                Word::Nothing(Skipped::Unreadable)
            }
        };
        (Heard { key: EventKey::of(&self.id), sequence, word }, flaw)
    }
}

impl Word {
    /// What this event says. A verdict on a comment says nothing here: it shows once comments has said what came of it,
    /// together with the text that was judged.
    pub fn of(event: Event) -> Self {
        match event {
            Event::PostCreated(data) => Self::Post(data.into()),
            Event::PostUpdated(data) => Self::Post(data.into()),
            Event::PostDeleted(data) => Self::Post(data.into()),
            Event::PostModerated(data) => Self::Post(data.into()),
            Event::CommentCreated(data) => Self::Comment(data.into()),
            Event::CommentUpdated(data) => Self::Comment(data.into()),
            Event::CommentDeleted(data) => Self::Comment(data.into()),
            _ => Self::Nothing(Skipped::NotForReading),
        }
    }
}

/// An event's id in 16 bytes: the UUID that it is, else a hash. Some ten thousands of them are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, Deserialize)]
pub struct EventKey(u128);

impl EventKey {
    /// The key of the event with this id.
    pub fn of(id: &str) -> Self {
        // Only as a UUID is usually written, so that two ways of writing one do not count as one id.
        if let Ok(uuid) = Uuid::try_parse(id) {
            let mut buffer = Uuid::encode_buffer();
            if uuid.hyphenated().encode_lower(&mut buffer) == id {
                return Self(uuid.as_u128());
            }
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(id.as_bytes())[..16]);
        Self(u128::from_be_bytes(bytes))
    }
}

impl From<&EventId> for EventKey {
    fn from(id: &EventId) -> Self {
        Self::of(id.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn hear(json: &str) -> (Heard, Option<String>) {
        serde_json::from_str::<Said<'_>>(json).unwrap().hear()
    }

    #[test]
    fn what_cannot_be_applied_is_named() {
        let skipped = |json: &str| match hear(json) {
            (Heard { word: Word::Nothing(why), .. }, flaw) => (why, flaw.is_some()),
            (heard, _) => panic!("{heard:?}"),
        };
        let of = |kind: &str, data: &str| {
            let source = Event::owner(kind).unwrap_or("/somebody");
            format!(r#"{{"id":"a","source":"{source}","type":"{kind}","sequence":"7"{data}}}"#)
        };
        assert_eq!(skipped(&of("Whatever", r#","data":[1]"#)), (Skipped::UnknownType, false));
        assert_eq!(skipped(&of("PostCreated", r#","data":{ }"#)), (Skipped::Redacted, false));
        assert_eq!(skipped(&of("PostCreated", r#","data":{"id":7}"#)), (Skipped::Unreadable, true));
        assert_eq!(skipped(&of("PostCreated", "")), (Skipped::Unreadable, true));
        assert_eq!(skipped(&of("PostCreated", r#","data":null"#)), (Skipped::Unreadable, true));
        let foreign = r#","data":{"id":"0190a3c4-0000-7000-8000-000000000000","name":"x","role":"member"}"#;
        assert_eq!(skipped(&of("UserRegistered", foreign)), (Skipped::NotForReading, false));
        let deleted = r#","data":{"id":"0190a3c4-0000-7000-8000-000000000000","deletedBy":"author"}"#;
        assert!(matches!(hear(&of("PostDeleted", deleted)).0.word, Word::Post(_)));
        for source in ["/comments", "/anonymous", "/posts/", ""] {
            let event = of("PostDeleted", deleted).replace("/posts", source);
            assert_eq!(skipped(&event), (Skipped::NotFromOwner, false), "{source}");
        }
    }

    #[test]
    fn the_place_in_the_log_is_the_buss_and_not_a_producers_number() {
        let place = |sequence: &str| hear(&format!(r#"{{"id":"a","type":"T",{sequence}}}"#)).0.sequence.get();
        assert_eq!(place(r#""sequence":"0000000000000007""#), 7);
        assert_eq!(place(r#""folkmootsequence":"0000000000000007","sequence":"0000000000000099""#), 7);
        assert_eq!(place(r#""folkmootsequence":"0000000000000007","sequence":"a/b""#), 7);
        assert_eq!(place(r#""folkmootsequence":"0000000000000007","sequence":-3"#), 7);
    }

    #[test]
    fn two_ways_of_writing_a_uuid_are_two_ids() {
        let lower = "0190a3c4-0000-7000-8000-00000000000a";
        assert_eq!(EventKey::of(lower), EventKey::of(lower));
        assert_ne!(EventKey::of(lower), EventKey::of(&lower.to_uppercase()));
        assert_ne!(EventKey::of(lower), EventKey::of(&lower.replace('-', "")));
        assert_ne!(EventKey::of("a"), EventKey::of("b"));
    }
}
