//! Folkmoot as one process.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::service::main_with(folkmoot::run)
}
