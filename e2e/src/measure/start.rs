//! The single process on an empty folder: how long until every service in it is ready, and what it holds in memory.

use std::time::Duration;

use super::figures::Section;
use super::settings::Settings;
use super::stage::Stage;

/// How long it is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_secs(2);

/// Measures several starts, each on a folder of its own.
///
/// # Errors
/// If it does not come up.
pub async fn measure(settings: &Settings) -> anyhow::Result<Section> {
    let mut times = Vec::new();
    let mut memory = None;
    for run in 0..settings.runs {
        let mut stage = Stage::single(settings)?;
        times.push(stage.up().await?);
        if run + 1 == settings.runs {
            // why: idle is what is measured
            tokio::time::sleep(IDLE).await;
            memory = stage.memory();
        }
        stage.down().await?;
    }
    times.sort_unstable();
    let mut section = Section::new("start", format!("one process, no data, {} starts", settings.runs));
    let told = [
        ("fastest", times.first(), ""),
        ("middle", times.get(times.len() / 2), "aim: 300 ms"),
        ("slowest", times.last(), ""),
    ];
    for (name, time, aim) in told {
        if let Some(time) = time {
            section.note(format!("from start to ready: {name}"), time.as_secs_f64() * 1000.0, "ms", aim);
        }
    }
    if let Some((resident, anonymous)) = memory {
        section.note("resident memory, idle", resident, "MiB", "aim: 40 MiB");
        section.note("of this, not of files", anonymous, "MiB", "the rest is the program's own text");
    }
    Ok(section)
}
