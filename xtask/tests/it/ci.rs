//! How strict the client's own tools are is said once: by `--ci`, or by the variable `CI`.

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
