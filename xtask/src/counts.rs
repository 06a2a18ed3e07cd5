//! How many passed, failed and were skipped, read from what a test runner prints.
//!
//! Four runners are understood: `cargo nextest` (one `Summary` line), `cargo test` (a `test result:` line per binary),
//! vitest (a `Tests` line) and Playwright (a line per outcome). A run that names no count is no success: the reader then
//! gets `None` and says so.

use std::ops::AddAssign;

/// A number of checks by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ran and held.
    pub passed: u64,
    /// Ran and did not hold, or should have run and did not.
    pub failed: u64,
    /// Left out, with a reason elsewhere in the summary.
    pub skipped: u64,
}

impl Counts {
    /// One check that held.
    pub const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    /// One check that did not hold.
    pub const FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };
    /// One check that was left out.
    pub const SKIPPED: Self = Self { passed: 0, failed: 0, skipped: 1 };
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The counts in the output of nextest: its last `Summary [..] 5/9 tests run: 3 passed (1 slow), 1 failed, 2 skipped`.
pub fn of_nextest(output: &str) -> Option<Counts> {
    let plain = without_colours(output);
    let summary = plain.lines().rfind(|line| line.trim_start().starts_with("Summary [") && line.contains(" run: "))?;
    let (head, tail) = summary.split_once(" run: ")?;
    let mut counts = Counts::default();
    for (number, word) in numbered_words(tail) {
        match word {
            "passed" => counts.passed += number,
            "skipped" => counts.skipped += number,
            // failed, timed out, exec failed, and whatever else is not a success
            _ => counts.failed += number,
        }
    }
    counts.failed += not_run(head);
    Some(counts)
}

/// The sum of all `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out` lines of libtest.
pub fn of_libtest(output: &str) -> Option<Counts> {
    let plain = without_colours(output);
    let mut results = plain.lines().filter_map(|line| line.trim_start().strip_prefix("test result:")).peekable();
    results.peek()?;
    let mut counts = Counts::default();
    for (number, word) in results.flat_map(numbered_words) {
        match word {
            "passed" | "measured" => counts.passed += number,
            "failed" => counts.failed += number,
            "ignored" | "filtered" => counts.skipped += number,
            _ => {}
        }
    }
    Some(counts)
}

/// The counts in the output of vitest: its last `Tests  1 failed | 8 passed | 2 skipped (11)`. Beside it stands a line
/// for the files, and one for errors outside of tests, if there were any.
pub fn of_vitest(output: &str) -> Option<Counts> {
    let plain = without_colours(output);
    let labelled = |label: &str| plain.lines().rev().find_map(|line| line.trim_start().strip_prefix(label));
    let counted = |rest: &str| rest.starts_with(' ') && numbered_words(rest).next().is_some();
    let mut counts = Counts::default();
    for (number, word) in numbered_words(labelled("Tests").filter(|rest| counted(rest))?) {
        match word {
            "passed" => counts.passed += number,
            "skipped" | "todo" => counts.skipped += number,
            _ => counts.failed += number,
        }
    }
    counts.failed += labelled("Errors").into_iter().flat_map(numbered_words).map(|(number, _)| number).sum::<u64>();
    Some(counts)
}

/// The counts in the output of Playwright: `2 failed`, `1 skipped`, `3 did not run`, `10 passed (1.2s)`, each on a line
/// of its own. A flaky test passed in the end.
pub fn of_playwright(output: &str) -> Option<Counts> {
    let plain = without_colours(output);
    let mut counts = Counts::default();
    let mut any = false;
    for line in plain.lines() {
        let line = line.trim().split(" (").next().unwrap_or_default();
        let Some((number, word)) = line.split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match word {
            "passed" | "flaky" => counts.passed += number,
            "skipped" => counts.skipped += number,
            "failed" | "interrupted" | "did not run" => counts.failed += number,
            _ => continue,
        }
        any = true;
    }
    any.then_some(counts)
}

/// The numbers of `3 passed (1 slow), 1 timed out; 2 skipped` with the word after each; what stands in brackets is
/// part of another number and left out.
fn numbered_words(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let mut depth = 0_u32;
    let mut pieces = text.split_whitespace().filter(move |piece| {
        let outside = depth == 0 && !piece.starts_with('(');
        depth += u32::try_from(piece.matches('(').count()).unwrap_or(0);
        depth = depth.saturating_sub(u32::try_from(piece.matches(')').count()).unwrap_or(0));
        outside
    });
    let mut number = None;
    std::iter::from_fn(move || {
        loop {
            let piece = pieces.next()?.trim_matches([',', ';', '.']);
            match (number.take(), piece.parse::<u64>()) {
                (_, Ok(parsed)) => number = Some(parsed),
                (Some(number), Err(_)) => return Some((number, piece)),
                (None, Err(_)) => {}
            }
        }
    })
}

/// Of `Summary [ 5.0s] 4/10 tests` the six that never ran.
fn not_run(head: &str) -> u64 {
    let fraction = head.split_whitespace().find_map(|piece| piece.split_once('/'));
    let parsed = fraction.and_then(|(run, all)| Some((run.parse::<u64>().ok()?, all.parse::<u64>().ok()?)));
    parsed.map_or(0, |(run, all)| all.saturating_sub(run))
}

/// The text without ANSI colour sequences (`ESC [ .. letter`).
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next == '\u{1b}' {
            rest.by_ref().skip(1).find(char::is_ascii_alphabetic);
        } else {
            plain.push(next);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn nextest_summaries_are_read() {
        let cases = [
            ("     Summary [   0.004s] 3 tests run: 3 passed, 0 skipped", counts(3, 0, 0)),
            ("     Summary [   1.204s] 1 test run: 1 passed, 12 skipped", counts(1, 0, 12)),
            (
                "  Summary [ 60.0s] 12 tests run: 8 passed (1 slow, 2 leaky), 3 failed, 1 timed out, 4 skipped",
                counts(8, 4, 4),
            ),
            ("  Summary [ 9.0s] 4/10 tests run: 3 passed, 1 failed, 0 skipped", counts(3, 7, 0)),
            ("  Summary [ 9.0s] 2 tests run: 1 passed, 1 exec failed, 0 skipped", counts(1, 1, 0)),
        ];
        for (line, expected) in cases {
            assert_eq!(of_nextest(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn colours_do_not_matter() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m1\u{1b}[0m skipped";
        assert_eq!(of_nextest(line), Some(counts(2, 0, 1)));
    }

    #[test]
    fn the_last_summary_counts_and_failures_listed_after_it_do_not() {
        let output = "Summary [ 1s] 1 test run: 1 passed, 0 skipped\nnoise\n Summary [ 2s] 2 tests run: 1 passed, 1 failed, 0 skipped\n   FAIL [ 0.1s] posts::it 3 failed\nerror: test run failed";
        assert_eq!(of_nextest(output), Some(counts(1, 1, 0)));
    }

    #[test]
    fn libtest_results_add_up() {
        let output = "running 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n\
                      test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 4 filtered out; finished in 1.50s\n";
        assert_eq!(of_libtest(output), Some(counts(5, 1, 6)));
    }

    #[test]
    fn vitest_summaries_are_read() {
        let output = " Test Files  1 failed | 3 passed (4)\n      Tests  2 failed | 10 passed | 1 skipped | 1 todo (14)\n   Start at  09:00:00\n";
        assert_eq!(of_vitest(output), Some(counts(10, 2, 2)));
        let output = " \u{1b}[2m Test Files \u{1b}[22m \u{1b}[1m\u{1b}[32m4 passed\u{1b}[39m\u{1b}[22m (4)\n\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m14 passed\u{1b}[39m\u{1b}[22m (14)\n";
        assert_eq!(of_vitest(output), Some(counts(14, 0, 0)));
        let output = " Test Files  1 passed (1)\n      Tests  3 passed (3)\n     Errors  1 error\n";
        assert_eq!(of_vitest(output), Some(counts(3, 1, 0)));
        for output in ["No test files found, exiting with code 1", " Test Files  1 failed (1)\n      Tests  no tests\n"]
        {
            assert_eq!(of_vitest(output), None, "{output}");
        }
    }

    #[test]
    fn playwright_summaries_are_read() {
        assert_eq!(of_playwright("Running 3 tests using 2 workers\n\n  3 passed (4.5s)\n"), Some(counts(3, 0, 0)));
        let output = "  1 failed\n    a.spec.ts:3:1 > posting > 2 failed tries\n  1 flaky\n  2 skipped\n  4 did not run\n  10 passed (1.2m)\n";
        assert_eq!(of_playwright(output), Some(counts(11, 5, 2)));
        assert_eq!(of_playwright("Error: No tests found"), None);
    }

    #[test]
    fn output_without_a_count_is_no_result() {
        assert_eq!(of_nextest("error: could not compile `posts`"), None);
        assert_eq!(of_libtest("error: could not compile `posts`"), None);
    }
}
