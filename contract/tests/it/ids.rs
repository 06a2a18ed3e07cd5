//! Ids and counters: what they look like, and that derived ones can be told ahead.

use crate::samples;
use contract::{CommentId, EventId, EventIdError, PostId, Revision, Sequence, Timestamp, UserId, keyed_uuid};
use proptest::prelude::*;
use uuid::Uuid;

fn uuid(id: &EventId) -> Uuid {
    Uuid::parse_str(id.as_str()).unwrap()
}

fn id(text: &str) -> EventId {
    EventId::parse(text).unwrap()
}

#[test]
fn new_ids_are_time_ordered() {
    let posts: Vec<PostId> = (0..1000).map(|_| PostId::new()).collect();
    assert!(posts.is_sorted_by(|a, b| a < b));
    assert_eq!(posts[0].uuid().get_version_num(), 7);
    let events: Vec<EventId> = (0..1000).map(|_| EventId::new()).collect();
    assert!(events.is_sorted_by(|a, b| a < b), "as text too");
    assert_eq!(uuid(&events[0]).get_version_num(), 7);
}

#[test]
fn ids_read_and_write_themselves() {
    let text = "01890000-0000-7000-8000-000000000001";
    let post: PostId = text.parse().unwrap();
    assert_eq!(post.to_string(), text);
    assert_eq!(serde_json::to_string(&post).unwrap(), format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<PostId>(&format!("\"{text}\"")).unwrap(), post);
    assert_eq!(PostId::from_uuid(post.uuid()), post);
    assert_eq!(format!("{post:?}"), format!("PostId({text})"));
    assert!("7".parse::<CommentId>().is_err());
    assert!(serde_json::from_str::<UserId>("7").is_err());
}

#[test]
fn an_event_id_is_any_short_plain_text() {
    for text in ["1", "a b", "🍊", "A234-1234-1234", &"x".repeat(255)] {
        assert_eq!(id(text).as_str(), text);
        let json = serde_json::to_string(&id(text)).unwrap();
        assert_eq!(serde_json::from_str::<EventId>(&json).unwrap(), id(text));
    }
    for (text, error) in [
        ("", EventIdError::Empty),
        (&*"x".repeat(256), EventIdError::TooLong),
        ("a\0", EventIdError::Control),
        ("a\nb", EventIdError::Control),
    ] {
        assert_eq!(EventId::parse(text), Err(error));
        assert!(serde_json::from_str::<EventId>(&serde_json::to_string(text).unwrap()).is_err());
    }
}

/// Pinned for ever: another result would make a reaction that is repeated after an upgrade say its event twice.
#[test]
fn derived_ids_are_what_they_always_were() {
    let cause = samples::event_id(7);
    let derived = EventId::derived(&cause, samples::time(), "/moderation", "CommentModerated", "c1");
    assert_eq!(derived.as_str(), "01890000-0000-84a1-9efb-e173f026ec2f");
    assert_eq!(keyed_uuid(&["a", "b"]).to_string(), "3c9d5910-45bc-8876-b9d0-399bbfb05c6a");
}

#[test]
fn derived_ids_take_their_time_from_the_cause() {
    let time = Timestamp::from_millis(0x0189_0000_0000);
    let of = |cause: &EventId, time| EventId::derived(cause, time, "/s", "T", "x");
    let v7 = EventId::new();
    let first = of(&v7, time);
    assert_eq!(uuid(&first).as_bytes()[..6], uuid(&v7).as_bytes()[..6], "a version 7 cause tells its own time");
    assert_eq!(uuid(&first).get_version_num(), 8);
    assert_eq!(uuid(&first).get_variant(), uuid::Variant::RFC4122);
    let second = of(&first, time);
    assert_eq!(uuid(&second).as_bytes()[..6], uuid(&v7).as_bytes()[..6], "and so does a derived one");
    for foreign in ["order-7", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "9b2d8f5e-6c0b-4a57-8a3f-5d1f0c7f1e11"] {
        let derived = of(&id(foreign), time);
        assert_eq!(uuid(&derived).as_bytes()[..6], [0x01, 0x89, 0, 0, 0, 0], "{foreign}: the time it was said");
    }
    for (time, bytes) in [(Timestamp::MIN, [0; 6]), (Timestamp::MAX, [0xe6, 0x77, 0xd2, 0x1f, 0xdb, 0xff])] {
        let derived = of(&id("foreign"), time);
        assert_eq!(uuid(&derived).as_bytes()[..6], bytes, "{time}");
        assert_eq!(uuid(&derived).get_version_num(), 8);
    }
}

#[test]
fn derived_ids_differ_by_each_part() {
    let time = samples::time();
    let base = EventId::derived(&id("c"), time, "/s", "T", "x");
    assert_eq!(base, EventId::derived(&id("c"), time, "/s", "T", "x"));
    let others = [
        EventId::derived(&id("d"), time, "/s", "T", "x"),
        EventId::derived(&id("c"), time, "/t", "T", "x"),
        EventId::derived(&id("c"), time, "/s", "U", "x"),
        EventId::derived(&id("c"), time, "/s", "T", "y"),
        EventId::derived(&id("c"), time, "/sT", "", "x"),
        EventId::derived(&id("c"), time, "/s", "Tx", ""),
        EventId::derived(&id("c/"), time, "s", "T", "x"),
        EventId::derived(&id("c"), Timestamp::from_millis(time.millis() + 1), "/s", "T", "x"),
    ];
    for other in others {
        assert_ne!(other, base);
    }
}

#[test]
fn keyed_ids_differ_by_every_part_and_border() {
    let table: [&[&str]; 10] = [
        &[],
        &[""],
        &["", ""],
        &["a"],
        &["a", ""],
        &["", "a"],
        &["ab", "c"],
        &["a", "bc"],
        &["abc"],
        &["owner", "POST /posts", "key-1"],
    ];
    for (at, parts) in table.iter().enumerate() {
        let uuid = keyed_uuid(parts);
        assert_eq!(uuid, keyed_uuid(parts));
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (8, uuid::Variant::RFC4122));
        for other in &table[at + 1..] {
            assert_ne!(uuid, keyed_uuid(other), "{parts:?} {other:?}");
        }
    }
}

#[test]
fn sequences_are_padded_and_read_as_text_or_number() {
    assert_eq!(Sequence::new(42).to_string(), "0000000000000042");
    assert_eq!(serde_json::to_string(&Sequence::new(42)).unwrap(), "\"0000000000000042\"");
    assert_eq!(Sequence::ZERO.next().get(), 1);
    let cases = [
        ("\"0000000000000042\"", Some(42)),
        ("\"42\"", Some(42)),
        ("42", Some(42)),
        ("\"18446744073709551615\"", Some(u64::MAX)),
        ("\"18446744073709551616\"", None),
        ("\"\"", None),
        ("\"+1\"", None),
        ("\"-1\"", None),
        ("\" 1\"", None),
        ("-1", None),
        ("1.0", None),
        ("null", None),
    ];
    for (json, number) in cases {
        assert_eq!(serde_json::from_str::<Sequence>(json).ok().map(Sequence::get), number, "{json}");
    }
}

#[test]
fn revisions_count_from_one() {
    assert_eq!(Revision::FIRST.get(), 1);
    assert_eq!(Revision::FIRST.next(), Revision::new(2).unwrap());
    assert_eq!(Revision::new(0), None);
    assert_eq!(serde_json::to_string(&Revision::FIRST).unwrap(), "1");
    for (json, number) in [("1", Some(1)), ("4294967295", Some(u32::MAX)), ("0", None), ("-1", None), ("\"1\"", None)] {
        assert_eq!(serde_json::from_str::<Revision>(json).ok().map(Revision::get), number, "{json}");
    }
    for (text, number) in [("3", Some(3)), ("0", None), ("+3", None), ("", None), ("4294967296", None)] {
        assert_eq!(text.parse::<Revision>().ok().map(Revision::get), number, "{text}");
    }
}

proptest! {
    #[test]
    fn derived_ids_are_ordered_by_their_causes_time(a in 0_i64..1 << 47, b in 0_i64..1 << 47, x in ".{0,9}", y in ".{0,9}") {
        prop_assume!(a != b);
        let of = |millis, affected: &str| {
            EventId::derived(&id("foreign"), Timestamp::from_millis(millis), "/s", "T", affected)
        };
        prop_assert_eq!(of(a, &x) < of(b, &y), Timestamp::from_millis(a) < Timestamp::from_millis(b));
    }

    #[test]
    fn sequences_sort_as_text_as_they_do_as_numbers(a in 0_u64..10_u64.pow(16), b in 0_u64..10_u64.pow(16)) {
        let (a, b) = (Sequence::new(a), Sequence::new(b));
        prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
        prop_assert_eq!(serde_json::to_value(a).unwrap(), a.to_string());
        prop_assert_eq!(a.to_string().parse::<Sequence>().unwrap(), a);
    }
}
