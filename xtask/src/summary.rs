//! What `cargo xtask test` says at its end: a table, what was left out and why, and the count as the last line alone.

use std::fmt::{self, Display};
use std::time::Duration;

use crate::counts::Counts;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything in it held.
    Passed,
    /// Something in it did not hold, or it could not run and should have.
    Failed,
    /// Left out.
    Skipped,
    /// Checked as part of another step, named in the note.
    Within,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The step's name, as `--only` takes it.
    pub step: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
    /// What it adds to the last line.
    pub counts: Counts,
    /// What else to say: why it was skipped, how many tests it had.
    pub note: String,
}

impl Row {
    /// A step that is itself one check, and ran.
    pub fn single(step: &'static str, passed: bool, took: Duration) -> Self {
        let (outcome, counts) =
            if passed { (Outcome::Passed, Counts::PASSED) } else { (Outcome::Failed, Counts::FAILED) };
        Self { step, outcome, took, counts, note: String::new() }
    }

    /// A step that was left out, and why.
    pub fn skipped(step: &'static str, why: impl Into<String>) -> Self {
        Self { step, outcome: Outcome::Skipped, took: Duration::ZERO, counts: Counts::SKIPPED, note: why.into() }
    }

    /// A step for which something is not on this machine: left out, or a failure where everything has to be there.
    pub fn missing(step: &'static str, why: impl Into<String>, must_be_there: bool) -> Self {
        let row = Self::skipped(step, why);
        if must_be_there { Self { outcome: Outcome::Failed, counts: Counts::FAILED, ..row } } else { row }
    }

    /// A step of many tests. It failed if the runner did, whatever it counted; and a run in which no test passed has not
    /// shown that anything holds, however many it left out.
    pub fn tests(step: &'static str, success: bool, counted: Option<Counts>, took: Duration) -> Self {
        let mut counts = counted.unwrap_or_default();
        let mut note = format!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped);
        if counted.is_none() {
            "no count in the output: it did not build, or the runner did not finish".clone_into(&mut note);
        }
        if counted.is_some() && counts.passed + counts.failed == 0 {
            note = format!("no test ran: {note}");
        }
        if counts.failed == 0 && (!success || counts.passed == 0) {
            counts.failed = 1;
        }
        let outcome = if counts.failed == 0 { Outcome::Passed } else { Outcome::Failed };
        Self { step, outcome, took, counts, note }
    }

    /// The same for tests of which there may be none at all. What was left out is there.
    pub fn tests_if_any(step: &'static str, success: bool, counted: Option<Counts>, took: Duration) -> Self {
        if success && counted == Some(Counts::default()) {
            let counts = Counts::default();
            return Self { step, outcome: Outcome::Passed, took, counts, note: "none".to_owned() };
        }
        Self::tests(step, success, counted, took)
    }

    /// The row with this note.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// All rows, in the order in which the steps ran.
pub struct Summary(pub Vec<Row>);

impl Summary {
    /// The sum over all rows.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for row in &self.0 {
            sum += row.counts;
        }
        sum
    }
}

impl Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "== summary")?;
        for row in &self.0 {
            let result = match row.outcome {
                Outcome::Passed => "passed",
                Outcome::Failed => "FAILED",
                Outcome::Skipped => "skipped",
                Outcome::Within => "within",
            };
            let took = if row.took.is_zero() { String::new() } else { format!("{:.1} s", row.took.as_secs_f64()) };
            let line = format!("  {:<12} {result:<8} {took:>8}  {}", row.step, row.note);
            writeln!(out, "{}", line.trim_end())?;
        }
        let Counts { passed, failed, skipped } = self.counts();
        write!(out, "{passed} passed, {failed} failed")?;
        if skipped > 0 {
            write!(out, ", {skipped} skipped")?;
        }
        writeln!(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn last_line(rows: Vec<Row>) -> String {
        Summary(rows).to_string().lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_last_line_is_the_sum_of_steps_and_tests() {
        let tests = Row::tests("tests", true, Some(Counts { passed: 40, failed: 0, skipped: 0 }), SECOND);
        assert_eq!(last_line(vec![Row::single("format", true, SECOND), tests]), "41 passed, 0 failed");
    }

    #[test]
    fn what_was_skipped_is_counted_and_its_reason_stands_in_the_table() {
        let summary =
            Summary(vec![Row::skipped("deny", "cargo-deny is not installed"), Row::single("docs", false, SECOND)]);
        let text = summary.to_string();
        assert!(text.contains("cargo-deny is not installed"), "{text}");
        assert!(text.ends_with("\n0 passed, 1 failed, 1 skipped\n"), "{text}");
    }

    #[test]
    fn what_is_missing_is_named_and_fails_only_where_everything_has_to_be_there() {
        for (must_be_there, last) in [(false, "0 passed, 0 failed, 1 skipped"), (true, "0 passed, 1 failed")] {
            let row = Row::missing("client", "no Node", must_be_there);
            assert_eq!(row.note, "no Node");
            assert_eq!(last_line(vec![row]), last);
        }
    }

    #[test]
    fn a_runner_that_failed_without_a_failed_test_is_one_failure() {
        let counted = Some(Counts { passed: 3, failed: 0, skipped: 0 });
        assert_eq!(Row::tests("tests", false, counted, SECOND).counts.failed, 1);
        assert_eq!(Row::tests("tests", false, None, SECOND).counts.failed, 1);
        assert_eq!(Row::tests("tests", true, None, SECOND).outcome, Outcome::Failed);
    }

    #[test]
    fn a_run_in_which_nothing_ran_is_a_failure() {
        for skipped in [0, 12] {
            let row = Row::tests("browser", true, Some(Counts { passed: 0, failed: 0, skipped }), SECOND);
            assert_eq!((row.outcome, row.counts), (Outcome::Failed, Counts { passed: 0, failed: 1, skipped }));
            assert_eq!(row.note, format!("no test ran: 0 passed, 0 failed, {skipped} skipped"));
        }
    }

    #[test]
    fn where_there_may_be_no_tests_what_was_left_out_is_a_failure_all_the_same() {
        let none = Row::tests_if_any("doc-tests", true, Some(Counts::default()), SECOND);
        assert_eq!((none.outcome, none.counts, &*none.note), (Outcome::Passed, Counts::default(), "none"));
        let left_out = Some(Counts { passed: 0, failed: 0, skipped: 2 });
        for (success, counted) in [(true, left_out), (true, None), (false, Some(Counts::default()))] {
            assert_eq!(Row::tests_if_any("doc-tests", success, counted, SECOND).outcome, Outcome::Failed);
        }
    }
}
