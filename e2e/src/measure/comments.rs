//! Comments, all the way: accepted, judged by moderation, updated, seen in query as approved.
//!
//! First as many as go through, then a fixed rate at which the way of each comment is timed, from the answer to its
//! author until a listener of live updates is shown it as approved.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use contract::CommentId;
use reqwest::Method;
use serde_json::json;

use super::baseline::Baseline;
use super::figures::Section;
use super::http::{Connection, post};
use super::live::{self, Listener};
use super::load::{self, Called, Caller, Latencies, Load, per_second};
use super::settings::Settings;
use super::settled;
use super::stage::Stage;

/// Posts that are commented on in turn.
const POSTS: usize = 500;
/// Events that one comment makes: created, moderated, updated.
const EVENTS: u64 = 3;
/// How long the last comments may take to be seen.
const PATIENCE: Duration = Duration::from_secs(20);

const COMMENT: &str = r#"{"content":"Something shorter, yes, and do bring cake. I still have the one about the lighthouse, if nobody minds reading it twice.","authorName":"Grace"}"#;

/// Measures the single process under a load of comments.
///
/// # Errors
/// If it does not come up, or a connection breaks.
pub async fn measure(settings: &Settings, baseline: Option<Baseline>) -> anyhow::Result<Section> {
    let mut stage = Stage::single(settings)?;
    stage.up().await?;
    let requests = Arc::new(commentable(&stage).await?);
    let about = format!(
        "POST /posts/{{id}}/comments, one process, {} connections, {} s",
        settings.connections(),
        settings.time().as_secs()
    );
    let mut section = Section::new("comments", about);
    most(&stage, settings, &requests, &mut section, baseline).await?;
    at_a_rate(&stage, settings, &requests, &mut section).await?;
    stage.down().await?;
    Ok(section)
}

/// Posts to comment on; the answer is a ready request for each.
pub(super) async fn commentable(stage: &Stage) -> anyhow::Result<Vec<Vec<u8>>> {
    let host = stage.address("comments")?;
    let mut requests = Vec::with_capacity(POSTS);
    for number in 0..POSTS {
        let title = json!({ "title": format!("Post {number}") });
        let made = stage.call("posts", Method::POST, "/posts", Some(&title)).await?;
        let path = format!("/posts/{}/comments", made.text_of("id"));
        requests.push(post(&host, &path, "application/json", COMMENT));
    }
    settled::until_quiet(stage).await?;
    // One by itself: if it is refused, its words are worth more than a count.
    let mut connections = stage.connect("comments", 1).await?;
    let reply = connections[0].call(&requests[0]).await?;
    anyhow::ensure!(reply.status == 201, "a comment is refused: {}", reply.shown());
    settled::until_quiet(stage).await?;
    Ok(requests)
}

pub(super) async fn callers(
    stage: &Stage,
    settings: &Settings,
    requests: &Arc<Vec<Vec<u8>>>,
) -> anyhow::Result<Vec<Commenter>> {
    let connections = stage.connect("comments", settings.connections()).await?;
    let count = connections.len();
    let commenter = |(place, connection)| Commenter {
        connection,
        requests: Arc::clone(requests),
        next: place * POSTS / count,
        accepted: None,
    };
    Ok(connections.into_iter().enumerate().map(commenter).collect())
}

async fn most(
    stage: &Stage,
    settings: &Settings,
    requests: &Arc<Vec<Vec<u8>>>,
    section: &mut Section,
    baseline: Option<Baseline>,
) -> anyhow::Result<()> {
    let before = settled::head(stage).await?;
    let callers = callers(stage, settings, requests).await?;
    let (meter, began) = (stage.meter(), Instant::now());
    let load = load::full(callers, settings.time()).await?;
    let loaded = Instant::now();
    let quiet = settled::until_quiet(stage).await?;
    let cores = meter.cores();
    let said = settled::head(stage).await? - before;

    section.load("accepted durably", &load, "");
    section.time("time until all are judged and seen, after the load", quiet.duration_since(loaded));
    let took = quiet.duration_since(began);
    section.note("accepted, judged and seen, sustained", per_second(load.taken, took), "/s", "aim: 4 000/s");
    let missing = (load.taken * EVENTS).abs_diff(said);
    section.count("events more or fewer than three for each", missing, "aim: 0");
    section.cores(cores);
    if let Some(baseline) = baseline {
        section.add("seen, of the constant GETs", per_second(load.taken, took) / baseline.constant, "");
    }
    Ok(())
}

async fn at_a_rate(
    stage: &Stage,
    settings: &Settings,
    requests: &Arc<Vec<Vec<u8>>>,
    section: &mut Section,
) -> anyhow::Result<()> {
    let listener = Listener::open(&stage.url("query")?).await?;
    let accepted = Accepted::default();
    let mut callers = callers(stage, settings, requests).await?;
    for caller in &mut callers {
        caller.accepted = Some(Arc::clone(&accepted));
    }
    let load = load::paced(callers, settings.rate, settings.time()).await?;
    let ended = Instant::now();
    while as_u64(listener.count()) < load.taken && ended.elapsed() < PATIENCE {
        // why: the pause between two looks at a condition
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let seen = listener.close();
    let accepted = accepted.lock().unwrap_or_else(PoisonError::into_inner);
    let mut ways = Latencies::default();
    for (id, when) in accepted.iter() {
        if let Some(shown) = seen.approved.get(id) {
            ways.note(shown.saturating_duration_since(*when));
        }
    }
    told(section, settings, &load, &ways);
    if seen.resets > 0 {
        section.count("times the listener fell behind", seen.resets.into(), "what it missed was not timed");
    }
    Ok(())
}

fn told(section: &mut Section, settings: &Settings, load: &Load, ways: &Latencies) {
    section.load(&format!("at {}/s: accepted", settings.rate), load, "");
    section.count("of these, seen as approved", as_u64(ways.count()), format!("of {}", load.taken));
    for (name, per_mille, aim) in [("p50", 500, ""), ("p99", 990, "aim: 30 ms at 1000/s"), ("longest", 1000, "")] {
        if let Some(time) = ways.within(per_mille) {
            section.note(format!("from accepted to seen: {name}"), time, "ms", aim);
        }
    }
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// When each comment was accepted.
type Accepted = Arc<Mutex<Vec<(CommentId, Instant)>>>;

pub(super) struct Commenter {
    connection: Connection,
    requests: Arc<Vec<Vec<u8>>>,
    next: usize,
    /// Where it is noted when each was accepted, if anybody wants to know.
    accepted: Option<Accepted>,
}

impl Caller for Commenter {
    async fn call(&mut self) -> anyhow::Result<Called> {
        self.next = (self.next + 1) % self.requests.len();
        let reply = self.connection.call(&self.requests[self.next]).await?;
        if reply.status != 201 {
            return Ok(Called::Refused(reply.shown()));
        }
        if let Some(accepted) = &self.accepted {
            let now = Instant::now();
            let id = std::str::from_utf8(reply.body).ok().and_then(live::id);
            let id = id.ok_or_else(|| anyhow::anyhow!("an answer without an id: {}", reply.shown()))?;
            accepted.lock().unwrap_or_else(PoisonError::into_inner).push((id, now));
        }
        Ok(Called::Taken(1))
    }
}
