//! What can be told of this machine and of a process on it: cores, memory, CPU time. Read from `/proc`; where there is
//! none, less is told.

use std::time::{Duration, Instant};

/// Milliseconds. Linux counts CPU time in hundredths of a second for programs, on every architecture that this runs on.
const TICK: u64 = 10;

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
    before: Option<Used>,
}

/// CPU time that was used: by the process, by this one, by everybody together.
#[derive(Debug, Clone, Copy)]
struct Used([Duration; 3]);

/// Cores used on average. What others use is missing from what is measured.
#[derive(Debug, Clone, Copy)]
pub struct Cores {
    /// By the process under load.
    pub services: f64,
    /// By this process, which is the load.
    pub generator: f64,
    /// By everything else on this machine, the kernel's own work included.
    pub others: f64,
}

impl Meter {
    /// Begins now.
    pub fn begin(process: u32) -> Self {
        Self { process, began: Instant::now(), before: used(process) }
    }

    /// The cores that were used since.
    pub fn cores(&self) -> Option<Cores> {
        let took = self.began.elapsed().as_secs_f64();
        let (Used(before), Used(now)) = (self.before?, used(self.process)?);
        let cores = |of: usize| now[of].saturating_sub(before[of]).as_secs_f64() / took;
        let [services, generator, all] = [cores(0), cores(1), cores(2)];
        Some(Cores { services, generator, others: (all - services - generator).max(0.0) })
    }
}

fn used(process: u32) -> Option<Used> {
    Some(Used([cpu_time(process)?, cpu_time(std::process::id())?, everybodys()?]))
}

/// CPU time of the whole machine so far, without idling; what a hypervisor gave to others counts as used.
fn everybodys() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    // proc(5): user, nice, system, idle, iowait, irq, softirq, steal.
    let ticks: Vec<u64> = stat.lines().next()?.split_whitespace().skip(1).take(8).flat_map(str::parse).collect();
    let idle = ticks.get(3)?.saturating_add(*ticks.get(4)?);
    Some(Duration::from_millis((ticks.iter().sum::<u64>() - idle) * TICK))
}

/// CPU time that a process has used so far, by all its threads.
pub fn cpu_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // proc(5): the name, in parentheses, may hold anything; user and system time are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().ok());
    Some(Duration::from_millis(ticks.sum::<Option<u64>>()? * TICK))
}

/// Resident memory of a process in MiB: all of it, and the part that is no file's.
pub fn memory(process: u32) -> Option<(f64, f64)> {
    Some((mebibytes(process, "VmRSS")?, mebibytes(process, "RssAnon")?))
}

/// The most resident memory that a process has had so far, in MiB.
pub fn most_memory(process: u32) -> Option<f64> {
    mebibytes(process, "VmHWM")
}

/// Processes that this one has started and that run (nginx's workers, say).
pub fn children(process: u32) -> Vec<u32> {
    let path = format!("/proc/{process}/task/{process}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().flat_map(str::parse).collect()
}

fn mebibytes(process: u32, name: &str) -> Option<f64> {
    let text = field(&format!("/proc/{process}/status"), name)?;
    text.split(' ').next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
