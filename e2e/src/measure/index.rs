//! Whether the log's index stays fast: appending is timed while the log is small, and again once it is large. The events
//! have time-ordered ids, as ours and every `UUIDv7` have.

use std::time::Duration;

use super::bus;
use super::figures::Section;
use super::load::{self, Load};
use super::settings::Settings;
use super::stage::Stage;

/// Rows when the log counts as small.
const SMALL: usize = 10_000;
/// Rows that are appended while it is timed: long enough for a checkpoint or two.
const TIMED: usize = 100_000;
/// Connections and batch: enough to keep the writer busy, and few enough to leave it a core.
const CONNECTIONS: usize = 8;
const BATCH: usize = 100;
/// How long filling may take.
const PATIENCE: Duration = Duration::from_mins(15);

/// Measures a bus by itself.
///
/// # Errors
/// If it does not come up, or refuses events.
pub async fn measure(settings: &Settings) -> anyhow::Result<Section> {
    let large = usize::try_from(settings.events)?;
    let timed = TIMED.min(large / 4);
    let mut stage = Stage::bus(settings)?;
    stage.up().await?;
    append(&stage, SMALL).await?;
    let small = append(&stage, timed).await?;
    append(&stage, large.saturating_sub(SMALL + timed)).await?;
    let then = append(&stage, timed).await?;
    let bytes = stage.bytes_on_disk();

    let about = format!("appends in batches of {BATCH}, {CONNECTIONS} connections, {timed} rows timed");
    let mut section = Section::new("index", about);
    section.add(format!("appended from {SMALL} rows on"), small.rate(), "/s");
    section.add(format!("appended from {large} rows on"), then.rate(), "/s");
    section.note("times slower when large", small.rate() / then.rate(), "", "aim: below 1.3");
    let rows = u64::try_from(large + timed)?;
    section.count("bytes on disk for each row", bytes / rows, "");
    stage.down().await?;
    Ok(section)
}

async fn append(stage: &Stage, rows: usize) -> anyhow::Result<Load> {
    let appenders = bus::appenders(stage, CONNECTIONS, BATCH, Some(rows)).await?;
    let load = load::full(appenders, PATIENCE).await?;
    anyhow::ensure!(load.refused == 0, "the bus refused events: {}", load.refusal.unwrap_or_default());
    Ok(load)
}
