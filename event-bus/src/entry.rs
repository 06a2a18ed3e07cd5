//! One event as it stands in the log, ready to be sent: serialised once, shared by every reader.

use std::sync::Arc;

use bytes::Bytes;
use contract::{EventId, Sequence, Timestamp};
use serde::Deserialize;

/// An event in the log. What readers select by stands beside the JSON, so that nobody parses it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub sequence: Sequence,
    /// What its producer named it; with `source` this is its identity.
    pub id: EventId,
    /// Who said it.
    pub source: Box<str>,
    /// What happened.
    pub type_name: Box<str>,
    /// What it is ordered by. An event without a subject is its own: then this is its id.
    pub subject: Box<str>,
    /// When it was put into the log, by the bus's clock, which never goes back from one entry to the next.
    pub recorded_at: Timestamp,
    /// The whole event with its sequence as one JSON object on one line.
    pub json: Bytes,
}

impl Entry {
    /// About how much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + self.id.as_str().len()
            + self.source.len()
            + self.type_name.len()
            + self.subject.len()
            + self.json.len()
    }

    /// The id of the event that caused it, as its JSON says. That is parsed for the purpose: few ask.
    pub fn causation(&self) -> Option<EventId> {
        #[derive(Deserialize)]
        struct Caused {
            causationid: Option<EventId>,
        }
        serde_json::from_slice(&self.json).ok().and_then(|Caused { causationid }| causationid)
    }
}

/// Entries as one JSON array, which is the same text wherever events are sent in numbers.
pub fn json_array(entries: &[Arc<Entry>]) -> Bytes {
    let length = entries.iter().map(|entry| entry.json.len() + 1).sum::<usize>() + 2;
    let mut array = Vec::with_capacity(length);
    array.push(b'[');
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            array.push(b',');
        }
        array.extend_from_slice(&entry.json);
    }
    array.push(b']');
    array.into()
}
