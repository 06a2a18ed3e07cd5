//! A step whose tests were all left out has shown nothing, and says so.

use crate::machine::{Machine, row};

/// A cargo whose tests are all filtered out, and whose documentation has this many examples that are ignored.
fn cargo(ignored: u32) -> String {
    format!(
        r#"case "$*" in
    "nextest --version") exit 101 ;;
    *" --doc") echo "test result: ok. 0 passed; 0 failed; {ignored} ignored; 0 measured; 0 filtered out" ;;
    "test "*) echo "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 12 filtered out" ;;
esac"#
    )
}

#[test]
fn tests_that_were_all_filtered_out_are_a_failure() {
    let machine = Machine::new("filtered").with("cargo", &cargo(0));
    let (success, printed) = machine.xtask(&["test", "--only", "tests", "--fast"], "false");
    assert!(!success, "{printed}");
    let tests = row(&printed, "tests");
    assert!(tests.contains("FAILED") && tests.contains("no test ran: 0 passed, 0 failed, 12 skipped"), "{tests}");
}

#[test]
fn documentation_may_have_no_examples_but_not_only_ignored_ones() {
    let machine = Machine::new("no-examples").with("cargo", &cargo(0));
    let (success, printed) = machine.xtask(&["test", "--only", "doc-tests"], "false");
    assert!(success, "{printed}");
    assert!(row(&printed, "doc-tests").ends_with("none"), "{printed}");

    let machine = Machine::new("ignored-examples").with("cargo", &cargo(2));
    let (success, printed) = machine.xtask(&["test", "--only", "doc-tests"], "false");
    assert!(!success, "{printed}");
    assert!(row(&printed, "doc-tests").contains("FAILED"), "{printed}");
}
