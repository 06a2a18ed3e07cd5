//! The two counters of the wire: where an event stands in the log, and which version of a text is meant.
//!
//! They are types of their own because both are small integers that would otherwise be swapped without a word.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, num::NonZeroU32, str::FromStr};
use thiserror::Error;

/// How many digits a sequence has on the wire. Padded, sequences sort as text as they do as numbers.
const DIGITS: usize = 16;

/// Where an event stands in the log: the first is 1, and each following one is greater by one.
///
/// On the wire a decimal string of 16 digits, as the `sequence` extension of `CloudEvents` wants a text that sorts.
/// Shorter strings and JSON integers are understood as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u64);

impl Sequence {
    /// Before the first event: the place from which everything is read.
    pub const ZERO: Self = Self(0);

    /// The place with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number itself, for a store's column or a difference.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether this text of a number is how the wire has it.
    pub(crate) fn is_written(text: &str) -> bool {
        text.len() == DIGITS || (text.len() > DIGITS && !text.starts_with('0'))
    }

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Why a text or number is no [`Sequence`] or [`Revision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Not a decimal number of the sequence's range.
    #[error("a sequence must be a decimal number without sign, of at most 64 bits")]
    Sequence,
    /// Not a decimal number of the revision's range.
    #[error("a revision must be a whole number from 1 to 4294967295")]
    Revision,
}

impl From<u64> for Sequence {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$}", self.0)
    }
}

impl FromStr for Sequence {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map(Self).map_err(|_| NumberError::Sequence)
        } else {
            Err(NumberError::Sequence)
        }
    }
}

impl Serialize for Sequence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_u64(self.0);
        }
        let mut digits = [b'0'; DIGITS];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        match std::str::from_utf8(&digits) {
            Ok(text) if rest == 0 => serializer.serialize_str(text),
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Sequence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Sequence;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence: a decimal string or a whole number")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Sequence, E> {
                Ok(Sequence(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Sequence, E> {
                text.parse().map_err(E::custom)
            }
        }

        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Visitor)
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}

/// Which version of a post's or comment's text is meant: 1 as it was created, one more with every edit.
///
/// On the wire a JSON number, and the `ETag` of what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Revision(NonZeroU32);

impl Revision {
    /// The version as it was created.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The version with this number; there is none numbered 0.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number itself, at least 1.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The version after an edit of this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl TryFrom<u32> for Revision {
    type Error = NumberError;

    fn try_from(number: u32) -> Result<Self, NumberError> {
        Self::new(number).ok_or(NumberError::Revision)
    }
}

impl From<Revision> for u32 {
    fn from(revision: Revision) -> Self {
        revision.get()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Revision {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map(Self).map_err(|_| NumberError::Revision)
        } else {
            Err(NumberError::Revision)
        }
    }
}
