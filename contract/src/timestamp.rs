//! Points in time, to the millisecond, in UTC.
//!
//! Every envelope carries one and most data too, and the read model is rebuilt from hundreds of thousands of events
//! a second, so reading and writing the one format that the wire knows is done here by hand: RFC 3339. The calendar
//! arithmetic is Howard Hinnant's (<https://howardhinnant.github.io/date_algorithms.html>).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use thiserror::Error;

const DAY: i64 = 86_400_000;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, in the years 0000 to 9999 that RFC 3339 can write.
///
/// On the wire a string like `2026-01-31T12:00:00.123Z`: always UTC, always three decimals, so that it sorts as
/// text. Any RFC 3339 text is read; what is finer than a millisecond is cut off. In binary formats an `i64`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not a date and time as RFC 3339 writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a time must be as RFC 3339 writes it, like 2026-01-31T12:00:00.123Z, in the years 0000 to 9999")]
pub struct TimestampError;

impl Timestamp {
    /// The first millisecond of the year 0000.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// The last millisecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The time on this machine's clock.
    pub fn now() -> Self {
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        Self::from_millis(millis)
    }

    /// This many milliseconds after (or, if negative, before) the epoch. Beyond the years 0000 to 9999 the nearest
    /// time within them.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Milliseconds since the epoch, negative before it.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The time this much later, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// The time this much earlier, at least [`Timestamp::MIN`].
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_sub(millis))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Whether this is the text that the wire has for it.
    pub(crate) fn is_written(self, text: &str) -> bool {
        self.text() == text.as_bytes()
    }

    /// The wire's text, always 24 bytes of ASCII.
    fn text(self) -> [u8; 24] {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        let milli = self.0.rem_euclid(DAY);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        digits(&mut text[0..4], year);
        digits(&mut text[5..7], month);
        digits(&mut text[8..10], day);
        digits(&mut text[11..13], milli / 3_600_000);
        digits(&mut text[14..16], milli / 60_000 % 60);
        digits(&mut text[17..19], milli / 1000 % 60);
        digits(&mut text[20..23], milli % 1000);
        text
    }
}

/// Writes a number that is not negative into its place, zero-padded.
fn digits(place: &mut [u8], mut number: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// The year, month and day that lie this many days after 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// How many days after 1970-01-01 this date lies.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// RFC 3339, section 5.6. `None` where the text is something else.
fn parse(text: &[u8]) -> Option<i64> {
    let (head, mut rest) = text.split_at_checked(19)?;
    let marks = [head[4], head[7], head[10].to_ascii_uppercase(), head[13], head[16]];
    if !matches!(marks, [b'-', b'-', b'T' | b' ', b':', b':']) {
        return None;
    }
    let (year, month, day) = (number(&head[0..4])?, number(&head[5..7])?, number(&head[8..10])?);
    let (hour, minute, second) = (number(&head[11..13])?, number(&head[14..16])?, number(&head[17..19])?);
    let real = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !real {
        return None;
    }

    let mut milli = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        let kept = length.min(3);
        milli = number(&fraction[..kept])? * [1000, 100, 10, 1][kept];
        rest = &fraction[length..];
    }
    let offset = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            if hours >= 24 || minutes >= 60 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -60_000 } else { 60_000 }
        }
        _ => return None,
    };

    // A leap second has no place of its own in time since the epoch: it counts as the end of the second before it.
    let (second, milli) = if second == 60 { (59, 999) } else { (second, milli) };
    let in_day = ((hour * 60 + minute) * 60 + second) * 1000 + milli;
    let millis = days(year, month, day) * DAY + in_day - offset;
    (Timestamp::MIN.0..=Timestamp::MAX.0).contains(&millis).then_some(millis)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        parse(text.as_bytes()).map(Self).ok_or(TimestampError)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        f.pad(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        let text = self.text();
        serializer.serialize_str(std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time as RFC 3339 writes it")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }

        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Visitor)
        } else {
            i64::deserialize(deserializer).map(Self::from_millis)
        }
    }
}
