//! What a subscription is: who is pushed to, which events, from where on; and what a changed wish means for the
//! place it has reached. Nothing here does anything; `worker` delivers, [`crate::registry`] keeps.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chassis::signature::SigningSecret;
use contract::{Sequence, Timestamp};
use reqwest::Url;

use crate::engine::Selection;
use crate::entry::Entry;

/// The most events that a subscription may ask for in one push.
pub const LARGEST_BATCH: u16 = 1000;

/// A subscription's name: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not a name, a place, a format or a receiver's address; says what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

impl FromStr for Name {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self(text.into()));
        }
        Err(Unreadable("A subscription's name has 1 to 64 characters of a-z, 0-9 and -."))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({})", self.0)
    }
}

/// A place in the log as a caller names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the first event.
    Start,
    /// After the last event there is now.
    Now,
    /// After this sequence: what a `cursor` shows can be used as it is.
    After(Sequence),
    /// Before the first event that was recorded at this time or later.
    Since(Timestamp),
}

impl FromStr for Place {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        match text {
            "start" => return Ok(Self::Start),
            "now" => return Ok(Self::Now),
            _ => {}
        }
        let after = text.parse().ok().filter(|_| !text.is_empty()).map(Self::After);
        after
            .or_else(|| text.parse().ok().map(Self::Since))
            .ok_or(Unreadable("Say `start`, `now`, a sequence (what follows it is delivered) or a time (RFC 3339)."))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Now => f.write_str("now"),
            Self::After(sequence) => sequence.fmt(f),
            Self::Since(time) => time.fmt(f),
        }
    }
}

/// The media type under which events are pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/cloudevents+json`, as `CloudEvents` wants it.
    CloudEvents,
    /// `application/json`: a receiver that knows only `type` and `data` often has a body parser that reads nothing
    /// else, and takes any other body for none (Express among them).
    Json,
}

impl Format {
    /// What a subscription that does not say gets: whoever asks for batches knows what it asks for.
    pub const fn usual(batch: u16) -> Self {
        if batch > 1 { Self::CloudEvents } else { Self::Json }
    }

    /// The name in settings and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloudEvents => "cloudevents",
            Self::Json => "json",
        }
    }

    /// The media type of a push, alone or in a batch.
    pub const fn media_type(self, batch: bool) -> &'static str {
        match (self, batch) {
            (Self::Json, _) => "application/json",
            (Self::CloudEvents, false) => "application/cloudevents+json",
            (Self::CloudEvents, true) => "application/cloudevents-batch+json",
        }
    }
}

impl FromStr for Format {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        match text {
            "cloudevents" => Ok(Self::CloudEvents),
            "json" => Ok(Self::Json),
            _ => Err(Unreadable("Say `cloudevents` or `json`.")),
        }
    }
}

/// Reads a receiver's address.
///
/// # Errors
/// If it is not an absolute `http` URL with a host and without credentials. There is no TLS in this build: whoever
/// gave an `https` address is told so at once, instead of waiting for pushes that cannot come.
pub fn receiver_url(text: &str) -> Result<Url, Unreadable> {
    let url = Url::parse(text).map_err(|_| Unreadable("Give an absolute URL such as http://127.0.0.1:4001/events."))?;
    if url.scheme() == "https" {
        return Err(Unreadable("Events are pushed over http; for a receiver behind https put a proxy in between."));
    }
    if url.scheme() != "http" || url.host_str().is_none_or(str::is_empty) {
        return Err(Unreadable("Events are pushed to http URLs only."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unreadable(
            "A URL with credentials in it is not taken; use `secret`, with which pushes are signed.",
        ));
    }
    Ok(url)
}

/// What somebody asks of a subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Where to push to.
    pub url: Url,
    /// The event types that are wanted; `None` wants all.
    pub types: Option<BTreeSet<Box<str>>>,
    /// Where it begins, and where added types are caught up from.
    pub from: Place,
    /// The most events in one push; 1 pushes each by itself, not in an array.
    pub batch: u16,
    /// How single events are labelled.
    pub format: Format,
    /// What pushes are signed with.
    pub secret: Option<SigningSecret>,
    /// Whatever the receiver calls its present memory; with another one it starts again at `from`.
    pub generation: Box<str>,
}

/// Who paused a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paused {
    /// Somebody called `pause`; lasts until `resume`.
    ByCall,
    /// The receiver answered 410; lasts until `resume` or until the subscription is put again.
    ByReceiver(Box<str>),
}

/// While added types are caught up: events of these types up to here were delivered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The types that were wanted before.
    pub types: BTreeSet<Box<str>>,
    /// How far they were delivered, without a subject left behind.
    pub upto: Sequence,
}

/// A subscription as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// What it is called.
    pub name: Name,
    /// What was asked for.
    pub spec: Spec,
    /// Everything wanted up to here was delivered or is parked.
    pub cursor: Sequence,
    /// What need not be delivered again.
    pub seen: Option<Seen>,
    /// Nothing is pushed while it is paused.
    pub paused: Option<Paused>,
}

/// What a changed wish does to the place a subscription has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing: it goes on from its cursor.
    GoOn,
    /// Everything again from `from`: the receiver's memory is another one.
    StartAgain,
    /// The added types from `from`; what was delivered before is not delivered again.
    CatchUp,
}

impl Subscription {
    /// What it wants of the log.
    pub fn selection(&self) -> Selection {
        Selection { types: self.spec.types.clone(), subject: None }
    }

    /// Whether this entry was delivered before types were added.
    pub fn has_seen(&self, entry: &Entry) -> bool {
        let before = |seen: &Seen| entry.sequence <= seen.upto && seen.types.contains(&entry.type_name);
        self.seen.as_ref().is_some_and(before)
    }

    /// What this wish would mean for the place it has reached.
    pub fn consequence(&self, wish: &Spec) -> Consequence {
        let adds_types = match (&self.spec.types, &wish.types) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(before), Some(now)) => !now.is_subset(before),
        };
        if wish.generation != self.spec.generation {
            Consequence::StartAgain
        } else if adds_types {
            Consequence::CatchUp
        } else {
            Consequence::GoOn
        }
    }

    /// Goes back to `begin` to catch up added types. `complete` is the place up to which nothing was left behind: the
    /// cursor, or before the first parked event, since what is parked is taken up again on the way.
    pub fn catch_up(&mut self, begin: Sequence, complete: Sequence) {
        let Some(types) = self.spec.types.clone() else { return };
        // A catch-up that is not finished has seen less than it wants: what it started with still holds.
        let seen = match self.seen.take() {
            Some(seen) if complete < seen.upto => seen,
            _ => Seen { types, upto: complete },
        };
        self.seen = Some(seen);
        self.cursor = begin;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn types(names: &[&str]) -> BTreeSet<Box<str>> {
        names.iter().map(|&name| name.into()).collect()
    }

    fn subscription(wanted: Option<BTreeSet<Box<str>>>) -> Subscription {
        let spec = Spec {
            url: receiver_url("http://127.0.0.1:1/events").unwrap(),
            types: wanted,
            from: Place::Start,
            batch: 1,
            format: Format::usual(1),
            secret: None,
            generation: "g1".into(),
        };
        Subscription { name: "n".parse().unwrap(), spec, cursor: Sequence::new(9), seen: None, paused: None }
    }

    #[test]
    fn a_name_is_short_lower_case_and_plain() {
        assert!("comments-2".parse::<Name>().is_ok());
        for bad in ["", "Comments", "a/b", "a.b", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_place_is_read_as_it_is_shown() {
        for text in ["start", "now", "0000000000000042", "2026-01-31T12:00:00.000Z"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        assert_eq!("42".parse::<Place>(), Ok(Place::After(Sequence::new(42))));
        for bad in ["", "end", "-1", "yesterday"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_receiver_has_an_http_address_without_credentials() {
        assert!(receiver_url("http://example.org/hook?x=1").is_ok());
        for bad in ["", "/events", "ftp://x/", "https://x/", "http://", "http://a:b@x/", "http://a@x/", "mailto:x@y"] {
            assert!(receiver_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_changed_wish_means() {
        let table = [
            (Some(types(&["A"])), Some(types(&["A"])), "g1", Consequence::GoOn),
            (Some(types(&["A", "B"])), Some(types(&["A"])), "g1", Consequence::GoOn),
            (None, Some(types(&["A"])), "g1", Consequence::GoOn),
            (Some(types(&["A"])), Some(types(&["A", "B"])), "g1", Consequence::CatchUp),
            (Some(types(&["A"])), Some(types(&["B"])), "g1", Consequence::CatchUp),
            (Some(types(&["A"])), None, "g1", Consequence::CatchUp),
            (Some(types(&["A"])), Some(types(&["A", "B"])), "g2", Consequence::StartAgain),
            (Some(types(&["A"])), Some(types(&["A"])), "g2", Consequence::StartAgain),
        ];
        for (before, now, generation, expected) in table {
            let subscription = subscription(before);
            let mut wish = subscription.spec.clone();
            wish.types = now;
            wish.generation = generation.into();
            assert_eq!(subscription.consequence(&wish), expected, "{wish:?}");
        }
    }

    #[test]
    fn a_catch_up_within_a_catch_up_forgets_only_what_it_must() {
        let mut subscription = subscription(Some(types(&["A"])));
        subscription.catch_up(Sequence::ZERO, Sequence::new(9));
        assert_eq!(subscription.cursor, Sequence::ZERO);
        subscription.spec.types = Some(types(&["A", "B"]));
        subscription.cursor = Sequence::new(4);
        subscription.catch_up(Sequence::ZERO, Sequence::new(4));
        let seen = Seen { types: types(&["A"]), upto: Sequence::new(9) };
        assert_eq!(subscription.seen, Some(seen));
    }
}
