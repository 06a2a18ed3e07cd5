//! What a reader asks for: from where, and which events. The same parameters for paging, NDJSON and streams.

use chassis::problem::Problem;
use chassis::route::Head;
use contract::{LogId, Sequence, Timestamp};

use crate::engine::{ReadError, Selection};
use crate::http::Bus;

/// From where to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// After this place; 0 is the beginning.
    After(Sequence),
    /// What was recorded at this time or later.
    Since(Timestamp),
    /// Only what is new.
    Tail,
}

/// A reader's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) from: From,
    pub(crate) selection: Selection,
    pub(crate) log: Option<LogId>,
}

impl Reading {
    /// Reads `after`, `since`, `tail`, `type` (repeated or comma-separated), `subject` and `logid`, and, where none of
    /// the first three is there, `Last-Event-ID`. Other parameters are ignored.
    ///
    /// # Errors
    /// 422 naming the parameter.
    pub(crate) fn of(head: &Head) -> Result<Self, Problem> {
        let mut from = None;
        let mut reading = Self { from: From::After(Sequence::ZERO), selection: Selection::default(), log: None };
        for (name, value) in form_urlencoded::parse(head.query.as_deref().unwrap_or_default().as_bytes()) {
            let wrong = |detail: &str| Problem::invalid_field(format!("?{name}"), detail);
            let begun = match &*name {
                "after" => From::After(value.parse().map_err(|_| wrong("`after` must be a sequence: digits only."))?),
                "since" => From::Since(value.parse().map_err(|_| wrong(since_hint(&value)))?),
                "tail" if matches!(&*value, "" | "true" | "1") => From::Tail,
                "tail" => return Err(wrong("`tail` takes no value.")),
                "type" => {
                    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                        reading.selection.types.get_or_insert_default().insert(name.into());
                    }
                    continue;
                }
                "subject" => {
                    reading.selection.subject = Some(value.into());
                    continue;
                }
                "logid" => {
                    reading.log = Some(value.parse().map_err(|_| wrong("`logid` must be a log's id, a UUID."))?);
                    continue;
                }
                _ => continue,
            };
            if from.replace(begun).is_some() {
                return Err(wrong("Only one of `after`, `since` and `tail` may be given, once."));
            }
        }
        // It outweighs where the reader began: a browser that reconnects sends the address that it opened and this.
        if let Some(last) = head.header("last-event-id").filter(|last| !last.is_empty()) {
            let last = last.parse().map_err(|_| {
                Problem::invalid_field("Last-Event-ID", "`Last-Event-ID` must be a sequence: digits only.")
            })?;
            from = Some(From::After(last));
        }
        reading.from = from.unwrap_or(reading.from);
        Ok(reading)
    }

    /// The place to read after, if this is the right log and it reaches that far.
    ///
    /// # Errors
    /// 409 if not; or the log cannot be read.
    pub(crate) async fn begin(&self, bus: &Bus) -> Result<Sequence, Problem> {
        bus.check_log(self.log)?;
        let head = bus.head();
        match self.from {
            From::After(after) if after > head => Err(ReadError::Ahead { after, head }.into()),
            From::After(after) => Ok(after),
            From::Since(time) => Ok(bus.log().before_time(time).await?),
            From::Tail => Ok(head),
        }
    }
}

/// A plus that is not escaped comes as a blank, and so the time has one in place of its offset's sign.
fn since_hint(value: &str) -> &'static str {
    if value.get(19..).is_some_and(|end| end.contains(' ')) {
        "`since` must be a time such as 2026-01-31T12:00:00Z; in a query the + of an offset is written %2B, as in \
         2026-01-31T12:00:00%2B01:00."
    } else {
        "`since` must be a time such as 2026-01-31T12:00:00Z."
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use http::HeaderValue;

    use super::*;

    fn reading(query: &str, last: Option<&'static str>) -> Result<Reading, String> {
        let mut head = Head { query: Some(query.to_owned()), ..Head::default() };
        if let Some(last) = last {
            head.headers.insert("last-event-id", HeaderValue::from_static(last));
        }
        Reading::of(&head).map_err(|problem| problem.errors()[0].pointer.clone())
    }

    #[test]
    fn a_reader_says_from_where() {
        let from = |query, last| reading(query, last).unwrap().from;
        assert_eq!(from("", None), From::After(Sequence::ZERO));
        assert_eq!(from("after=7", None), From::After(Sequence::new(7)));
        assert_eq!(from("after=0000000000000007", None), From::After(Sequence::new(7)));
        assert_eq!(from("after=0000000000000007", Some("9")), From::After(Sequence::new(9)));
        assert_eq!(from("tail", Some("9")), From::After(Sequence::new(9)));
        assert_eq!(from("", Some("0000000000000009")), From::After(Sequence::new(9)));
        assert_eq!(from("tail", None), From::Tail);
        assert_eq!(from("since=1970-01-01T00:00:00.000Z", None), From::Since(Timestamp::EPOCH));
    }

    #[test]
    fn a_reader_says_which() {
        let selection = reading("type=A,B&type=C&subject=s%20t&x=y", None).unwrap().selection;
        assert_eq!(selection.types.unwrap().into_iter().collect::<Vec<_>>(), ["A".into(), "B".into(), "C".into()]);
        assert_eq!(selection.subject.as_deref(), Some("s t"));
        assert_eq!(reading("type=", None).unwrap().selection, Selection::default());
    }

    #[test]
    fn a_plus_that_was_not_escaped_is_named() {
        let detail = |query: &str| {
            let head = Head { query: Some(query.to_owned()), ..Head::default() };
            Reading::of(&head).map_err(|problem| problem.errors()[0].detail.clone())
        };
        assert!(detail("since=2026-01-31T12:00:00+01:00").unwrap_err().contains("%2B"));
        assert!(detail("since=2026-01-31T12:00:00.5+01:00").unwrap_err().contains("%2B"));
        assert!(!detail("since=yesterday").unwrap_err().contains("%2B"));
        let read = detail("since=2026-01-31T12:00:00%2B01:00").unwrap();
        assert_eq!(read.from, From::Since("2026-01-31T11:00:00Z".parse().unwrap()));
        assert_eq!(
            detail("since=2026-01-31T12:00:00-01:00").unwrap().from,
            From::Since("2026-01-31T13:00:00Z".parse().unwrap())
        );
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (query, pointer) in [
            ("after=x", "?after"),
            ("after=-1", "?after"),
            ("after=", "?after"),
            ("since=yesterday", "?since"),
            ("tail=no", "?tail"),
            ("logid=7", "?logid"),
            ("after=1&tail", "?tail"),
            ("after=1&after=2", "?after"),
        ] {
            assert_eq!(reading(query, None).unwrap_err(), pointer, "{query}");
        }
        assert_eq!(reading("", Some("x")).unwrap_err(), "Last-Event-ID");
    }
}
