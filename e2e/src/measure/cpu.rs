//! Processor time of one operation: user and system time of the whole single process, from the first call until all of it
//! is judged and quiet, divided by the count. It drifts far less with the machine than a rate does; its ratio to another
//! build's, or to a constant reply's, drifts least.

use std::path::Path;

use reqwest::Method;
use serde_json::json;

use super::bus;
use super::comments;
use super::figures::Section;
use super::http::post;
use super::load::{self, Caller, Limited};
use super::posts::{POST, Poster};
use super::settings::Settings;
use super::settled;
use super::stage::Stage;

/// Calls of each kind in one run, over all connections.
const POSTS: u32 = 12_000;
const COMMENTS: u32 = 6_000;
const EVENTS: u32 = 24_000;
const BATCHES: u32 = 1_200;
/// Events in a batch.
const BATCH: usize = 100;

const KINDS: [&str; 4] = ["post", "comment", "published event of 256 B", "published event of 256 B, in hundreds"];

/// Microseconds of each of [`KINDS`] in one run.
type Run = [f64; KINDS.len()];

/// Measures this build, and the one in `settings.beside` by turns with it.
///
/// # Errors
/// If a process does not come up, or refuses anything.
pub async fn measure(settings: &Settings) -> anyhow::Result<Section> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..settings.runs {
        // Who goes first changes from turn to turn, so that a drift of the machine favours neither.
        let other = settings.beside.as_deref();
        if turn % 2 == 0 {
            ours.push(run(settings, None).await?);
        }
        if let Some(other) = other {
            theirs.push(run(settings, Some(other)).await?);
        }
        if turn % 2 == 1 {
            ours.push(run(settings, None).await?);
        }
    }
    let about = format!("one process, {} connections, the middle of {} runs", settings.connections(), settings.runs);
    let mut section = Section::new("cpu", about);
    for (kind, name) in KINDS.into_iter().enumerate() {
        let time = middle(&ours, kind);
        section.add(format!("processor time of a {name}"), time, "µs");
        if let Some(folder) = &settings.beside {
            compare(&mut section, name, time, middle(&theirs, kind), folder);
        }
    }
    Ok(section)
}

fn compare(section: &mut Section, name: &str, time: f64, other: f64, folder: &Path) {
    section.note(format!("the same of the other build, a {name}"), other, "µs", folder.display().to_string());
    section.add(format!("ratio, a {name}"), time / other, "");
}

fn middle(runs: &[Run], kind: usize) -> f64 {
    let mut times: Vec<f64> = runs.iter().map(|run| run[kind]).collect();
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn run(settings: &Settings, build: Option<&Path>) -> anyhow::Result<Run> {
    let stage = Stage::single(settings)?;
    let mut stage = match build {
        Some(folder) => stage.built_in(folder),
        None => stage,
    };
    stage.up().await?;
    stage.call("posts", Method::POST, "/posts", Some(&json!({ "title": "The first" }))).await?;
    let requests = std::sync::Arc::new(comments::commentable(&stage).await?);

    let request = post(&stage.address("posts")?, "/posts", "application/json", POST);
    let connections = stage.connect("posts", settings.connections()).await?;
    let posters = connections.into_iter().map(|connection| Poster { connection, request: request.clone() }).collect();
    let of_a_post = spent(&stage, posters, POSTS, 1).await?;
    let commenters = comments::callers(&stage, settings, &requests).await?;
    let of_a_comment = spent(&stage, commenters, COMMENTS, 1).await?;
    let appenders = bus::appenders(&stage, settings.connections(), 1, None).await?;
    let of_an_event = spent(&stage, appenders, EVENTS, 1).await?;
    let appenders = bus::appenders(&stage, settings.connections(), BATCH, None).await?;
    let in_hundreds = spent(&stage, appenders, BATCHES, BATCH).await?;
    stage.down().await?;
    Ok([of_a_post, of_a_comment, of_an_event, in_hundreds])
}

/// Microseconds that the process spends for each thing of so many calls, until everything is quiet.
async fn spent<C: Caller>(stage: &Stage, callers: Vec<C>, calls: u32, things: usize) -> anyhow::Result<f64> {
    settled::until_quiet(stage).await?;
    let each = calls.div_ceil(u32::try_from(callers.len())?);
    let callers: Vec<_> = callers.into_iter().map(|caller| Limited(caller, each)).collect();
    let expected = u64::from(each) * u64::try_from(callers.len() * things)?;
    let before = stage.cpu_time()?;
    let load = load::full(callers, std::time::Duration::MAX).await?;
    anyhow::ensure!(load.taken == expected, "{} of {expected} were taken: {:?}", load.taken, load.refusal);
    settled::until_quiet(stage).await?;
    let spent = stage.cpu_time()?.saturating_sub(before);
    #[expect(clippy::cast_precision_loss, reason = "a count far below 2^53")]
    Ok(spent.as_secs_f64() * 1e6 / expected as f64)
}
