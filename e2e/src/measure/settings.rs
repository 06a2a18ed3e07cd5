//! What is measured, for how long, and where.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;

/// Measures Folkmoot: release builds of the real binaries, under load on this machine.
///
/// Everything runs on loopback and in temporary folders that are removed afterwards; nothing of yours is touched. Each
/// run also measures the machine itself, so that figures of different days can be compared. Close what else is running:
/// the load comes from the same cores.
#[derive(Clone, Debug, clap::Parser)]
#[command(
    name = "measure",
    bin_name = "cargo xtask measure --",
    after_help = "Examples:\n  cargo xtask measure                                  everything, in some minutes\n  \
                  cargo xtask measure -- posts bus --seconds 5         two sections, shorter\n  \
                  cargo xtask measure -- index rebuild --events 100000 smaller logs\n  \
                  cargo xtask measure -- --json figures.json           also for machines to read"
)]
pub struct Settings {
    /// What to measure [default: everything]
    #[arg(value_enum, value_name = "SECTION")]
    parts: Vec<Part>,

    /// How long each load lasts, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,

    /// Keep-alive connections that a load comes through
    #[arg(long, default_value_t = 64, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,

    /// Comments per second where the rate is held while latency is measured
    #[arg(long, default_value_t = 1000, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub rate: u32,

    /// Events in the large log of `index` and `rebuild`
    #[arg(long, default_value_t = 1_000_000, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(20_000..=20_000_000))]
    pub events: u64,

    /// Runs of which `start` gives the fastest, the middle and the slowest, and `cpu` the middle
    #[arg(long, default_value_t = 7, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub runs: u8,

    /// A folder with binaries of another release build; `cpu` runs both by turns and gives the ratio
    #[arg(long, value_name = "FOLDER")]
    pub beside: Option<PathBuf>,

    /// Also writes the figures to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Where temporary data lies: a real disk, not a memory file system [default: measure, beside the release build]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// A section of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Posts a second onto the disk, and the time until all of them are seen
    Posts,
    /// Comments a second, judged and seen; and how long one takes at a fixed rate
    Comments,
    /// Events a second into the bus, one by one and in batches; Redis beside it if it is installed
    Bus,
    /// Whether appending stays as fast when the log is large
    Index,
    /// How fast the read model comes back, from the log and from its snapshot
    Rebuild,
    /// Time to ready and resident memory of the single process
    Start,
    /// Processor time of one post, comment and published event; beside another build with `--beside`
    Cpu,
    /// What callers cost who read nothing, listen without reading, or never finish a header; and what others notice of them
    Crowd,
    /// What each service uses as a process of its own, idle and under load; needs nginx
    Containers,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl Settings {
    /// The sections, in the order of the report.
    pub fn parts(&self) -> Vec<Part> {
        let all = Part::value_variants().iter().copied();
        all.filter(|part| self.parts.is_empty() || self.parts.contains(part)).collect()
    }

    /// How long a load lasts.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// How long a load lasts that needs less to settle: half of [`Settings::time`].
    pub fn short_time(&self) -> Duration {
        self.time() / 2
    }

    /// Connections of a load.
    pub fn connections(&self) -> usize {
        self.connections.into()
    }

    /// A new folder for temporary data; it goes when it is dropped.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn folder(&self) -> anyhow::Result<tempfile::TempDir> {
        let root = match &self.data {
            Some(root) => root.clone(),
            None => beside_the_build()?,
        };
        std::fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
        let made = tempfile::Builder::new().prefix("run-").tempdir_in(&root);
        made.with_context(|| format!("cannot make a folder in {}", root.display()))
    }
}

/// `target/measure`, for a binary at `target/release/measure`.
fn beside_the_build() -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("where this binary is")?;
    let target = me.ancestors().nth(2).context("this binary has no folder")?;
    Ok(target.join("measure"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn sections_come_in_the_order_of_the_report() {
        let parts = |arguments: &[&str]| Settings::parse_from([&["measure"], arguments].concat()).parts();
        assert_eq!(parts(&["start", "posts"]), [Part::Posts, Part::Start]);
        assert_eq!(parts(&[]).len(), Part::value_variants().len());
    }

    #[test]
    fn what_is_not_bounded_is_refused() {
        for arguments in [["--seconds", "0"], ["--connections", "0"], ["--events", "5"], ["--runs", "0"]] {
            assert!(Settings::try_parse_from([&["measure"][..], &arguments].concat()).is_err(), "{arguments:?}");
        }
    }
}
