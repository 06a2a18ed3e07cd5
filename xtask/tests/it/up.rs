//! `cargo xtask up`: what it is told for the board reaches the board, and what it lacks is named.

use std::fs;

use crate::machine::Machine;

#[test]
fn without_node_the_board_runs_all_the_same_and_gets_its_arguments() {
    let machine = Machine::new("up").with("cargo", "echo \"$@\" > told");
    let (success, printed) = machine.xtask(&["up", "--", "--demo", "--data-dir", "here"], "");
    assert!(success, "{printed}");
    let said = "The board runs without its browser client, with a plain page: there is no Node; install Node 20.19";
    assert!(printed.contains(said), "{printed}");
    let told = fs::read_to_string(machine.folder().join("told")).unwrap();
    assert!(told.ends_with("--package folkmoot --bin folkmoot -- --demo --data-dir here --open-front\n"), "{told}");
}
