//! What is not on the machine is named with what to install: left out on a person's machine, a failure on CI.

use crate::machine::{CARGO, CARGO_WITH_NEXTEST, Machine, row};

#[test]
fn without_python_the_interop_tests_are_left_out_by_name() {
    let machine = Machine::new("python").with("cargo", CARGO_WITH_NEXTEST);
    let (success, printed) = machine.xtask(&["test", "--only", "tests"], "false");
    assert!(success, "{printed}");
    let interop = row(&printed, "interop");
    assert!(interop.contains("skipped") && interop.contains("no python3 with venv; install it"), "{interop}");
    assert!(printed.contains("FOLKMOOT_SKIP_INTEROP='no python3 with venv"), "{printed}");
    assert!(row(&printed, "tests").contains("2 passed"), "{printed}");

    let (success, printed) = machine.xtask(&["test", "--only", "tests"], "true");
    assert!(!success, "{printed}");
    assert!(row(&printed, "interop").contains("FAILED"), "{printed}");
    assert!(row(&printed, "tests").contains("2 passed"), "the others ran all the same: {printed}");
}

#[test]
fn without_the_programs_of_others_the_tests_of_deployment_are_left_out_by_name() {
    let machine = Machine::new("tools").with("cargo", CARGO_WITH_NEXTEST);
    let machine = machine.with("kubectl", "echo 'Kustomize Version: v4.5.7'");
    let (success, printed) = machine.xtask(&["test", "--only", "tests"], "false");
    assert!(success, "{printed}");
    let tools = row(&printed, "tools");
    assert!(tools.contains("skipped") && tools.contains("no kubectl 1.27 or later (https://"), "{tools}");
    assert!(tools.contains("no bubblewrap (Debian: apt-get install bubblewrap)"), "{tools}");
    assert!(printed.contains("interop|deploy|nginx"), "{printed}");

    let (success, printed) = machine.xtask(&["test", "--only", "tests"], "true");
    assert!(!success, "{printed}");
    assert!(row(&printed, "tools").contains("FAILED"), "{printed}");
    assert!(row(&printed, "tests").contains("2 passed"), "the others ran all the same: {printed}");
}

#[test]
fn without_nextest_cargo_runs_the_tests_and_says_so() {
    let machine = Machine::new("nextest").with("cargo", CARGO);
    let (success, printed) = machine.xtask(&["test", "--only", "tests", "--fast"], "false");
    assert!(success, "{printed}");
    let nextest = row(&printed, "nextest");
    assert!(nextest.contains("skipped") && nextest.contains("cargo install --locked cargo-nextest"), "{nextest}");
    assert!(row(&printed, "tests").contains("2 passed"), "{printed}");

    let (success, printed) = machine.xtask(&["test", "--only", "tests", "--fast"], "true");
    assert!(!success, "{printed}");
    assert!(row(&printed, "nextest").contains("FAILED"), "{printed}");
    assert!(row(&printed, "tests").contains("passed"), "{printed}");
}

#[test]
fn without_node_the_client_and_the_browser_are_left_out_by_name() {
    for (name, node, says) in [
        ("none", None, "there is no Node; install Node 20.19"),
        ("old", Some("echo v18.20.4"), "Node is v18.20.4, too old"),
    ] {
        let mut machine = Machine::new(&format!("node-{name}")).with("cargo", CARGO);
        if let Some(script) = node {
            machine = machine.with("node", script).with("npm", "exit 0");
        }
        for step in ["client", "browser"] {
            let (success, printed) = machine.xtask(&["test", "--only", step], "false");
            assert!(success, "{printed}");
            let told = row(&printed, step);
            assert!(told.contains("skipped") && told.contains(says), "{told}");
            let (success, printed) = machine.xtask(&["test", "--only", step], "true");
            assert!(!success, "{printed}");
            assert!(row(&printed, step).contains("FAILED"), "{printed}");
        }
    }
}

#[test]
fn without_chromium_the_browser_is_left_out_by_name() {
    let machine = Machine::new("chromium").with("cargo", CARGO).with("node", "echo v22.0.0").with("npm", "exit 0");
    let (success, printed) = machine.xtask(&["test", "--only", "browser"], "false");
    assert!(success, "{printed}");
    let told = row(&printed, "browser");
    assert!(told.contains("skipped") && told.contains("apt-get install chromium"), "{told}");
    let (success, printed) = machine.xtask(&["test", "--only", "browser"], "true");
    assert!(!success, "{printed}");
    assert!(row(&printed, "browser").contains("FAILED"), "{printed}");
}

#[test]
fn fast_leaves_out_the_browser() {
    let machine = Machine::new("fast").with("cargo", CARGO);
    let (_, printed) = machine.xtask(&["test", "--only", "browser", "--fast"], "true");
    assert!(row(&printed, "browser").contains("left out by --fast"), "{printed}");
}
