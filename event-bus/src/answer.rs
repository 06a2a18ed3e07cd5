//! What a receiver's HTTP answer means for what was pushed. Pure, so that the whole table can be tested.
//!
//! Only 400, 413 and 422 (or a `refused` result in a batch's answer) speak against the event itself. Everything else
//! that is no success says something about the receiver: that it is down, too busy, or gone.
//!
//! A batch is done only where its answer says so, event by event. A list of results that is missing, short, cut or
//! unreadable leaves open what was taken, so all of the batch comes again.

use std::time::Duration;

use contract::Timestamp;
use serde::Deserialize;

/// What became of one event of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Done,
    /// The receiver has it and makes no use of it, for this reason: to it the event is not what its type says.
    Ignored(Box<str>),
    /// The receiver will not have it.
    Refused(Box<str>),
    /// The receiver will not have it now.
    Again(Box<str>),
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// One outcome per event, in order.
    Results(Vec<Outcome>),
    /// The receiver refuses what was pushed, all of it together.
    Refused(Box<str>),
    /// More than the receiver takes at once.
    TooLarge,
    /// The receiver wants no more pushes.
    Gone(Box<str>),
    /// The receiver failed or does not answer as one should.
    Down {
        /// What happened.
        reason: Box<str>,
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
        /// Whether it may have failed because of the very event that was pushed. Not if there was no connection, or
        /// if it said that it is too busy.
        suspicious: bool,
    },
}

/// How much of a receiver's words is kept, in characters.
const QUOTED: usize = 300;

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Told {
    Done {
        #[serde(default)]
        ignored: Option<String>,
    },
    Refused {
        reason: Option<String>,
    },
    Again {
        reason: Option<String>,
    },
}

/// Reads an answer. `batch` is how many events were pushed as an array, `None` for one by itself. `now` is for a
/// `Retry-After` that names a time.
pub fn verdict(status: u16, retry_after: Option<&str>, body: &[u8], batch: Option<usize>, now: Timestamp) -> Verdict {
    match status {
        200..=299 => results(status, body, batch),
        400 | 422 => Verdict::Refused(quote(status, body)),
        410 => Verdict::Gone(quote(status, body)),
        413 => Verdict::TooLarge,
        _ => Verdict::Down {
            reason: quote(status, body),
            retry_after: retry_after.and_then(|text| wait(text, now)),
            suspicious: !matches!(status, 429 | 503),
        },
    }
}

/// A success: of one event it is the event's own, of a batch it is what the results say.
fn results(status: u16, body: &[u8], batch: Option<usize>) -> Verdict {
    let Some(pushed) = batch else {
        // Foreign receivers answer whatever they like; ours answer with the one result.
        let told: Option<Told> = serde_json::from_slice(body).ok();
        return Verdict::Results(vec![match told {
            Some(Told::Done { ignored: Some(reason) }) => Outcome::Ignored(shorten(&reason)),
            _ => Outcome::Done,
        }]);
    };
    let unreadable = |what: String| Verdict::Down {
        reason: format!("answered {status} without a result for each of {pushed} events: {what}").into(),
        retry_after: None,
        suspicious: true,
    };
    let told: Vec<Told> = match serde_json::from_slice(body) {
        Ok(told) => told,
        Err(error) => return unreadable(shorten(&error.to_string()).into()),
    };
    if told.len() != pushed {
        return unreadable(format!("there are {}", told.len()));
    }
    let text = |reason: Option<String>| reason.map_or_else(|| "no reason given".into(), |reason| shorten(&reason));
    let outcomes = told.into_iter().map(|one| match one {
        Told::Done { ignored: None } => Outcome::Done,
        Told::Done { ignored: Some(reason) } => Outcome::Ignored(shorten(&reason)),
        Told::Refused { reason } => Outcome::Refused(text(reason)),
        Told::Again { reason } => Outcome::Again(text(reason)),
    });
    Verdict::Results(outcomes.collect())
}

/// The beginning of what a receiver says, on one line: it is kept, logged and shown.
pub fn shorten(text: &str) -> Box<str> {
    let line: String = text.trim().chars().filter(|c| !c.is_control()).take(QUOTED).collect();
    line.into()
}

/// The status and what was said with it: a problem's `detail` if there is one, else the beginning of the body.
fn quote(status: u16, body: &[u8]) -> Box<str> {
    #[derive(Deserialize)]
    struct Detail {
        detail: String,
    }
    let said = serde_json::from_slice(body).map_or_else(
        |_| String::from_utf8_lossy(&body[..body.len().min(4 * QUOTED)]).into_owned(),
        |d: Detail| d.detail,
    );
    let said = shorten(&said);
    if said.is_empty() { format!("answered {status}").into() } else { format!("answered {status}: {said}").into() }
}

/// `Retry-After` is seconds or an HTTP date (RFC 9110, 10.2.3).
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text).map(|time| time.since(now))
}

/// The date format that is sent today, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (time, zone) = (parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|&name| name == month)? + 1;
    if zone != "GMT" {
        return None;
    }
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn read(status: u16, body: &str, batch: Option<usize>) -> Verdict {
        verdict(status, None, body.as_bytes(), batch, Timestamp::EPOCH)
    }

    #[test]
    fn a_success_of_one_event_is_done_whatever_is_said_with_it() {
        for body in ["", "{}", "[]", "OK", "<html>", r#"[{"status":"refused"}]"#, r#"{"status":"refused"}"#] {
            assert_eq!(read(200, body, None), Verdict::Results(vec![Outcome::Done]), "{body}");
        }
        let ignored = r#"{"status":"done","ignored":"not from /posts"}"#;
        assert_eq!(read(200, ignored, None), Verdict::Results(vec![Outcome::Ignored("not from /posts".into())]));
    }

    #[test]
    fn a_batch_is_done_as_far_as_its_results_say_so() {
        let mixed = r#"[{"status":"done"},{"status":"refused","reason":"no"},{"status":"again"},
            {"status":"done","ignored":"not from /posts"},{"status":"done","more":[1]}]"#;
        let outcomes = vec![
            Outcome::Done,
            Outcome::Refused("no".into()),
            Outcome::Again("no reason given".into()),
            Outcome::Ignored("not from /posts".into()),
            Outcome::Done,
        ];
        assert_eq!(read(200, mixed, Some(5)), Verdict::Results(outcomes));
    }

    #[test]
    fn a_batch_without_a_result_for_each_event_comes_again() {
        let bodies = [
            "",
            "{}",
            "[]",
            "OK",
            "null",
            "<html><body>Welcome to nginx!</body></html>",
            r#"{"status":"done"}"#,
            r#"[{"status":"done"}]"#,
            r#"[{"status":"done"},{"status":"done"},{"status":"done"}]"#,
            r#"[{"status":"done"},{"status":"odd"}]"#,
            r#"[{"status":"done"},{"status":"do"#,
            r#"[{"status":"done"},{"status":"done"}"#,
            r#"[{"status":"done"},{"status":"done"}] and more"#,
            r#"[{"status":"done"},{"status":"refused","reason":7}]"#,
            r#"["done","done"]"#,
            "[1,2]",
            "[null,null]",
            "[{},{}]",
        ];
        for body in bodies {
            for status in [200, 202, 204, 207] {
                let Verdict::Down { suspicious: true, reason, .. } = read(status, body, Some(2)) else {
                    panic!("{status} {body}");
                };
                assert!(reason.starts_with(&format!("answered {status} without")), "{reason}");
            }
        }
    }

    #[test]
    fn only_two_statuses_speak_against_the_event() {
        assert_eq!(read(400, "", Some(2)), Verdict::Refused("answered 400".into()));
        let problem = r#"{"title":"x","detail":"no such post"}"#;
        assert_eq!(read(422, problem, None), Verdict::Refused("answered 422: no such post".into()));
        assert_eq!(read(410, "bye\0\n", None), Verdict::Gone("answered 410: bye".into()));
        assert_eq!(read(413, "", None), Verdict::TooLarge);
        for (status, suspect) in [
            (100, true),
            (301, true),
            (401, true),
            (403, true),
            (404, true),
            (405, true),
            (408, true),
            (409, true),
            (429, false),
            (500, true),
            (502, true),
            (503, false),
            (504, true),
        ] {
            let reason = format!("answered {status}").into();
            assert_eq!(read(status, "", None), Verdict::Down { reason, retry_after: None, suspicious: suspect });
        }
    }

    #[test]
    fn a_wait_is_read_in_seconds_or_as_a_date() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
        let table = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("soon", None),
            ("-1", None),
        ];
        for (text, seconds) in table {
            assert_eq!(wait(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn what_is_kept_of_an_answer_is_short() {
        let long = "ä\n".repeat(5000);
        let Verdict::Refused(reason) = read(400, &long, None) else { panic!() };
        assert!(reason.chars().count() <= QUOTED + 20);
        let result =
            |status: &str, key: &str| format!(r#"[{{"status":"{status}","{key}":{}}}]"#, serde_json::json!(long));
        for body in [result("refused", "reason"), result("again", "reason"), result("done", "ignored")] {
            let Verdict::Results(outcomes) = read(200, &body, Some(1)) else { panic!("{body}") };
            let (Outcome::Refused(reason) | Outcome::Again(reason) | Outcome::Ignored(reason)) = &outcomes[0] else {
                panic!("{outcomes:?}")
            };
            assert_eq!(**reason, "ä".repeat(QUOTED));
        }
    }
}
