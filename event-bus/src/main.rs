//! The bus in a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::service::main_with(event_bus::run)
}
