//! What moderation counts.

use std::time::Duration;

use contract::Verdict;
use metrics::{Gauge, counter, gauge, histogram};

use crate::rules::Trouble;

/// The metrics' rule of a verdict that a person reached.
const MODERATOR: &str = "moderator";

/// A verdict was reached, and will be said.
pub(crate) fn verdict(verdict: &Verdict) {
    let rule = verdict.rule.as_deref().unwrap_or(MODERATOR);
    counter!("verdicts_total", "status" => verdict.status.as_str(), "rule" => rule.to_owned()).increment(1);
}

/// A text was judged, or could not be.
pub(crate) fn judgement(took: Duration, trouble: Option<(Trouble, &str)>) {
    histogram!("judgement_seconds").record(took.as_secs_f64());
    if let Some((trouble, rule)) = trouble {
        counter!("judgement_failures_total", "kind" => trouble.as_str(), "rule" => rule.to_owned()).increment(1);
    }
}

/// How many items wait for a moderator.
pub(crate) fn queue() -> Gauge {
    gauge!("moderation_queue")
}
