//! Prints the version of the SQLite that is built in, and fails if it is one that may damage a database.

use std::process::ExitCode;

use chassis::store::{SAFE_SQLITE, sqlite_version};

fn main() -> ExitCode {
    match sqlite_version() {
        Ok(version) if version >= SAFE_SQLITE => {
            let (major, minor, patch) = version;
            println!("{major}.{minor}.{patch}");
            ExitCode::SUCCESS
        }
        other => {
            println!("{other:?} is not {SAFE_SQLITE:?} or later");
            ExitCode::FAILURE
        }
    }
}
