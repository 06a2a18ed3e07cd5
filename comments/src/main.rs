//! The comments service as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::service::main_with(comments::run)
}
