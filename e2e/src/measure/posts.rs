//! Posts: how many a second are accepted durably, and how long until all of them are seen.

use std::time::Instant;

use reqwest::Method;
use serde_json::json;

use super::baseline::Baseline;
use super::figures::Section;
use super::http::{Connection, post};
use super::load::{self, Called, Caller, Load, per_second};
use super::settings::Settings;
use super::settled;
use super::stage::Stage;

/// A post as people write them: a line, and a few below it.
pub(super) const POST: &str = r#"{"title":"What should we read next month?","content":"I liked the last one a lot, though the end came too soon. Shall we take something shorter this time? I would bring cake again.","authorName":"Ada"}"#;

/// Measures the single process under a load of posts.
///
/// # Errors
/// If it does not come up, or a connection breaks.
pub async fn measure(settings: &Settings, baseline: Option<Baseline>) -> anyhow::Result<Section> {
    let mut stage = Stage::single(settings)?;
    stage.up().await?;
    // One by itself first: if it is refused, its words are worth more than a count.
    stage.call("posts", Method::POST, "/posts", Some(&json!({ "title": "The first" }))).await?;
    settled::until_quiet(&stage).await?;
    let before = settled::posts(&stage).await?;

    let request = post(&stage.address("posts")?, "/posts", "application/json", POST);
    let connections = stage.connect("posts", settings.connections()).await?;
    let callers = connections.into_iter().map(|connection| Poster { connection, request: request.clone() }).collect();
    let (meter, began) = (stage.meter(), Instant::now());
    let load = load::full(callers, settings.time()).await?;
    let cores = meter.cores();
    let loaded = Instant::now();
    let seen = settled::until_posts(&stage, before + as_f64(load.taken)).await?;
    let quiet = settled::until_quiet(&stage).await?;

    let about =
        format!("POST /posts, one process, {} connections, {} s", settings.connections(), settings.time().as_secs());
    let mut section = Section::new("posts", about);
    section.load("accepted durably", &load, "aim: 40 000/s");
    section.time("time until all are seen, after the load", seen.duration_since(loaded));
    let sustained = per_second(load.taken, seen.duration_since(began));
    section.note("accepted and seen, sustained", sustained, "/s", "aim: 15 000/s");
    section.time("time until everything is judged and quiet, after the load", quiet.duration_since(loaded));
    section.add("settled altogether, sustained", per_second(load.taken, quiet.duration_since(began)), "/s");
    section.cores(cores);
    ratios(&mut section, &load, baseline);
    if let Some((resident, _)) = stage.memory() {
        section.add("resident memory afterwards", resident, "MiB");
    }
    stage.down().await?;
    Ok(section)
}

/// How much of what the machine can do with a constant answer.
fn ratios(section: &mut Section, load: &Load, baseline: Option<Baseline>) {
    if let Some(baseline) = baseline {
        section.add("accepted, of the constant GETs", load.rate() / baseline.constant, "");
        section.add("accepted, for each flush the disk could do", load.rate() / baseline.flushes, "");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of posts, far below 2^53")]
const fn as_f64(count: u64) -> f64 {
    count as f64
}

/// Who creates the same thing again and again.
pub struct Poster {
    /// Theirs alone.
    pub connection: Connection,
    /// A POST.
    pub request: Vec<u8>,
}

impl Caller for Poster {
    async fn call(&mut self) -> anyhow::Result<Called> {
        let reply = self.connection.call(&self.request).await?;
        Ok(if reply.status == 201 { Called::Taken(1) } else { Called::Refused(reply.shown()) })
    }
}
