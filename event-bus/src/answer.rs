//! What a receiver's HTTP answer means for what was pushed. Pure, so that the whole table can be tested.
//!
//! Only 400 and 422 (or a `refused` result in a batch's answer) speak against the event itself. Everything else that
//! is no success says something about the receiver: that it is down, too busy, or gone.

use std::time::Duration;

use contract::Timestamp;
use serde::Deserialize;

/// What became of one event of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Done,
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
    Done,
    Refused { reason: Option<String> },
    Again { reason: Option<String> },
}

/// Reads an answer. `batch` is how many events were pushed as an array, `None` for one by itself. `now` is for a
/// `Retry-After` that names a time.
pub fn verdict(status: u16, retry_after: Option<&str>, body: &[u8], batch: Option<usize>, now: Timestamp) -> Verdict {
    match status {
        200..=299 => Verdict::Results(results(body, batch)),
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

/// A receiver that knows nothing of results has taken all it was given.
fn results(body: &[u8], batch: Option<usize>) -> Vec<Outcome> {
    let Some(pushed) = batch else { return vec![Outcome::Done] };
    let told: Option<Vec<Told>> = serde_json::from_slice(body).ok();
    let Some(told) = told.filter(|told| told.len() == pushed) else { return vec![Outcome::Done; pushed] };
    let text = |reason: Option<String>| reason.unwrap_or_else(|| "no reason given".to_owned()).into();
    told.into_iter()
        .map(|one| match one {
            Told::Done => Outcome::Done,
            Told::Refused { reason } => Outcome::Refused(text(reason)),
            Told::Again { reason } => Outcome::Again(text(reason)),
        })
        .collect()
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
    let said: String = said.trim().chars().filter(|c| !c.is_control()).take(QUOTED).collect();
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
    fn a_success_is_one_done_per_event_unless_results_say_otherwise() {
        let done = |n| Verdict::Results(vec![Outcome::Done; n]);
        for body in ["", "{}", "[]", "OK", r#"[{"status":"refused"}]"#] {
            assert_eq!(read(200, body, None), done(1), "{body}");
        }
        for body in ["", "{}", "[]", r#"[{"status":"done"}]"#, r#"[{"status":"done"},{"status":"odd"}]"#, "[1,2]"] {
            assert_eq!(read(204, body, Some(2)), done(2), "{body}");
        }
        let mixed = r#"[{"status":"done"},{"status":"refused","reason":"no"},{"status":"again"}]"#;
        let outcomes = vec![Outcome::Done, Outcome::Refused("no".into()), Outcome::Again("no reason given".into())];
        assert_eq!(read(200, mixed, Some(3)), Verdict::Results(outcomes));
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
    fn a_long_answer_is_cut() {
        let Verdict::Refused(reason) = read(400, &"ä".repeat(5000), None) else { panic!() };
        assert!(reason.chars().count() <= QUOTED + 20);
    }
}
