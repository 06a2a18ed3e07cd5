//! Whatever envelope there can be is read back as it was written.

use contract::{Envelope, EventId, Sequence, Timestamp};
use proptest::{collection::btree_map, option, prelude::*};
use serde_json::{Value, value::RawValue};

/// Text without control characters, with quotes, escapes and all of Unicode.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9/._-]{1,40}", r#"["\\/ {}äß🍊\u{2028}a-z]{1,20}"#, "\\PC{1,30}"]
        .prop_filter("short, without control characters", |text| {
            (1..=255).contains(&text.len()) && !text.chars().any(char::is_control)
        })
}

fn event_id() -> impl Strategy<Value = EventId> {
    text().prop_map(|text| EventId::parse(&text).unwrap())
}

fn data() -> impl Strategy<Value = Box<RawValue>> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(" , "))),
            (any::<String>(), inner)
                .prop_map(|(key, value)| format!("{{{}:\t{value}}}", serde_json::to_string(&key).unwrap())),
        ]
    })
    .prop_map(|json| RawValue::from_string(json).unwrap())
}

fn extension() -> impl Strategy<Value = Value> {
    prop_oneof![text().prop_map(Value::String), any::<bool>().prop_map(Value::Bool), any::<i32>().prop_map(Value::from)]
}

fn short() -> impl Strategy<Value = Option<Box<str>>> {
    option::of(text().prop_map(Into::into))
}

prop_compose! {
    fn envelope()(
        (id, causationid, correlationid) in (event_id(), option::of(event_id()), option::of(event_id())),
        (source, type_name, subject) in (text(), text(), short()),
        time in option::of(Timestamp::MIN.millis()..=Timestamp::MAX.millis()),
        sequence in option::of(any::<u64>()),
        producer_sequence in option::of(prop_oneof!["[a-z#]{1,20}".prop_map(Value::String), any::<i32>().prop_map(Value::from)]),
        (datacontenttype, dataschema, traceparent) in (short(), short(), short()),
        extensions in btree_map("ext[a-z0-9]{0,10}", extension(), 0..4),
        data in option::of(data()),
        base64 in option::of("([A-Za-z0-9+/]{4}){0,5}"),
    ) -> Envelope {
        Envelope {
            id,
            source: source.into(),
            type_name: type_name.into(),
            subject,
            time: time.map(Timestamp::from_millis),
            time_as_sent: None,
            datacontenttype,
            dataschema,
            sequence: sequence.map(Sequence::new),
            producer_sequence,
            causationid,
            correlationid,
            traceparent,
            extensions,
            data_base64: if data.is_some() { None } else { base64.map(Into::into) },
            data,
        }
    }
}

proptest! {
    #[test]
    fn written_then_read_it_is_the_same(envelope in envelope()) {
        let json = envelope.to_json();
        let read = Envelope::parse(&json).unwrap();
        // `RawValue` has no equality, but shows its text.
        prop_assert_eq!(format!("{read:?}"), format!("{envelope:?}"));
        prop_assert_eq!(read.to_json(), json);
    }

    #[test]
    fn the_order_of_attributes_does_not_matter(envelope in envelope(), seed in any::<u64>()) {
        let value: Value = serde_json::from_slice(&envelope.to_json()).unwrap();
        let mut members: Vec<_> = value.as_object().unwrap().iter().collect();
        members.sort_by_key(|(name, _)| {
            name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        });
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| match (name.as_str(), &envelope.data) {
                ("data", Some(data)) => format!("\"data\":{}", data.get()),
                _ => format!("{}:{value}", Value::from(name.as_str())),
            })
            .collect();
        let shuffled = format!("{{ {} }}", members.join(" ,\n "));
        prop_assert_eq!(Envelope::parse(shuffled.as_bytes()).unwrap().to_json(), envelope.to_json());
    }

    #[test]
    fn no_bytes_whatsoever_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(Envelope::parse(&bytes));
    }

    #[test]
    fn nothing_that_resembles_an_event_makes_it_panic(
        json in r#"\{("(type|id|time|data|sequence|x)":("[0-9T:Z.\\u-]{0,30}"|[0-9.eE-]{1,9}|null|\[\]|\{\}),?){0,4}\}"#
    ) {
        if let Ok(envelope) = Envelope::parse(json.as_bytes()) {
            prop_assert!(Envelope::parse(&envelope.to_json()).is_ok());
        }
    }
}
