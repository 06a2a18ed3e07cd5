//! Times are read and written as the calendar library does it, which is the judge here.

use contract::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn times_are_read_as_rfc_3339_writes_them() {
    let cases = [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("1970-01-01T00:00:00.000Z", Some(0)),
        ("1969-12-31T23:59:59.999Z", Some(-1)),
        ("2026-01-31T12:00:00.123Z", Some(1_769_860_800_123)),
        ("2026-01-31t12:00:00.123z", Some(1_769_860_800_123)),
        ("2026-01-31 12:00:00.123Z", Some(1_769_860_800_123)),
        ("2026-01-31T12:00:00.1Z", Some(1_769_860_800_100)),
        ("2026-01-31T12:00:00.12Z", Some(1_769_860_800_120)),
        ("2026-01-31T12:00:00.123999999999Z", Some(1_769_860_800_123)),
        ("2026-01-31T12:00:00.123+00:00", Some(1_769_860_800_123)),
        ("2026-01-31T14:30:00.123+02:30", Some(1_769_860_800_123)),
        ("2026-01-30T23:00:00.123-13:00", Some(1_769_860_800_123)),
        ("2024-02-29T00:00:00Z", Some(1_709_164_800_000)),
        ("2000-02-29T00:00:00Z", Some(951_782_400_000)),
        ("1990-12-31T23:59:60Z", Some(662_687_999_999)),
        ("0000-01-01T00:00:00Z", Some(Timestamp::MIN.millis())),
        ("9999-12-31T23:59:59.999Z", Some(Timestamp::MAX.millis())),
        ("9999-12-31T23:59:59-01:00", None),
        ("0000-01-01T00:00:00+01:00", None),
        ("2023-02-29T00:00:00Z", None),
        ("1900-02-29T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-00-01T00:00:00Z", None),
        ("2026-01-00T00:00:00Z", None),
        ("2026-01-32T00:00:00Z", None),
        ("2026-04-31T00:00:00Z", None),
        ("2026-01-31T24:00:00Z", None),
        ("2026-01-31T12:60:00Z", None),
        ("2026-01-31T12:00:61Z", None),
        ("2026-01-31T12:00:00.Z", None),
        ("2026-01-31T12:00:00", None),
        ("2026-01-31T12:00Z", None),
        ("2026-01-31T12:00:00+0100", None),
        ("2026-01-31T12:00:00+24:00", None),
        ("2026-01-31T12:00:00+01:60", None),
        ("2026-01-31T12:00:00Z ", None),
        (" 2026-01-31T12:00:00Z", None),
        ("20260131T120000Z", None),
        ("+026-01-31T12:00:00Z", None),
        ("2026-01-31T12:00:00Z[UTC]", None),
        ("２026-01-31T12:00:00Z", None),
        ("1769860800123", None),
        ("", None),
    ];
    for (text, millis) in cases {
        assert_eq!(text.parse().ok().map(Timestamp::millis), millis, "{text}");
    }
}

#[test]
fn times_stay_within_what_can_be_written() {
    assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::from_millis(i64::MIN), Timestamp::MIN);
    assert_eq!(Timestamp::MAX.saturating_add(Duration::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::MIN.saturating_sub(Duration::MAX), Timestamp::MIN);
    assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
    assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00.000Z");
    let (early, late) = (Timestamp::from_millis(1000), Timestamp::from_millis(3500));
    assert_eq!(late.since(early), Duration::from_millis(2500));
    assert_eq!(early.since(late), Duration::ZERO);
    assert!(Timestamp::now() > "2025-01-01T00:00:00Z".parse().unwrap());
}

proptest! {
    #[test]
    fn every_time_is_written_and_read_as_the_calendar_library_does(
        millis in Timestamp::MIN.millis()..=Timestamp::MAX.millis()
    ) {
        let time = Timestamp::from_millis(millis);
        let judge = jiff::Timestamp::from_millisecond(millis).unwrap();
        prop_assert_eq!(time.to_string(), format!("{judge:.3}"));
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        let json = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(&json, &format!("\"{time}\""));
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
    }

    #[test]
    fn any_text_of_digits_and_marks_is_read_alike_or_not_at_all(
        text in "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])"
    ) {
        let judged = text.parse::<jiff::Timestamp>().ok().map(|time| time.as_nanosecond().div_euclid(1_000_000));
        let read = text.parse::<Timestamp>().ok().map(|time| i128::from(time.millis()));
        prop_assert_eq!(read, judged, "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        prop_assert!(text.parse::<Timestamp>().is_err());
    }
}
