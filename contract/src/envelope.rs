//! The envelope: a `CloudEvents` 1.0 JSON object, of which the classic `{"type", "data"}` is a subset.
//!
//! The envelope is read and written once per hop for every event, and its `data` is nobody's business on the way. So
//! `data` stays the very bytes that came, as [`RawValue`]; what surrounds it is read by hand (serde's `flatten`
//! would take `RawValue` apart) and written in one order, so that equal envelopes are equal bytes.
//!
//! - [`error`](EnvelopeError): what can be wrong with one;
//! - `draft`: the one place that checks attributes, however they came in;
//! - `read`: JSON to envelope.

mod draft;
mod error;
mod read;

use crate::{Event, EventId, Parsed, Sequence, Timestamp, event::DataError};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;

pub use draft::Draft;
pub use error::{EnvelopeError, Fault};

/// The version of `CloudEvents` that is spoken.
pub const SPEC_VERSION: &str = "1.0";

/// The attribute that holds an event's place in the bus's log, where `sequence` is its producer's own.
pub const PLACE: &str = "folkmootsequence";

/// The source of an event whose producer named none.
pub const ANONYMOUS_SOURCE: &str = "/anonymous";

/// An event as it travels. Its identity is `source` and `id` together.
///
/// `sequence` is the bus's: its place in the log. An event whose producer numbers its events itself keeps that
/// `sequence` (<https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md> allows any text), and
/// its place in the log is `folkmootsequence` then. Readers take the latter where it is there.
///
/// On the wire (attributes that are absent are left out, and this is their order):
///
/// ```json
/// {"specversion":"1.0","id":"0190...","source":"/comments","type":"CommentCreated","subject":"<post id>",
///  "time":"2026-01-31T12:00:00.123Z","datacontenttype":"application/json","dataschema":"...",
///  "sequence":"0000000000000042","causationid":"<event id>","correlationid":"<event id>","traceparent":"00-...",
///  "data":{}}
/// ```
#[derive(Debug, Clone)]
pub struct Envelope {
    /// What the producer calls this event.
    pub id: EventId,
    /// Who says it: 1 to 255 bytes.
    pub source: Box<str>,
    /// What kind of thing happened: 1 to 255 bytes.
    pub type_name: Box<str>,
    /// What it happened to, and the key under which events are kept in order: 1 to 255 bytes. An event without one
    /// is its own subject.
    pub subject: Option<Box<str>>,
    /// When it was said.
    pub time: Option<Timestamp>,
    /// How its producer wrote that time, where it is another way than [`Timestamp`] writes it: an offset, finer than a
    /// millisecond. It is what goes over the wire.
    pub time_as_sent: Option<Box<str>>,
    /// The media type of `data`; JSON if absent.
    pub datacontenttype: Option<Box<str>>,
    /// The URI of what `data` adheres to.
    pub dataschema: Option<Box<str>>,
    /// Where it stands in the bus's log; the bus sets it. In an event that no bus has numbered it is what its producer
    /// wrote, if that looks the same: see [`Envelope::take_producer_sequence`].
    pub sequence: Option<Sequence>,
    /// The `sequence` that its producer gave it.
    pub producer_sequence: Option<Value>,
    /// The id of the event that caused this one.
    pub causationid: Option<EventId>,
    /// The id of the event that began it all.
    pub correlationid: Option<EventId>,
    /// The W3C trace context of whoever said it.
    pub traceparent: Option<Box<str>>,
    /// Further attributes, carried as they came: text, booleans, 32-bit integers.
    pub extensions: BTreeMap<String, Value>,
    /// What happened, as JSON, byte for byte as it came.
    pub data: Option<Box<RawValue>>,
    /// What happened, if it is no JSON: base64. Never together with `data`.
    pub data_base64: Option<Box<str>>,
}

impl Envelope {
    /// Reads one event: a structured `CloudEvents` JSON object or a classic `{"type", "data"}`.
    ///
    /// Without an `id` it gets a new one, without a `source` [`ANONYMOUS_SOURCE`]; `null` attributes are absent ones.
    ///
    /// # Errors
    /// If it is no JSON object, has no `type`, or an attribute is not as `CloudEvents` wants it; see [`Fault`].
    pub fn parse(json: &[u8]) -> Result<Self, EnvelopeError> {
        read::envelope(json)
    }

    /// What one of our services says: `event`, now, under this id.
    ///
    /// `source` is the service's path, like `/comments`. `cause` is the event that it reacts to, if it does; for the
    /// id of a reaction see [`Cause::derive`].
    pub fn say(source: &str, event: &Event, id: EventId, cause: Option<&Cause>, traceparent: Option<&str>) -> Self {
        Self {
            id,
            source: source.into(),
            type_name: event.type_name().into(),
            subject: Some(event.subject().into()),
            time: Some(Timestamp::now()),
            time_as_sent: None,
            datacontenttype: Some("application/json".into()),
            dataschema: None,
            sequence: None,
            producer_sequence: None,
            causationid: cause.map(|cause| cause.id.clone()),
            correlationid: cause.map(|cause| cause.correlation.clone()),
            traceparent: traceparent.map(Into::into),
            extensions: BTreeMap::new(),
            data: Some(event.data_json()),
            data_base64: None,
        }
    }

    /// What the event says, if it is one of ours.
    ///
    /// # Errors
    /// If its type is known and its data is absent or not as it must be.
    pub fn event(&self) -> Result<Parsed, DataError> {
        Event::parse(&self.type_name, self.data.as_ref().map_or("", |data| data.get()))
    }

    /// Takes out what `sequence` was before a bus has numbered this event: its producer's own. A place in another
    /// bus's log beside it means nothing here and is dropped.
    pub fn take_producer_sequence(&mut self) -> Option<Value> {
        let sequence = self.sequence.take();
        self.producer_sequence.take().or_else(|| sequence.map(|sequence| Value::String(sequence.to_string())))
    }

    /// The envelope as JSON, in the wire's order.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(512 + self.data.as_ref().map_or(0, |data| data.get().len()));
        self.write_json(&mut json);
        json
    }

    /// Appends the envelope as JSON, in the wire's order, to what is in the buffer.
    pub fn write_json(&self, buffer: &mut Vec<u8>) {
        let written = serde_json::to_writer(buffer, self);
        #[expect(clippy::expect_used, reason = "a Vec takes every byte, and all keys are text")]
        written.expect("an envelope is JSON");
    }
}

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", SPEC_VERSION)?;
        map.serialize_entry("id", self.id.as_str())?;
        map.serialize_entry("source", &*self.source)?;
        map.serialize_entry("type", &*self.type_name)?;
        entry(&mut map, "subject", self.subject.as_ref())?;
        match &self.time_as_sent {
            Some(text) => map.serialize_entry("time", text)?,
            None => entry(&mut map, "time", self.time.as_ref())?,
        }
        entry(&mut map, "datacontenttype", self.datacontenttype.as_ref())?;
        entry(&mut map, "dataschema", self.dataschema.as_ref())?;
        if let Some(own) = &self.producer_sequence {
            // The bus's comes first, where a search for its digits ends.
            entry(&mut map, PLACE, self.sequence.as_ref())?;
            map.serialize_entry("sequence", own)?;
        } else {
            entry(&mut map, "sequence", self.sequence.as_ref())?;
        }
        entry(&mut map, "causationid", self.causationid.as_ref().map(EventId::as_str).as_ref())?;
        entry(&mut map, "correlationid", self.correlationid.as_ref().map(EventId::as_str).as_ref())?;
        entry(&mut map, "traceparent", self.traceparent.as_ref())?;
        for (name, value) in &self.extensions {
            map.serialize_entry(name, value)?;
        }
        entry(&mut map, "data", self.data.as_ref())?;
        entry(&mut map, "data_base64", self.data_base64.as_ref())?;
        map.end()
    }
}

fn entry<M: SerializeMap>(map: &mut M, name: &'static str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, value),
        None => Ok(()),
    }
}

/// What an event needs to know of the one that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The cause's id.
    pub id: EventId,
    /// The id of the event that began it all: the cause's own if nothing caused it.
    pub correlation: EventId,
    /// When the cause was said; the epoch if it does not say. Never the clock: what follows from a cause must be the
    /// same however often it is worked out.
    pub time: Timestamp,
}

impl Cause {
    /// This event as a cause.
    pub fn of(envelope: &Envelope) -> Self {
        Self {
            id: envelope.id.clone(),
            correlation: envelope.correlationid.as_ref().unwrap_or(&envelope.id).clone(),
            time: envelope.time.unwrap_or(Timestamp::EPOCH),
        }
    }

    /// The id of the event that `source` says about `affected` because of this: see [`EventId::derived`].
    pub fn derive(&self, source: &str, type_name: &str, affected: &str) -> EventId {
        EventId::derived(&self.id, self.time, source, type_name, affected)
    }
}
