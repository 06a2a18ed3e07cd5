//! What can be told of this machine and of a process on it: cores, memory, CPU time. Read from `/proc`; where there is
//! none, less is told.

use std::time::{Duration, Instant};

/// Linux counts CPU time for user programs in hundredths of a second on every architecture that this runs on.
const TICK: Duration = Duration::from_millis(10);

/// One line: cores, processor, memory, kernel.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
        .map_or_else(String::new, |kib| format!(", {} GiB of memory", kib.div_ceil(1 << 20)));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores ({model}){memory}, {} {}", std::env::consts::OS, kernel.trim())
}

/// How busy a process and this one are over a stretch of time.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    process: u32,
    began: Instant,
    before: Option<(Duration, Duration)>,
}

impl Meter {
    /// Begins now.
    pub fn begin(process: u32) -> Self {
        Self { process, began: Instant::now(), before: both(process) }
    }

    /// The cores that the process and this one have used since, on average.
    pub fn cores(&self) -> Option<(f64, f64)> {
        let took = self.began.elapsed().as_secs_f64();
        let (before, now) = (self.before?, both(self.process)?);
        let cores = |now: Duration, before| now.saturating_sub(before).as_secs_f64() / took;
        Some((cores(now.0, before.0), cores(now.1, before.1)))
    }
}

fn both(process: u32) -> Option<(Duration, Duration)> {
    Some((cpu_time(process)?, cpu_time(std::process::id())?))
}

/// CPU time that a process has used so far, by all its threads.
fn cpu_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // proc(5): the name, in parentheses, may hold anything; user and system time are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u32>().ok());
    Some(TICK * ticks.sum::<Option<u32>>()?)
}

/// Resident memory of a process in MiB: all of it, and the part that is no file's.
pub fn memory(process: u32) -> Option<(f64, f64)> {
    let path = format!("/proc/{process}/status");
    let mebibytes = |name| {
        let text = field(&path, name)?;
        text.split(' ').next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
    };
    Some((mebibytes("VmRSS")?, mebibytes("RssAnon")?))
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
