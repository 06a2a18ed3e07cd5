//! JSON to envelope.
//!
//! The object's members are handed to [`Draft`] one by one, borrowed from the input where they hold no escapes, and
//! `data` is cut out whole without being looked at. The first wrong attribute is remembered and the rest still
//! read, so that what is no JSON at all is always told apart from what is JSON and no event.

use super::{Draft, Envelope, EnvelopeError, draft::Scalar};
use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess},
};
use serde_json::{error::Category, value::RawValue};
use std::{borrow::Cow, fmt};

pub(super) fn envelope(json: &[u8]) -> Result<Envelope, EnvelopeError> {
    match serde_json::from_slice::<Reading>(json) {
        Ok(Reading(result)) => result,
        Err(error) if error.classify() == Category::Data => Err(EnvelopeError::Shape(error)),
        Err(error) => Err(EnvelopeError::Syntax(error)),
    }
}

/// Only from JSON: `data` is [`RawValue`], which no other format has.
impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reading::deserialize(deserializer)?.0.map_err(de::Error::custom)
    }
}

/// A JSON object, and what it is as an event.
struct Reading(Result<Envelope, EnvelopeError>);

impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Reading;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event: a JSON object with `type` and `data`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reading, A::Error> {
                let mut draft = Draft::new();
                let mut wrong = None;
                while let Some(Name(name)) = map.next_key()? {
                    let taken = if name == "data" {
                        draft.set_data(map.next_value::<Box<RawValue>>()?)
                    } else {
                        draft.take(&name, map.next_value()?)
                    };
                    if let Err(error) = taken {
                        wrong.get_or_insert(error);
                    }
                }
                Ok(Reading(match wrong {
                    Some(error) => Err(error),
                    None => draft.finish(),
                }))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

/// A member's name, borrowed where it can be.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Boolean(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Integer(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar<'de>, E> {
                Ok(i64::try_from(value).map_or(Scalar::Other("a greater number"), Scalar::Integer))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other("a fraction"))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other("an array"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other("an object"))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
