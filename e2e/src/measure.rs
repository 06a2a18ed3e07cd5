//! Figures of the real binaries under load: throughput, latency, rebuild, start, memory.
//!
//! Nothing here passes or fails. A figure of a machine that somebody else also uses means little by itself, so every run
//! measures the machine too (`baseline`): how often its disk takes a flush, and what the same accept loop does with a
//! constant body. The generator shares the cores with what it measures, so it is as cheap as it can be: prepared
//! requests, one thread, and no more of an answer is read than its status and its length (`http`).
//!
//! Reading order: `settings`, then `stage` (the processes under load), `load` and `http` (the load),
//! `machine` and `figures` (what is told), and one file per section.

mod settings;

mod http;
mod load;
mod machine;
mod settled;
mod stage;

mod figures;

mod baseline;
mod bus;
mod comments;
mod containers;
mod cpu;
mod crowd;
mod history;
mod index;
mod live;
mod posts;
mod rebuild;
mod redis;
mod start;

use anyhow::Context;

use figures::{Report, Section};
pub use settings::{Part, Settings};

/// Measures what the settings ask for, printing every section as soon as it is done, and writes the JSON file.
///
/// # Errors
/// If a section could not be measured (the others still are), or the file cannot be written.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    // Whether there is room for data is better known before than after a build.
    drop(settings.folder()?);
    // The first call builds the binaries, which must not be part of any figure.
    tokio::task::spawn_blocking(|| crate::binaries::path("folkmoot")).await.context("the binaries cannot be built")?;
    let mut report = Report::new(machine::describe());
    println!("{}", report.heading());

    let mut failed = Vec::new();
    let baseline = match baseline::measure(&settings).await {
        Ok((baseline, section)) => {
            report.add(section);
            Some(baseline)
        }
        Err(error) => {
            failed.push(told(&format!("baseline: {error:#}")));
            None
        }
    };
    for part in settings.parts() {
        let settings = settings.clone();
        // In a task of its own: a process that does not come up panics, and the other sections go on.
        let outcome = tokio::spawn(async move { measure(part, &settings, baseline).await }).await;
        match outcome {
            Ok(Ok(section)) => report.add(section),
            Ok(Err(error)) => failed.push(told(&format!("{part}: {error:#}"))),
            Err(panic) => failed.push(told(&format!("{part}: {panic}"))),
        }
    }
    if let Some(path) = &settings.json {
        std::fs::write(path, report.to_json()?).with_context(|| format!("cannot write {}", path.display()))?;
        println!("\nwritten to {}", path.display());
    }
    anyhow::ensure!(failed.is_empty(), "not measured: {}", failed.join("; "));
    Ok(())
}

/// Prints a problem where its section would stand; the answer is its first line.
fn told(problem: &str) -> String {
    println!("\n{problem}");
    problem.lines().next().unwrap_or_default().to_owned()
}

async fn measure(part: Part, settings: &Settings, baseline: Option<baseline::Baseline>) -> anyhow::Result<Section> {
    match part {
        Part::Posts => posts::measure(settings, baseline).await,
        Part::Comments => comments::measure(settings, baseline).await,
        Part::Bus => bus::measure(settings, baseline).await,
        Part::Index => index::measure(settings).await,
        Part::Rebuild => rebuild::measure(settings).await,
        Part::Start => start::measure(settings).await,
        Part::Cpu => cpu::measure(settings).await,
        Part::Crowd => crowd::measure(settings).await,
        Part::Containers => containers::measure(settings).await,
    }
}
