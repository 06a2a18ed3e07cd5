//! `cargo xtask images`: the container images, built with whatever builds images here; and `--check`, which builds them
//! where no registry can be reached and looks at what came out.
//!
//! The Dockerfile is the only description of an image. What is said of images here (their names, what must hold of each) is
//! held against it, and against `docker-bake.hcl`, by the tests in `images/dockerfile.rs`.

use std::path::Path;
use std::process::ExitCode;
#[cfg(unix)]
use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::step;
use crate::summary::{Row, Summary};

#[cfg(unix)]
mod check;
#[cfg(any(unix, test))]
mod dockerfile;
mod tool;

use tool::Tool;

/// The name of the check in the summary.
pub const STEP: &str = "images";

/// What to build.
#[derive(Args)]
pub struct Options {
    /// Builds only these images
    #[arg(value_enum, value_name = "NAME")]
    names: Vec<Image>,
    /// The tag of what is built: folkmoot/NAME:TAG
    #[arg(long, default_value = "dev")]
    tag: String,
    /// Builds all of them without a registry, on stand-ins of the base images, and checks what came out
    #[arg(long, conflicts_with_all = ["names", "tag"])]
    check: bool,
}

/// An image that the Dockerfile describes; its name is that of its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Image {
    /// The event bus
    EventBus,
    /// Posts
    Posts,
    /// Comments
    Comments,
    /// The read model
    Query,
    /// Moderation
    Moderation,
    /// All services in one process, with the pages
    Folkmoot,
    /// The pages, and the front door of a board whose services run apart
    Client,
}

impl Image {
    /// Its target in the Dockerfile.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventBus => "event-bus",
            Self::Posts => "posts",
            Self::Comments => "comments",
            Self::Query => "query",
            Self::Moderation => "moderation",
            Self::Folkmoot => "folkmoot",
            Self::Client => "client",
        }
    }

    /// What it is called once it is built.
    pub fn tagged(self, tag: &str) -> String {
        format!("folkmoot/{}:{tag}", self.name())
    }
}

/// Builds images, or checks them.
///
/// # Errors
/// If there is nothing here that builds images.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    if options.check {
        // Whoever asks for the check by name wants to hear that it could not be made.
        let summary = Summary(vec![check(root, true)]);
        print!("\n{summary}");
        return Ok(if summary.counts().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let images = if options.names.is_empty() { Image::value_variants() } else { &*options.names };
    let tool = Tool::find().map_err(anyhow::Error::msg)?;
    for (name, command) in tool.commands(root, images, &options.tag) {
        if !step::watch(&format!("{STEP} {name}"), command).success {
            println!("\nThe image could not be built; what is above says why.");
            return Ok(ExitCode::FAILURE);
        }
    }
    println!("\nBuilt:");
    for image in images {
        println!("  {}", image.tagged(&options.tag));
    }
    Ok(ExitCode::SUCCESS)
}

/// The step of `cargo xtask test`: all images, as they come out where no registry can be reached.
#[cfg(unix)]
pub fn check(root: &Path, must_be_there: bool) -> Row {
    let started = Instant::now();
    match check::Bench::prepare(root) {
        Err(why) => Row::missing(STEP, why, must_be_there),
        Ok(bench) => {
            let (passed, note) = bench.check(root);
            Row::single(STEP, passed, started.elapsed()).note(note)
        }
    }
}

/// The step of `cargo xtask test`, where it cannot be made.
#[cfg(not(unix))]
pub fn check(_: &Path, must_be_there: bool) -> Row {
    Row::missing(STEP, "images are checked on Linux only", must_be_there)
}
