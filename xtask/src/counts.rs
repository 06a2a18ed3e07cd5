//! How many passed, failed and were skipped, read from what a test runner prints.
//!
//! Two runners are understood: `cargo nextest` (one `Summary` line) and `cargo test` (a `test result:` line per
//! binary). A run that names no count is no success: the reader then gets `None` and says so.

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
    fn output_without_a_count_is_no_result() {
        assert_eq!(of_nextest("error: could not compile `posts`"), None);
        assert_eq!(of_libtest("error: could not compile `posts`"), None);
    }
}
