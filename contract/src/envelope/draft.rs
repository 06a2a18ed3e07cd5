//! An envelope in the making: the one place that checks attributes, whether they come as the members of a JSON
//! object or as `ce-` headers.
//!
//! The rules are those of `CloudEvents` 1.0, section 3 (types and naming), with lengths bounded: an event is copied
//! into logs, indexes and headers, and must not surprise any of them.

use super::{ANONYMOUS_SOURCE, Envelope, EnvelopeError, Fault, PLACE, SPEC_VERSION};
use crate::{EventId, Sequence, Timestamp, id::has_control};
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};

/// The longest value of what identifies and routes an event, in bytes.
const LONGEST: usize = 255;
/// The longest value of an extension or schema, in bytes.
const LONGEST_EXTENSION: usize = 1024;
/// The longest name of an extension, in bytes.
const LONGEST_NAME: usize = 64;
/// How many extensions an event may carry.
const MOST_EXTENSIONS: usize = 32;

/// The value of an attribute before it is checked.
pub(super) enum Scalar<'a> {
    Null,
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
    /// Anything that no attribute may be, by what it is called.
    Other(&'static str),
}

/// A `sequence`: one that a bus may have written, without copying it, or any other.
#[derive(Debug)]
enum Numbered {
    Place(Sequence),
    Other(Value),
}

impl Numbered {
    fn of(name: &str, text: Cow<'_, str>) -> Result<Self, EnvelopeError> {
        match text.parse::<Sequence>() {
            Ok(place) if Sequence::is_written(&text) => Ok(Self::Place(place)),
            _ => Ok(Self::Other(Value::String(filled(name, text, LONGEST)?.into()))),
        }
    }
}

/// The attributes of an event so far. Each may be given once.
#[derive(Debug, Default)]
pub struct Draft {
    specversion: Option<()>,
    id: Option<EventId>,
    source: Option<Box<str>>,
    type_name: Option<Box<str>>,
    subject: Option<Box<str>>,
    time: Option<Timestamp>,
    time_as_sent: Option<Box<str>>,
    datacontenttype: Option<Box<str>>,
    dataschema: Option<Box<str>>,
    sequence: Option<Numbered>,
    place: Option<Sequence>,
    causationid: Option<EventId>,
    correlationid: Option<EventId>,
    traceparent: Option<Box<str>>,
    extensions: BTreeMap<String, Value>,
    data: Option<Box<RawValue>>,
    data_base64: Option<Box<str>>,
}

impl Draft {
    /// No attributes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the attribute of this name, as `CloudEvents` names it: `id`, `type`, `subject`, ..., or an extension's.
    ///
    /// # Errors
    /// If the value is not as it must be, or the attribute has been set before.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), EnvelopeError> {
        self.take(name, Scalar::Text(Cow::Borrowed(value)))
    }

    /// Sets the data that is JSON.
    ///
    /// # Errors
    /// If there is data already.
    pub fn set_data(&mut self, data: Box<RawValue>) -> Result<(), EnvelopeError> {
        put(&mut self.data, data, "data")
    }

    /// The event, if nothing is missing.
    ///
    /// # Errors
    /// If there is no `type`, or there are both kinds of data.
    pub fn finish(self) -> Result<Envelope, EnvelopeError> {
        if self.data.is_some() && self.data_base64.is_some() {
            return Err(EnvelopeError::of("data_base64", Fault::TwoData));
        }
        let (sequence, producer_sequence) = match (self.place, self.sequence) {
            (None, Some(Numbered::Place(place))) => (Some(place), None),
            (place, None) => (place, None),
            (place, Some(Numbered::Other(own))) => (place, Some(own)),
            (place, Some(Numbered::Place(own))) => (place, Some(Value::String(own.to_string()))),
        };
        Ok(Envelope {
            type_name: self.type_name.ok_or_else(|| EnvelopeError::of("type", Fault::Missing))?,
            id: self.id.unwrap_or_else(EventId::new),
            source: self.source.unwrap_or_else(|| ANONYMOUS_SOURCE.into()),
            subject: self.subject,
            time: self.time,
            time_as_sent: self.time_as_sent,
            datacontenttype: self.datacontenttype,
            dataschema: self.dataschema,
            sequence,
            producer_sequence,
            causationid: self.causationid,
            correlationid: self.correlationid,
            traceparent: self.traceparent,
            extensions: self.extensions,
            data: self.data,
            data_base64: self.data_base64,
        })
    }

    /// Sets any attribute but `data`.
    pub(super) fn take(&mut self, name: &str, value: Scalar<'_>) -> Result<(), EnvelopeError> {
        let text = match value {
            Scalar::Null => return Ok(()),
            Scalar::Text(text) => text,
            other => return self.take_other(name, &other),
        };
        match name {
            "specversion" if text == SPEC_VERSION => put(&mut self.specversion, (), name),
            "specversion" => Err(EnvelopeError::of(name, Fault::Version)),
            "id" => put(&mut self.id, event_id(name, text)?, name),
            "source" => put(&mut self.source, filled(name, text, LONGEST)?, name),
            "type" => put(&mut self.type_name, filled(name, text, LONGEST)?, name),
            "subject" => put(&mut self.subject, filled(name, text, LONGEST)?, name),
            "time" => {
                let time: Timestamp = text.parse().map_err(|_| EnvelopeError::of(name, Fault::NotATime))?;
                if !time.is_written(&text) {
                    self.time_as_sent = Some(filled(name, text, LONGEST)?);
                }
                put(&mut self.time, time, name)
            }
            "datacontenttype" => put(&mut self.datacontenttype, filled(name, text, LONGEST)?, name),
            "dataschema" => put(&mut self.dataschema, filled(name, text, LONGEST_EXTENSION)?, name),
            "sequence" => put(&mut self.sequence, Numbered::of(name, text)?, name),
            PLACE => {
                let place = text.parse().map_err(|_| EnvelopeError::of(name, Fault::NotASequence))?;
                put(&mut self.place, place, name)
            }
            "causationid" => put(&mut self.causationid, event_id(name, text)?, name),
            "correlationid" => put(&mut self.correlationid, event_id(name, text)?, name),
            "traceparent" => put(&mut self.traceparent, filled(name, text, LONGEST)?, name),
            "data_base64" if is_base64(&text) => put(&mut self.data_base64, text.into(), name),
            "data_base64" => Err(EnvelopeError::of(name, Fault::NotBase64)),
            _ => {
                let text = plain(name, text, LONGEST_EXTENSION)?;
                self.extend(name, Value::String(text.into()))
            }
        }
    }

    /// A value that is not text: only an extension may be, and `sequence`, which others write as a number: it stays one.
    fn take_other(&mut self, name: &str, value: &Scalar<'_>) -> Result<(), EnvelopeError> {
        let core = matches!(
            name,
            "specversion"
                | "id"
                | "source"
                | "type"
                | "subject"
                | "time"
                | "datacontenttype"
                | "dataschema"
                | "sequence"
                | PLACE
                | "causationid"
                | "correlationid"
                | "traceparent"
                | "data_base64"
        );
        match *value {
            Scalar::Boolean(value) if !core => self.extend(name, Value::Bool(value)),
            Scalar::Integer(value) if !core => match i32::try_from(value) {
                Ok(value) => self.extend(name, Value::from(value)),
                Err(_) => Err(EnvelopeError::of(name, Fault::NotScalar("a greater number"))),
            },
            Scalar::Integer(value) if name == "sequence" => {
                put(&mut self.sequence, Numbered::Other(Value::from(value)), name)
            }
            Scalar::Boolean(_) => Err(EnvelopeError::of(name, Fault::NotText("a boolean"))),
            Scalar::Integer(_) => Err(EnvelopeError::of(name, Fault::NotText("a number"))),
            Scalar::Other(kind) if core => Err(EnvelopeError::of(name, Fault::NotText(kind))),
            Scalar::Other(kind) => Err(EnvelopeError::of(name, Fault::NotScalar(kind))),
            Scalar::Null | Scalar::Text(_) => Ok(()),
        }
    }

    fn extend(&mut self, name: &str, value: Value) -> Result<(), EnvelopeError> {
        let named = name != "data"
            && (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !named {
            return Err(EnvelopeError::of(name, Fault::BadName));
        }
        if self.extensions.len() == MOST_EXTENSIONS {
            return Err(EnvelopeError::TooManyExtensions(MOST_EXTENSIONS));
        }
        if self.extensions.contains_key(name) {
            return Err(EnvelopeError::of(name, Fault::Repeated));
        }
        self.extensions.insert(name.to_owned(), value);
        Ok(())
    }
}

fn put<T>(place: &mut Option<T>, value: T, name: &str) -> Result<(), EnvelopeError> {
    if place.is_some() {
        return Err(EnvelopeError::of(name, Fault::Repeated));
    }
    *place = Some(value);
    Ok(())
}

/// Text without control characters, of at most this many bytes.
fn plain(name: &str, text: Cow<'_, str>, longest: usize) -> Result<Box<str>, EnvelopeError> {
    if text.len() > longest {
        Err(EnvelopeError::of(name, Fault::TooLong(longest)))
    } else if has_control(&text) {
        Err(EnvelopeError::of(name, Fault::Control))
    } else {
        Ok(text.into())
    }
}

/// The same, and not empty.
fn filled(name: &str, text: Cow<'_, str>, longest: usize) -> Result<Box<str>, EnvelopeError> {
    if text.is_empty() { Err(EnvelopeError::of(name, Fault::Empty)) } else { plain(name, text, longest) }
}

fn event_id(name: &str, text: Cow<'_, str>) -> Result<EventId, EnvelopeError> {
    let text = filled(name, text, LONGEST)?;
    EventId::try_from(text).map_err(|_| EnvelopeError::of(name, Fault::Control))
}

/// RFC 4648, section 4, with padding. (Whether the last bits are zero is the reader's business.)
fn is_base64(text: &str) -> bool {
    let unpadded = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    text.len().is_multiple_of(4)
        && unpadded.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}
