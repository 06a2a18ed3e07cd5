//! How fast the read model comes back: folded from the first event of a large log, and from its snapshot.

use std::time::Duration;

use super::figures::Section;
use super::history::{EVENTS_PER_POST, Teller};
use super::load::{self, per_second};
use super::settings::Settings;
use super::settled;
use super::stage::Stage;

/// Connections that fill the log.
const CONNECTIONS: usize = 4;
/// How long filling may take.
const PATIENCE: Duration = Duration::from_mins(15);

/// Measures a query by itself on a bus whose log holds a made-up past.
///
/// # Errors
/// If either does not come up, or the past is refused.
pub async fn measure(settings: &Settings) -> anyhow::Result<Section> {
    let mut bus = Stage::bus(settings)?;
    bus.up().await?;
    let connections = bus.connect("event-bus", CONNECTIONS).await?;
    let posts = settings.events.div_ceil(EVENTS_PER_POST);
    let filled = load::full(Teller::all(connections, &bus.address("event-bus")?, posts), PATIENCE).await?;
    anyhow::ensure!(filled.refused == 0, "the bus refused events: {}", filled.refusal.unwrap_or_default());
    // So that nothing of the log is in its memory.
    bus.down().await?;
    bus.up().await?;
    let head = settled::head(&bus).await?;

    let mut query = Stage::query(settings, &bus)?;
    let rebuilt = query.up().await?;
    let after_rebuild = query.memory();
    let digest = query.get("query", "/digest").await?.json;
    query.down().await?;
    let snapshot = query.bytes_on_disk();
    let restored = query.up().await?;
    let after_restore = query.memory();
    let digest_again = query.get("query", "/digest").await?.json;
    query.down().await?;
    bus.down().await?;
    anyhow::ensure!(digest == digest_again, "a restart changed the model: {digest} is now {digest_again}");

    let mut section = Section::new("rebuild", format!("query on a log of {head} events, {posts} posts"));
    section.add("log filled", filled.rate(), "/s");
    section.time("from start to ready, from the first event", rebuilt);
    section.note("events folded", per_second(head, rebuilt), "/s", "aim: 300 000/s");
    section.note("from start to ready, from the snapshot", restored.as_secs_f64(), "s", "aim: below 1 s");
    section.count("bytes of the snapshot", snapshot, "");
    for (when, memory) in [("the rebuild", after_rebuild), ("the restart", after_restore)] {
        if let Some((resident, _)) = memory {
            section.add(format!("resident memory after {when}"), resident, "MiB");
        }
    }
    Ok(section)
}
