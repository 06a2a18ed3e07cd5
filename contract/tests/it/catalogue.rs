//! The catalogue against the events themselves: no field is missing in it, and none is made up.

use std::collections::BTreeSet;

use contract::catalogue::{CATALOGUE, Listed};
use contract::{
    CommentCreated, CommentDeleted, CommentModerated, CommentReported, CommentUpdated, DeliveryGivenUp, Event, Parsed,
    PostCreated, PostDeleted, PostModerated, PostUpdated, SessionsRevoked, SigningKeyPublished, SigningKeyRetired,
    Timestamp, UserErased, UserRegistered, UserReinstated, UserSuspended, UserUpdated,
};
use serde::de::{self, Deserialize, Deserializer, Visitor, value::Error};
use serde_json::Value;
use uuid::Uuid;

use crate::samples;

/// Asked for a struct, it notes the struct's fields.
struct FieldsOf<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldsOf<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("only structs are known here"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(de::Error::custom("that was all"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields_of<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    assert!(T::deserialize(FieldsOf(&mut fields)).is_err());
    fields
}

/// The fields of the Rust type behind a name.
fn fields(type_name: &str) -> BTreeSet<String> {
    macro_rules! by_name {
        ($($name:ident)*) => {
            match type_name {
                $(stringify!($name) => fields_of::<$name>(),)*
                other => panic!("{other} is not in this list"),
            }
        };
    }
    let found = by_name! {
        PostCreated PostUpdated PostDeleted PostModerated CommentCreated CommentModerated CommentUpdated CommentDeleted
        CommentReported UserRegistered UserUpdated UserSuspended UserReinstated UserErased SessionsRevoked
        SigningKeyPublished SigningKeyRetired DeliveryGivenUp
    };
    assert!(!found.is_empty(), "{type_name}");
    found.iter().map(|name| (*name).to_owned()).collect()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

fn data(listed: &Listed) -> Value {
    serde_json::from_str(listed.example().data.unwrap().get()).unwrap()
}

#[test]
fn every_type_is_listed_in_order() {
    let listed: Vec<_> = CATALOGUE.iter().map(|listed| listed.type_name).collect();
    assert_eq!(listed, Event::TYPES);
}

#[test]
fn the_source_is_that_of_the_owner() {
    for listed in CATALOGUE {
        assert_eq!(Event::owner(listed.type_name), Some(listed.source), "{}", listed.type_name);
    }
    assert_eq!(Event::owner("SomethingElse"), None);
}

#[test]
fn the_fields_are_those_of_the_type() {
    for listed in CATALOGUE {
        let fields = fields(listed.type_name);
        assert_eq!(names(&listed.schema()["properties"]), fields, "{}", listed.type_name);
        assert_eq!(names(&data(listed)), fields, "{}: the example has every field", listed.type_name);
    }
}

#[test]
fn required_is_what_no_event_can_be_read_without() {
    for listed in CATALOGUE {
        let schema = listed.schema();
        let required: BTreeSet<String> = serde_json::from_value(schema["required"].clone()).unwrap();
        for name in fields(listed.type_name) {
            let mut without = data(listed);
            without.as_object_mut().unwrap().remove(&name);
            let read = Event::parse(listed.type_name, &without.to_string());
            assert_eq!(read.is_err(), required.contains(&name), "{} without {name}", listed.type_name);
        }
    }
}

#[test]
fn every_event_is_as_its_schema_says() {
    let full = samples::full().into_iter().map(|(source, event)| (Some(source), event));
    let bare = samples::bare().into_iter().map(|event| (None, event));
    for (source, event) in full.chain(bare) {
        let listed = CATALOGUE.iter().find(|listed| listed.type_name == event.type_name()).unwrap();
        assert!(source.is_none_or(|source| source == listed.source), "{}", listed.type_name);
        check(listed, &serde_json::from_str(event.data_json().get()).unwrap());
    }
}

#[test]
fn every_example_is_an_event() {
    for listed in CATALOGUE {
        check(listed, &data(listed));
        let envelope = listed.example();
        let Parsed::Known(event) = envelope.event().unwrap() else { panic!("{}", listed.type_name) };
        assert_eq!((event.type_name(), &*envelope.source), (listed.type_name, listed.source));
        assert_eq!(event.data_json().get(), envelope.data.unwrap().get());
        assert_eq!(envelope.time.unwrap().to_string(), "2026-01-31T12:00:00.123Z");
    }
}

/// Holds data against its schema, as far as the catalogue's schemas go.
fn check(listed: &Listed, data: &Value) {
    let schema = listed.schema();
    for name in serde_json::from_value::<Vec<String>>(schema["required"].clone()).unwrap() {
        assert!(data.get(&name).is_some(), "{}: {name} is missing", listed.type_name);
    }
    for (name, value) in data.as_object().unwrap() {
        let field = &schema["properties"][name];
        assert!(fits(field, value), "{}: {name} is {value}, which is not {field}", listed.type_name);
    }
}

fn fits(field: &Value, value: &Value) -> bool {
    let text = value.as_str();
    match field["type"].as_str().unwrap() {
        "integer" => value.as_u64().is_some_and(|number| number >= field["minimum"].as_u64().unwrap()),
        "object" => value.is_object(),
        "string" if field["format"] == "uuid" => text.is_some_and(|text| Uuid::parse_str(text).is_ok()),
        "string" if field["format"] == "date-time" => text.is_some_and(|text| text.parse::<Timestamp>().is_ok()),
        "string" if field["enum"].is_array() => field["enum"].as_array().unwrap().contains(value),
        "string" if field["pattern"] == "^[0-9]{16}$" => {
            text.is_some_and(|text| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit()))
        }
        "string" if field["pattern"] == "^[0-9a-f]{64}$" => {
            let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            text.is_some_and(|text| text.len() == 64 && text.bytes().all(hexadecimal))
        }
        "string" => field.get("pattern").is_none() && field.get("format").is_none() && text.is_some(),
        other => panic!("the catalogue knows no {other}"),
    }
}
