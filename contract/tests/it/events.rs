//! What each event is on the wire. A snapshot that changes is a change to every log that there is: fields may come,
//! none may go or mean something else.

use crate::samples;
use contract::{Cause, Envelope, Event, Parsed};

#[test]
fn every_type_has_a_sample() {
    let types: Vec<_> = samples::full().iter().map(|(_, event)| event.type_name()).collect();
    assert_eq!(types, Event::TYPES);
}

#[test]
fn the_json_of_every_event() {
    for (source, event) in samples::full() {
        let json = serde_json::to_string_pretty(&samples::envelope(source, &event)).unwrap();
        insta::assert_snapshot!(event.type_name(), json);
    }
}

#[test]
fn the_data_of_events_without_what_may_be_absent() {
    let lines: Vec<_> =
        samples::bare().iter().map(|event| format!("{} {}", event.type_name(), event.data_json().get())).collect();
    insta::assert_snapshot!("bare", lines.join("\n"));
}

#[test]
fn an_event_caused_by_another_names_it() {
    let (_, created) = &samples::full()[4];
    let cause = Cause::of(&samples::envelope("/comments", created));
    let (source, event) = &samples::full()[5];
    let id = cause.derive(source, event.type_name(), &samples::comment().to_string());
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut said = Envelope::say(source, event, id, Some(&cause), Some(traceparent));
    said.time = Some(samples::time());
    insta::assert_snapshot!("caused", serde_json::to_string_pretty(&said).unwrap());

    let next = Cause::of(&said);
    assert_eq!(next.id, said.id);
    assert_eq!(next.correlation, cause.id, "what began it all stays the same down the line");
    assert_eq!(next.time, samples::time());
}

#[test]
fn every_event_is_read_back_as_it_was_said() {
    let full = samples::full().into_iter().map(|(_, event)| event);
    for event in full.chain(samples::bare()) {
        let sent = samples::envelope("/test", &event).to_json();
        let read = Envelope::parse(&sent).unwrap();
        assert_eq!(read.event().unwrap(), Parsed::Known(event));
        assert_eq!(read.to_json(), sent);
    }
}

#[test]
fn the_subject_is_the_thread_the_account_the_key_or_the_subscription() {
    for (_, event) in samples::full() {
        let expected = match event.type_name() {
            name if name.starts_with("Post") || name.starts_with("Comment") => samples::post().to_string(),
            name if name.starts_with("User") || name == "SessionsRevoked" => samples::user().to_string(),
            name if name.starts_with("SigningKey") => "2026-01".to_owned(),
            _ => "query".to_owned(),
        };
        assert_eq!(event.subject(), expected, "{}", event.type_name());
    }
}

#[test]
fn fields_that_a_later_version_adds_are_ignored() {
    for (_, event) in samples::full() {
        let data = event.data_json();
        let more = format!("{{\"later\":{{\"deep\":[1,2]}},{}", &data.get()[1..]);
        assert_eq!(Event::parse(event.type_name(), &more).unwrap(), Parsed::Known(event));
    }
}

#[test]
fn an_unknown_type_is_none_of_ours_whatever_its_data() {
    for data in ["{}", "{\"id\":1}", "[]", "null", "", "no json"] {
        assert_eq!(Event::parse("ThingHappened", data).unwrap(), Parsed::Unknown, "{data}");
        assert_eq!(Event::parse("postcreated", data).unwrap(), Parsed::Unknown, "{data}");
    }
}

#[test]
fn erased_data_is_told_apart_from_wrong_data() {
    for type_name in Event::TYPES {
        for data in ["{}", " { } ", "{\n}"] {
            assert_eq!(Event::parse(type_name, data).unwrap(), Parsed::Redacted, "{type_name} {data}");
        }
        for data in ["", "null", "[]", "{\"x\":1}", "}{", "{", "\"{}\"", "7"] {
            let error = Event::parse(type_name, data).unwrap_err();
            assert_eq!(error.type_name, *type_name);
            assert!(error.to_string().contains(type_name), "{error}");
        }
    }
}

#[test]
fn wrong_data_of_a_known_type_is_an_error_that_says_what() {
    let id = samples::post();
    let cases = [
        ("PostDeleted", r#"{"id":"7","deletedBy":"author"}"#.to_owned(), "UUID"),
        ("PostDeleted", format!(r#"{{"id":"{id}"}}"#), "deletedBy"),
        (
            "PostUpdated",
            format!(r#"{{"id":"{id}","revision":0,"title":"t","editedAt":"2026-01-31T12:00:00Z"}}"#),
            "from 1",
        ),
        ("PostUpdated", format!(r#"{{"id":"{id}","revision":2,"title":"t","editedAt":"yesterday"}}"#), "RFC 3339"),
        ("PostModerated", format!(r#"{{"id":"{id}","revision":1,"status":"fine","decidedBy":"rules"}}"#), "pending"),
        ("UserErased", format!(r#"{{"id":"{id}","texts":"burn"}}"#), "keep"),
    ];
    for (type_name, data, expected) in cases {
        let error = Event::parse(type_name, &data).unwrap_err().to_string();
        assert!(error.contains(expected), "{type_name} {data}: {error}");
    }
}

#[test]
fn a_verdict_from_before_decisions_were_counted_is_decision_zero() {
    let data = format!(r#"{{"id":"{}","revision":1,"status":"approved","decidedBy":"rules"}}"#, samples::post());
    let Parsed::Known(Event::PostModerated(verdict)) = Event::parse("PostModerated", &data).unwrap() else {
        panic!("it is a verdict");
    };
    assert_eq!(verdict.decision, 0);
}
