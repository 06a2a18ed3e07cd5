//! `cargo xtask measure`: figures of the real binaries under load. What it does is in [`e2e::measure`].

use std::process::ExitCode;

use clap::Parser;
use e2e::measure::{self, Settings};

// One thread: the generator shares the cores with what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match measure::run(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
