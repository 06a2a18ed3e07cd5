//! Where something stands in an order by time: what lists, threads and their cursors have in common.

use std::fmt;
use std::str::FromStr;

use contract::Timestamp;

/// A place in an order by time. Things of the same millisecond stand in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place<I> {
    /// When.
    pub at: Timestamp,
    /// What.
    pub id: I,
}

/// The text is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cursor must be one that a Link gave.")]
pub struct PlaceError;

/// The cursor's form: milliseconds, a dot, the id.
impl<I: fmt::Display> fmt::Display for Place<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.millis(), self.id)
    }
}

impl<I: FromStr> FromStr for Place<I> {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (at, id) = text.split_once('.').ok_or(PlaceError)?;
        let at = Timestamp::from_millis(at.parse().map_err(|_| PlaceError)?);
        Ok(Self { at, id: id.parse().map_err(|_| PlaceError)? })
    }
}

/// Puts a place into a sorted list, unless it is there.
pub fn put<I: Ord>(places: &mut Vec<Place<I>>, place: Place<I>) {
    // Nearly always the newest.
    if places.last().is_none_or(|last| *last < place) {
        places.push(place);
    } else if let Err(index) = places.binary_search(&place) {
        places.insert(index, place);
    }
}

/// Takes a place out of a sorted list, if it is there.
pub fn take<I: Ord>(places: &mut Vec<Place<I>>, place: &Place<I>) {
    if let Ok(index) = places.binary_search(place) {
        places.remove(index);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use contract::PostId;

    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_written() {
        for millis in [0, -1, 1_700_000_000_123] {
            let place = Place { at: Timestamp::from_millis(millis), id: PostId::new() };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for bad in ["", ".", "1", "x.y", "1.", "1.2", "99999999999999999999.0190a3c4-0000-7000-8000-000000000000"] {
            assert_eq!(bad.parse::<Place<PostId>>(), Err(PlaceError), "{bad}");
        }
    }
}
