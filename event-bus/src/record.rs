//! An event in the form in which it is kept: its attributes and its data apart, so that the data can be taken out one
//! day, with room left for the sequence, so that everything costly happens before the writer thread gets to it.
//!
//! The JSON that readers get is `attributes`, `,`, `content`, `}`. The attributes hold sixteen zeros where the
//! sequence goes: what stands there is the row's key, and is written over the zeros when the JSON is put together. That
//! is in `sequence`, or, before a producer's own `sequence`, in `folkmootsequence`.

use std::sync::Arc;

use bytes::Bytes;
use contract::{Envelope, EventId, Sequence, Timestamp};

use crate::digest::{self, Digest};
use crate::entry::Entry;

/// What both names end in. An envelope writes the bus's own first, so the first one is it.
const PLACE: &[u8] = b"sequence\":\"0000000000000000\"";
const BEFORE_DIGITS: usize = b"sequence\":\"".len();
const DIGITS: usize = 16;

/// An event that is ready to be put into the log.
#[derive(Debug)]
pub struct Record {
    /// With `source`, the event's identity.
    pub id: EventId,
    /// Who says it.
    pub source: Box<str>,
    /// What happened.
    pub type_name: Box<str>,
    /// What it is ordered by: the event's id if it names nothing.
    pub subject: Box<str>,
    /// The id of the event that caused it.
    pub causation: Option<EventId>,
    /// The digest of everything but the data.
    pub attributes_digest: Digest,
    /// The digest of the data.
    pub content_digest: Digest,
    json: Vec<u8>,
    /// Where the attributes end in `json`.
    split: usize,
    /// Where the sequence's digits stand in `json`.
    digits: usize,
}

impl Record {
    /// Makes an event ready. A sequence that it came with is its producer's.
    pub fn new(mut envelope: Envelope) -> Self {
        let data = envelope.data.take();
        let data_base64 = envelope.data_base64.take();
        envelope.producer_sequence = envelope.take_producer_sequence();
        envelope.sequence = Some(Sequence::ZERO);
        // Whoever derives an id from this event's time must find one, and everyone the same.
        envelope.time.get_or_insert_with(Timestamp::now);
        let length =
            data.as_ref().map_or(0, |data| data.get().len()) + data_base64.as_ref().map_or(0, |data| data.len());
        let mut json = Vec::with_capacity(512 + length);
        envelope.write_json(&mut json);
        json.pop();
        let split = json.len();
        if let Some(data) = data {
            json.extend_from_slice(b",\"data\":");
            // An event is one line (NDJSON, server-sent events). JSON has line breaks between tokens only, where a
            // blank means the same.
            json.extend(data.get().bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
        } else if let Some(data) = data_base64 {
            json.extend_from_slice(b",\"data_base64\":\"");
            json.extend_from_slice(data.as_bytes());
            json.push(b'"');
        }
        json.push(b'}');
        let subject = envelope.subject.unwrap_or_else(|| envelope.id.as_str().into());
        let content = content_of(&json, split);
        Self {
            attributes_digest: digest::of_attributes(
                envelope.id.as_str().as_bytes(),
                envelope.source.as_bytes(),
                envelope.type_name.as_bytes(),
                subject.as_bytes(),
                &json[..split],
            ),
            content_digest: digest::of_content(content),
            digits: place_of_digits(&json[..split]).unwrap_or_default(),
            id: envelope.id,
            source: envelope.source,
            type_name: envelope.type_name,
            subject,
            causation: envelope.causationid,
            json,
            split,
        }
    }

    /// The event's JSON up to its data, without the closing brace.
    pub fn attributes(&self) -> &[u8] {
        &self.json[..self.split]
    }

    /// `"data":...`, `"data_base64":...` or nothing.
    pub fn content(&self) -> &[u8] {
        content_of(&self.json, self.split)
    }

    /// The entry that this record became.
    pub fn into_entry(mut self, sequence: Sequence, recorded_at: Timestamp) -> Arc<Entry> {
        write_digits(&mut self.json, self.digits, sequence);
        Arc::new(Entry {
            sequence,
            id: self.id,
            source: self.source,
            type_name: self.type_name,
            subject: self.subject,
            recorded_at,
            json: Bytes::from(self.json),
        })
    }
}

/// Puts a kept event's JSON together; `None` if the attributes have no place for a sequence.
pub fn join(attributes: Vec<u8>, content: &[u8], sequence: Sequence) -> Option<Bytes> {
    let digits = place_of_digits(&attributes)?;
    let mut json = attributes;
    json.reserve_exact(content.len() + 2);
    if !content.is_empty() {
        json.push(b',');
        json.extend_from_slice(content);
    }
    json.push(b'}');
    write_digits(&mut json, digits, sequence);
    Some(json.into())
}

fn content_of(json: &[u8], split: usize) -> &[u8] {
    json.get(split + 1..json.len() - 1).unwrap_or_default()
}

/// The first place where the member stands is the member: within a JSON string its quotes would be escaped, and further
/// attributes, whose names may end so too, come after it.
fn place_of_digits(attributes: &[u8]) -> Option<usize> {
    attributes.windows(PLACE.len()).position(|window| window == PLACE).map(|at| at + BEFORE_DIGITS)
}

fn write_digits(json: &mut [u8], at: usize, sequence: Sequence) {
    let mut rest = sequence.get();
    for digit in json[at..at + DIGITS].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn kept(json: &str) -> (String, String) {
        let mut envelope = Envelope::parse(json.as_bytes()).unwrap();
        envelope.time.get_or_insert(Timestamp::EPOCH);
        let record = Record::new(envelope.clone());
        let joined = join(record.attributes().to_vec(), record.content(), Sequence::new(42)).unwrap();
        let entry = record.into_entry(Sequence::new(42), Timestamp::EPOCH);
        assert_eq!(entry.json, joined);
        envelope.producer_sequence = envelope.take_producer_sequence();
        envelope.sequence = Some(Sequence::new(42));
        (String::from_utf8(joined.to_vec()).unwrap(), String::from_utf8(envelope.to_json()).unwrap())
    }

    #[test]
    fn what_is_put_together_is_the_event_with_its_sequence() {
        for json in [
            r#"{"id":"1","type":"T"}"#,
            r#"{"id":"1","type":"T","data":{"a":[1,2]}}"#,
            r#"{"id":"1","type":"T","data":null}"#,
            r#"{"id":"1","type":"T","data_base64":"AAE="}"#,
            r#"{"id":"1","type":"T","sequence":"7","subject":"s","zz":"9","data":""}"#,
            r#"{"id":"1","type":"T","sequence":"0000000000000000","data":""}"#,
            r#"{"id":"1","type":"T","sequence":-7,"mysequence":"0000000000000000"}"#,
            r#"{"id":"1","type":"T","mysequence":"0000000000000000"}"#,
            r#"{"id":"1","type":"T","folkmootsequence":"0000000000000099","sequence":"b"}"#,
            r#"{"id":"1","type":"T","time":"2026-01-31T12:00:00.123456+01:00"}"#,
            r#"{"id":"1","type":"T","subject":"\"sequence\":\"0000000000000000\"","data":"é"}"#,
        ] {
            let (kept, event) = kept(json);
            assert_eq!(kept, event);
            assert!(kept.contains("sequence\":\"0000000000000042\""), "{kept}");
        }
    }

    #[test]
    fn an_event_is_one_line() {
        let (kept, _) = kept("{\"id\":\"1\",\"type\":\"T\",\"data\":{\r\n\"a\":\n1}}");
        assert!(kept.ends_with(r#","data":{  "a": 1}}"#), "{kept}");
    }
}
