//! What a field of an event's data is, in words and as JSON Schema (draft 7).

use serde_json::{Value, json};

/// The values that a field may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// A UUID.
    Id,
    /// A time, RFC 3339 in UTC with milliseconds.
    Time,
    /// A whole number, at least this one.
    Number(u32),
    /// One of these words, and there are no others.
    OneOf(&'static [&'static str]),
    /// One of these words, or one that a later version adds.
    Word(&'static [&'static str]),
    /// A place in the log: sixteen digits.
    Sequence,
    /// A SHA-256 in lower-case hexadecimal.
    Sha256,
    /// A JSON object of somebody else's making.
    Object,
}

/// One field of an event's data.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) required: bool,
    pub(super) about: &'static str,
}

/// A field that is always there.
pub(super) const fn has(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, required: true, about }
}

/// A field that may be absent.
pub(super) const fn may(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, required: false, about }
}

impl Field {
    /// The field's values as JSON Schema.
    pub(super) fn schema(&self) -> Value {
        let mut schema = match self.shape {
            Shape::Text => json!({ "type": "string" }),
            Shape::Id => json!({ "type": "string", "format": "uuid" }),
            Shape::Time => json!({ "type": "string", "format": "date-time" }),
            Shape::Number(least) => json!({ "type": "integer", "minimum": least }),
            Shape::OneOf(words) => json!({ "type": "string", "enum": words }),
            Shape::Word(words) => json!({ "type": "string", "examples": words }),
            Shape::Sequence => json!({ "type": "string", "pattern": "^[0-9]{16}$" }),
            Shape::Sha256 => json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
            Shape::Object => json!({ "type": "object" }),
        };
        schema["description"] = self.about.into();
        schema
    }
}
