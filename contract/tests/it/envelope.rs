//! What is an event and what is not, as somebody with curl finds out.

use crate::samples;
use contract::{Draft, Envelope, EnvelopeError, Event, Parsed};
use serde_json::value::RawValue;

fn parse(json: &str) -> Result<Envelope, EnvelopeError> {
    Envelope::parse(json.as_bytes())
}

#[test]
fn a_full_event_is_read_and_written_as_it_was() {
    let json = concat!(
        r#"{"specversion":"1.0","id":"a-1","source":"/shop","type":"OrderPlaced","subject":"order 7","#,
        r#""time":"2026-01-31T12:00:00.123Z","datacontenttype":"application/json","#,
        r#""dataschema":"https://example.org/order.json","sequence":"0000000000000042","causationid":"c","#,
        r#""correlationid":"b","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","#,
        r#""count":-3,"flag":true,"region":"north","data":{ "b" : 1.0,  "a":"\u0041" }}"#,
    );
    let envelope = parse(json).unwrap();
    assert_eq!(envelope.id.as_str(), "a-1");
    assert_eq!(&*envelope.source, "/shop");
    assert_eq!(&*envelope.type_name, "OrderPlaced");
    assert_eq!(envelope.subject.as_deref(), Some("order 7"));
    assert_eq!(envelope.time, Some(samples::time()));
    assert_eq!(envelope.sequence.unwrap().get(), 42);
    assert_eq!(envelope.causationid.as_ref().unwrap().as_str(), "c");
    assert_eq!(envelope.correlationid.as_ref().unwrap().as_str(), "b");
    assert_eq!(envelope.extensions["region"], "north");
    assert_eq!(envelope.extensions["flag"], true);
    assert_eq!(envelope.extensions["count"], -3);
    assert_eq!(envelope.event().unwrap(), Parsed::Unknown, "an unknown type is carried");
    assert_eq!(String::from_utf8(envelope.to_json()).unwrap(), json);
    let through_serde: Envelope = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&through_serde).unwrap(), json);
}

#[test]
fn a_classic_event_gets_an_identity() {
    let first = parse(r#"{"type":"PostCreated","data":{"id":"abc","title":"x"}}"#).unwrap();
    let second = parse(r#"{"data":{"id":"abc","title":"x"},"type":"PostCreated"}"#).unwrap();
    assert_eq!(&*first.source, "/anonymous");
    assert_eq!(&*first.type_name, "PostCreated");
    assert_eq!(first.data.as_ref().unwrap().get(), r#"{"id":"abc","title":"x"}"#);
    assert!(first.id < second.id, "ids that are given here are time-ordered");
    assert_eq!(first.time, None, "the bus says when it took it");
    assert!(first.extensions.is_empty());
    assert!(Envelope::parse(br#"{"type":"T"}"#).unwrap().data.is_none());
}

#[test]
fn attributes_that_are_null_are_absent_ones() {
    let envelope = parse(
        r#"{"specversion":null,"id":null,"source":null,"type":"T","subject":null,"time":null,"x":null,"data_base64":null}"#,
    )
    .unwrap();
    assert_eq!(&*envelope.source, "/anonymous");
    assert!(envelope.subject.is_none() && envelope.time.is_none() && envelope.extensions.is_empty());
}

#[test]
fn data_is_not_looked_at() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for data in [
        "null",
        "0",
        "-0.0e-0",
        "123456789012345678901234567890.000000000000000000001",
        r#""text""#,
        r#""\u0000 and \ud800""#,
        "[ 1 ,\t2,\n3 ]",
        r#"{"a":1,"a":2}"#,
        "{}",
        "{ }",
        deep.as_str(),
    ] {
        let json = format!(r#"{{"id":"1","type":"T","data":{data}}}"#);
        let envelope = parse(&json).unwrap();
        assert_eq!(envelope.data.as_ref().unwrap().get(), data);
        let sent = String::from_utf8(envelope.to_json()).unwrap();
        assert!(sent.ends_with(&format!(r#""data":{data}}}"#)));
        assert_eq!(Envelope::parse(sent.as_bytes()).unwrap().to_json(), sent.as_bytes());
    }
}

#[test]
fn data_that_is_no_json_travels_as_base64() {
    let envelope = parse(r#"{"type":"T","datacontenttype":"image/png","data_base64":"iVBORw0KGgo="}"#).unwrap();
    assert_eq!(envelope.data_base64.as_deref(), Some("iVBORw0KGgo="));
    assert!(envelope.data.is_none());
    assert!(envelope.to_json().ends_with(br#""data_base64":"iVBORw0KGgo="}"#));
    assert!(parse(r#"{"type":"T","data_base64":""}"#).is_ok());
}

#[test]
fn what_is_no_event_is_told_clearly() {
    let long = |name: &str, length: usize| format!(r#"{{"type":"T","{name}":"{}"}}"#, "x".repeat(length));
    let many = (0..33).map(|n| format!(r#""x{n}":1"#)).collect::<Vec<_>>().join(",");
    let cases = [
        // What it is about, the text of the event, where the error is, and what it says.
        ("no object", "[]".to_owned(), "", "a JSON object"),
        ("no object", "\"text\"".to_owned(), "", "a JSON object"),
        ("no object", "null".to_owned(), "", "a JSON object"),
        ("no json", String::new(), "", "not JSON"),
        ("no json", "{".to_owned(), "", "not JSON"),
        ("no json", r#"{"type":"T","data":}"#.to_owned(), "", "not JSON"),
        ("no json", r#"{"type":"T"} x"#.to_owned(), "", "not JSON"),
        ("no json", r#"{"type":"\ud800"}"#.to_owned(), "", "not JSON"),
        ("no json even after a wrong attribute", r#"{"type":7,"data":"#.to_owned(), "", "not JSON"),
        ("deep", format!(r#"{{"type":"T","x":{}"#, "[".repeat(1_000_000)), "", "not JSON"),
        ("no type", "{}".to_owned(), "/type", "`type` is missing"),
        ("no type", r#"{"type":null,"data":{}}"#.to_owned(), "/type", "is missing"),
        ("empty", r#"{"type":""}"#.to_owned(), "/type", "must not be empty"),
        ("empty", r#"{"type":"T","id":""}"#.to_owned(), "/id", "must not be empty"),
        ("empty", r#"{"type":"T","source":""}"#.to_owned(), "/source", "must not be empty"),
        ("empty", r#"{"type":"T","subject":""}"#.to_owned(), "/subject", "must not be empty"),
        ("empty", r#"{"type":"T","causationid":""}"#.to_owned(), "/causationid", "must not be empty"),
        ("number", r#"{"type":7}"#.to_owned(), "/type", "must be a string, not a number"),
        ("boolean", r#"{"type":"T","id":true}"#.to_owned(), "/id", "must be a string, not a boolean"),
        ("array", r#"{"type":"T","subject":[1,[2]]}"#.to_owned(), "/subject", "must be a string, not an array"),
        ("object", r#"{"type":"T","source":{"a":{}}}"#.to_owned(), "/source", "must be a string, not an object"),
        ("NUL", r#"{"type":"T\u0000"}"#.to_owned(), "/type", "control characters"),
        ("NUL", r#"{"type":"T","id":"a\u0000"}"#.to_owned(), "/id", "control characters"),
        ("line feed", r#"{"type":"T","source":"a\n"}"#.to_owned(), "/source", "control characters"),
        ("escape", r#"{"type":"T","subject":"\u001b[31m"}"#.to_owned(), "/subject", "control characters"),
        ("DEL", r#"{"type":"T","x":"\u007f"}"#.to_owned(), "/x", "control characters"),
        ("C1", "{\"type\":\"T\",\"x\":\"\u{85}\"}".to_owned(), "/x", "control characters"),
        ("long", format!(r#"{{"type":"{}"}}"#, "x".repeat(256)), "/type", "at most 255 bytes"),
        ("long", long("id", 256), "/id", "at most 255 bytes"),
        ("long", long("source", 256), "/source", "at most 255 bytes"),
        ("long", long("subject", 256), "/subject", "at most 255 bytes"),
        ("long", long("subject", 1_000_000), "/subject", "at most 255 bytes"),
        ("long", long("x", 1025), "/x", "at most 1024 bytes"),
        ("version", r#"{"specversion":"0.3","type":"T"}"#.to_owned(), "/specversion", "must be \"1.0\""),
        ("version", r#"{"specversion":1.0,"type":"T"}"#.to_owned(), "/specversion", "must be a string"),
        ("time", r#"{"type":"T","time":"today"}"#.to_owned(), "/time", "RFC 3339"),
        ("time", r#"{"type":"T","time":1700000000}"#.to_owned(), "/time", "must be a string"),
        ("sequence", r#"{"type":"T","sequence":""}"#.to_owned(), "/sequence", "must not be empty"),
        ("sequence", r#"{"type":"T","sequence":"a\n"}"#.to_owned(), "/sequence", "control characters"),
        ("sequence", r#"{"type":"T","sequence":1.5}"#.to_owned(), "/sequence", "must be a string"),
        ("long", long("sequence", 256), "/sequence", "at most 255 bytes"),
        (
            "long",
            format!(r#"{{"type":"T","time":"2026-01-31T12:00:00.{}Z"}}"#, "1".repeat(255)),
            "/time",
            "at most 255",
        ),
        ("place", r#"{"type":"T","folkmootsequence":"x"}"#.to_owned(), "/folkmootsequence", "decimal number"),
        ("place", r#"{"type":"T","folkmootsequence":true}"#.to_owned(), "/folkmootsequence", "must be a string"),
        ("extension", r#"{"type":"T","x":{}}"#.to_owned(), "/x", "a string, a boolean or an integer"),
        ("extension", r#"{"type":"T","x":1.5}"#.to_owned(), "/x", "not a fraction"),
        ("extension", r#"{"type":"T","x":2147483648}"#.to_owned(), "/x", "not a greater number"),
        ("extension", r#"{"type":"T","x":18446744073709551615}"#.to_owned(), "/x", "not a greater number"),
        ("extension name", r#"{"type":"T","postId":"x"}"#.to_owned(), "/postId", "no name of an attribute"),
        ("extension name", r#"{"type":"T","":"x"}"#.to_owned(), "/", "no name of an attribute"),
        ("extension name", r#"{"type":"T","a/~b":"x"}"#.to_owned(), "/a~1~0b", "no name of an attribute"),
        ("extensions", format!(r#"{{"type":"T",{many}}}"#), "", "at most 32 extension"),
        ("twice", r#"{"type":"T","type":"U"}"#.to_owned(), "/type", "more than once"),
        ("twice", r#"{"type":"T","data":1,"data":2}"#.to_owned(), "/data", "more than once"),
        ("twice", r#"{"type":"T","x":1,"x":1}"#.to_owned(), "/x", "more than once"),
        ("two data", r#"{"type":"T","data":1,"data_base64":"AAAA"}"#.to_owned(), "/data_base64", "together"),
        ("base64", r#"{"type":"T","data_base64":"a*=="}"#.to_owned(), "/data_base64", "base64"),
        ("base64", r#"{"type":"T","data_base64":"AAA"}"#.to_owned(), "/data_base64", "base64"),
        ("first error", r#"{"id":"","type":"","source":""}"#.to_owned(), "/id", "must not be empty"),
    ];
    for (about, json, pointer, message) in cases {
        let shown = &json[..json.len().min(80)];
        let error = parse(&json).err().unwrap_or_else(|| panic!("{about}: {shown} is refused"));
        assert_eq!(error.pointer(), pointer, "{about}: {shown}");
        assert!(error.to_string().contains(message), "{about}: {shown}: {error}");
        assert!(error.to_string().len() < 300, "{about}: an error is short: {error}");
        assert_eq!(matches!(error, EnvelopeError::Syntax(_)), message == "not JSON", "{about}: {shown}");
        assert!(serde_json::from_str::<Envelope>(&json).is_err(), "{about}: {shown}");
    }
    assert!(matches!(Envelope::parse(b"{\"type\":\"\xff\"}"), Err(EnvelopeError::Syntax(_))));
    assert!(matches!(Envelope::parse(b"{\"type\":\"T\",\"data\":\"\xff\"}"), Err(EnvelopeError::Syntax(_))));
}

#[test]
fn what_is_just_within_the_limits_is_taken() {
    let x = "x".repeat(255);
    let json = format!(r#"{{"type":"{x}","id":"{x}","source":"{x}","subject":"{x}","ext":"{}"}}"#, "y".repeat(1024));
    let envelope = parse(&json).unwrap();
    assert_eq!(envelope.id.as_str(), x);
    assert!(parse(r#"{"type":"T","subject":"späte Grüße 🍊","x":"","y":2147483647}"#).is_ok());
}

#[test]
fn a_producer_numbers_its_events_as_it_likes() {
    for own in [r#""7""#, r#""-1""#, r#""2026-W05/a""#, r#""00000000000000042""#, "7", "-1", r#""\ud83c\udf4a""#] {
        let mut envelope = parse(&format!(r#"{{"type":"T","sequence":{own}}}"#)).unwrap();
        assert_eq!(envelope.sequence, None, "{own} is no place in a log");
        let kept: serde_json::Value = serde_json::from_slice(&envelope.to_json()).unwrap();
        assert_eq!(kept["sequence"], serde_json::from_str::<serde_json::Value>(own).unwrap());

        envelope.sequence = Some(contract::Sequence::new(42));
        let read = Envelope::parse(&envelope.to_json()).unwrap();
        assert_eq!(read.sequence, envelope.sequence);
        assert_eq!(read.producer_sequence, envelope.producer_sequence);
        assert!(
            String::from_utf8(read.to_json()).unwrap().contains(r#""folkmootsequence":"0000000000000042","sequence":"#)
        );
    }
}

#[test]
fn what_looks_like_a_place_in_a_log_is_a_producers_number_before_it_is_in_one() {
    let mut sent = parse(r#"{"type":"T","sequence":"0000000000000009"}"#).unwrap();
    assert_eq!(sent.take_producer_sequence(), Some("0000000000000009".into()));
    let mut copied = parse(r#"{"type":"T","folkmootsequence":"0000000000000009","sequence":"a"}"#).unwrap();
    assert_eq!(copied.take_producer_sequence(), Some("a".into()));
    let mut named = parse(r#"{"type":"T","folkmootsequence":"9"}"#).unwrap();
    assert_eq!(named.sequence.unwrap().get(), 9);
    named.sequence = None;
    assert_eq!(named.take_producer_sequence(), None);
}

#[test]
fn a_time_is_carried_as_it_was_sent_and_read_as_an_instant() {
    for time in ["2026-01-31T14:30:00.1239+02:30", "2026-01-31T12:00:00.123456789Z", "2026-01-31t12:00:00.123z"] {
        let envelope = parse(&format!(r#"{{"type":"T","time":"{time}"}}"#)).unwrap();
        assert_eq!(envelope.time, Some(samples::time()));
        let read = Envelope::parse(&envelope.to_json()).unwrap();
        assert_eq!((read.time, read.time_as_sent.as_deref()), (Some(samples::time()), Some(time)));
    }
    let plain = parse(r#"{"type":"T","time":"2026-01-31T12:00:00.123Z"}"#).unwrap();
    assert_eq!(plain.time_as_sent, None);
}

#[test]
fn an_event_is_put_together_from_headers_by_the_same_rules() {
    let mut draft = Draft::new();
    for (name, value) in
        [("specversion", "1.0"), ("id", "1"), ("source", "/shop"), ("type", "OrderPlaced"), ("region", "north")]
    {
        draft.set(name, value).unwrap();
    }
    draft.set_data(RawValue::from_string("[1]".to_owned()).unwrap()).unwrap();
    assert!(draft.set("id", "2").unwrap_err().to_string().contains("more than once"));
    assert!(draft.set("data", "[2]").unwrap_err().to_string().contains("no name"));
    assert!(draft.set("specversion", "2.0").is_err());
    assert_eq!(
        String::from_utf8(draft.finish().unwrap().to_json()).unwrap(),
        r#"{"specversion":"1.0","id":"1","source":"/shop","type":"OrderPlaced","region":"north","data":[1]}"#
    );
    assert_eq!(Draft::new().finish().unwrap_err().pointer(), "/type");
}

#[test]
fn a_known_event_without_data_is_an_error_and_not_a_redaction() {
    assert!(parse(r#"{"type":"PostDeleted"}"#).unwrap().event().is_err());
    assert_eq!(parse(r#"{"type":"PostDeleted","data":{}}"#).unwrap().event().unwrap(), Parsed::Redacted);
    assert_eq!(Event::parse("PostDeleted", "{}").unwrap(), Parsed::Redacted);
}
